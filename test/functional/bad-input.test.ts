import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { request } from 'undici'
import { Cloud, type Session } from '../support/cloud.js'

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'TRACE'

interface Asked {
  readonly method?: Method
  readonly path?: string
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** A fault document of nova (contract: rest/errors.md 1). */
const fault = (name: string, code: number, message: string) => ({ [name]: { code, message } })

const bad = (message: string) => fault('badRequest', 400, message)

const unreadable = bad('the body cannot be read')

const nested = (open: string, inner: string, close: string): string =>
  open.repeat(5000) + inner + close.repeat(5000)

const server = (fields: object): string => JSON.stringify({ server: fields })

/** What is sent, and the document that answers it. */
const table: readonly (readonly [what: string, asked: Asked, answer: object])[] = [
  ['JSON that breaks off', { method: 'POST', path: '/servers', body: '{' }, unreadable],
  ['no JSON at all', { method: 'POST', path: '/servers', body: 'server=x' }, unreadable],
  [
    'bytes that are no UTF-8',
    { method: 'POST', path: '/servers', body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) },
    unreadable,
  ],
  [
    'objects five thousand deep',
    { method: 'POST', path: '/servers', body: nested('{"server":', '1', '}') },
    unreadable,
  ],
  [
    'lists five thousand deep',
    { method: 'POST', path: '/servers', body: nested('[', '', ']') },
    unreadable,
  ],
  ['a list', { method: 'POST', path: '/servers', body: '[]' }, bad('must be object')],
  ['a text', { method: 'POST', path: '/servers', body: '"x"' }, bad('must be object')],
  ['null', { method: 'POST', path: '/servers', body: 'null' }, bad('must be object')],
  ['no body', { method: 'POST', path: '/servers' }, bad('must be object')],
  [
    'null for an object',
    { method: 'POST', path: '/servers', body: '{"server":null}' },
    bad('field server, value null: must be object'),
  ],
  [
    'a flavor that is not there',
    {
      method: 'POST',
      path: '/servers',
      body: server({
        name: 'x',
        flavorRef: 'nope',
        imageRef: '70a599e0-31e7-49b7-b260-868f441e862b',
      }),
    },
    bad('Flavor nope could not be found.'),
  ],
  [
    'an action of no name',
    { method: 'POST', path: '/servers/nope/action', body: '{}' },
    unreadable,
  ],
  [
    'two actions at once',
    { method: 'POST', path: '/servers/nope/action', body: '{"pause":null,"unpause":null}' },
    unreadable,
  ],
  [
    'an unknown action',
    { method: 'POST', path: '/servers/nope/action', body: '{"fly":null}' },
    bad('no action named fly'),
  ],
  [
    'an action on a server that is not there',
    { method: 'POST', path: '/servers/nope/action', body: '{"pause":null}' },
    fault('itemNotFound', 404, 'Instance nope could not be found.'),
  ],
  [
    'XML',
    {
      method: 'POST',
      path: '/servers',
      body: '<server/>',
      headers: { 'content-type': 'application/xml' },
    },
    fault('badMediaType', 415, 'content type not supported'),
  ],
  [
    'a content type that is none',
    { method: 'POST', path: '/servers', body: '{}', headers: { 'content-type': 'garbage;;;' } },
    fault('badMediaType', 415, 'content type not supported'),
  ],
  [
    'a server that is not there',
    { path: '/servers/nope' },
    fault('itemNotFound', 404, 'Instance nope could not be found.'),
  ],
  [
    'a zero byte in an id',
    { path: '/servers/%00' },
    fault('itemNotFound', 404, 'Instance \u0000 could not be found.'),
  ],
  [
    'a broken escape in an id',
    { path: '/servers/%zz' },
    fault('itemNotFound', 404, 'Instance %zz could not be found.'),
  ],
  [
    'a way out of the path in an id',
    { path: '/servers/..%2f..%2fetc' },
    fault('itemNotFound', 404, 'Instance ../../etc could not be found.'),
  ],
  [
    'a limit that is no number',
    { path: '/servers?limit=x' },
    bad("field limit, value 'x': does not match '^[0-9]*$'"),
  ],
  ['an unknown marker', { path: '/servers?marker=x' }, bad('Marker x could not be found.')],
  [
    'a broken regular expression',
    { path: '/servers?name=%5B' },
    bad("field name, value '[': is not a regular expression"),
  ],
  [
    'a time that is none',
    { path: '/servers?changes-since=x' },
    bad("field changes-since, value 'x': is not a date and time of ISO 8601"),
  ],
  [
    'a microversion that is too high',
    { path: '/servers', headers: { 'openstack-api-version': 'compute 2.999' } },
    fault('computeFault', 406, 'version 2.999 is outside 2.1 to 2.104'),
  ],
  [
    'a microversion that is none',
    { path: '/servers', headers: { 'openstack-api-version': 'compute x' } },
    bad('bad version string: x'),
  ],
  [
    'an old header with a microversion that is too high',
    { path: '/servers', headers: { 'x-openstack-nova-api-version': '2.999' } },
    fault('computeFault', 406, 'version 2.999 is outside 2.1 to 2.104'),
  ],
]

describe('bad input over HTTP', function () {
  this.timeout(60_000)
  let cloud: Cloud
  let session: Session

  before(async () => {
    cloud = await Cloud.start()
    session = await cloud.session()
  })
  after(() => cloud.stop())

  const ask = async (
    { method = 'GET', path = '/', body, headers = {} }: Asked,
    prefix = '/v2.1',
  ): Promise<Answer> => {
    const response = await request(`${cloud.origin}${prefix}${path}`, {
      method,
      headers: {
        'x-auth-token': session.token,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body ?? null,
    })
    const text = await response.body.text()
    return { status: response.statusCode, type: String(response.headers['content-type']), text }
  }

  for (const [what, asked, document] of table) {
    it(`answers ${what} with its fault document`, async () => {
      const { status, type, text } = await ask(asked)
      assert.deepEqual(JSON.parse(text), document)
      assert.equal(status, Object.values(document as Record<string, { code: number }>)[0]?.code)
      assert.equal(type, 'application/json; charset=UTF-8')
    })
  }

  const tooLarge = Buffer.alloc(200_000, 'a')
  const plain413 = (message: string) => ({
    message,
    code: '413 Request Entity Too Large',
    title: 'Request Entity Too Large',
  })

  it('refuses a body over the limit by its announced length', async () => {
    const { status, text } = await ask({ method: 'POST', path: '/servers', body: tooLarge })
    assert.equal(status, 413)
    assert.deepEqual(JSON.parse(text), plain413('Request is too large.'))
  })

  it('refuses a body over the limit that comes in pieces', async () => {
    const response = await request(`${cloud.origin}/v2.1/servers`, {
      method: 'POST',
      headers: {
        'x-auth-token': session.token,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: Readable.from(Array.from({ length: 20 }, () => tooLarge.subarray(0, 10_000))),
    })
    assert.equal(response.statusCode, 413)
    assert.deepEqual(await response.body.json(), plain413('The body of the request is too large.'))
  })

  for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const) {
    it(`knows no ${method} of a collection, which is a 404 without a fault`, async () => {
      const { status, text } = await ask({ method, path: '/servers' })
      assert.equal(status, 404)
      assert.deepEqual(JSON.parse(text), {
        message: 'The resource could not be found.',
        code: '404 Not Found',
        title: 'Not Found',
      })
    })
  }

  const refused = {
    error: {
      code: 401,
      title: 'Unauthorized',
      message: 'The request you have made requires authentication.',
    },
  }
  const tokens: readonly (readonly [string, () => Promise<Record<string, string>>])[] = [
    ['none', async () => ({ 'x-auth-token': '' })],
    ['a wrong one', async () => ({ 'x-auth-token': 'wrong' })],
    ['a very long one', async () => ({ 'x-auth-token': 'a'.repeat(3000) })],
    [
      'a revoked one',
      async () => {
        const { token } = await cloud.session()
        const mine = { 'x-auth-token': token, 'x-subject-token': token }
        assert.equal((await ask({ path: '/servers', headers: mine })).status, 200)
        const { status } = await ask(
          { method: 'DELETE', path: '/auth/tokens', headers: mine },
          '/identity/v3',
        )
        assert.equal(status, 204)
        return { 'x-auth-token': token }
      },
    ],
  ]
  for (const [what, headers] of tokens) {
    it(`answers 401 when the token is ${what}`, async () => {
      const { status, text } = await ask({ path: '/servers', headers: await headers() })
      assert.equal(status, 401)
      assert.deepEqual(JSON.parse(text), refused)
    })
  }

  const companions: readonly (readonly [string, string, string])[] = [
    ['identity', '/identity/v3', '/auth/tokens'],
    ['image', '/image/v2', '/images'],
    ['network', '/network/v2.0', '/networks'],
  ]
  for (const [name, prefix, path] of companions) {
    it(`lets nothing make ${name} fail`, async () => {
      const bodies = ['{', '[]', 'null', '"x"', '1', nested('{"a":', '1', '}'), tooLarge]
      for (const body of bodies) {
        const { status, text } = await ask({ method: 'POST', path, body }, prefix)
        assert.ok(status >= 400 && status < 500, `${status} ${text}`)
      }
      for (const odd of ['/%ff', '/%zz', '/%00', '/..%2f..%2fetc', '?limit=x&marker=%ff']) {
        const { status, text } = await ask({ path: `${path}${odd}` }, prefix)
        assert.ok(status < 500, `${status} ${text}`)
      }
    })
  }

  it('refuses what is no HTTP, and headers without an end, and goes on', async () => {
    const sent = [
      '\0\0\0\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /v2.1/servers HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(100_000)}\r\n\r\n`,
      'POST /v2.1/servers HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    ]
    for (const bytes of sent) {
      const socket = connect(Number(new URL(cloud.origin).port), '127.0.0.1')
      let answer = ''
      socket.setEncoding('latin1').on('data', text => {
        answer += text
      })
      socket.on('error', () => {}) // cut while it still sends
      socket.write(bytes)
      await new Promise(resolve => socket.once('close', resolve))
      assert.match(answer, /^HTTP\/1\.1 4\d\d |^$/)
    }
    assert.equal((await ask({ path: '/servers' })).status, 200)
  })

  it('has logged no surprise in all that', () => {
    const log = readFileSync(join(cloud.stateDir, 'kilonova.log'), 'utf8')
    const errors = log.split('\n').filter(line => / ERROR /.test(line))
    assert.deepEqual(errors, [])
  })
})
