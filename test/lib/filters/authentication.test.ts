import assert from 'node:assert/strict'
import express, { type Express, type Request } from 'express'
import request from 'supertest'
import type { RequestContext } from '../../../lib/context/index.js'
import { type AuthTokenOptions, authtoken } from '../../../lib/filters/authtoken.js'
import { keystonecontext } from '../../../lib/filters/keystonecontext.js'
import { legacyV2Compatible } from '../../../lib/filters/legacy-v2-compatible.js'
import { noauth2 } from '../../../lib/filters/noauth2.js'
import { IdentityUnavailable, type ValidatedToken } from '../../../lib/identity/index.js'
import type { App, Filter } from '../../../lib/paste/types.js'
import { Enforcer } from '../../../lib/policy/index.js'
import { linted } from '../../support/filters.js'

const uri = 'http://keystone/identity'
const services = { policy: new Enforcer() }

const endpoint = (which: string, region: string) => ({
  id: `${which}-${region}`,
  interface: which,
  region,
  region_id: region,
  url: `http://${region}/${which}`,
})
const token = (values: Partial<ValidatedToken> = {}): ValidatedToken => ({
  userId: 'u1',
  userName: 'alice',
  userDomainId: 'default',
  userDomainName: 'Default',
  projectId: 'p1',
  projectName: 'demo',
  projectDomainId: 'default',
  projectDomainName: 'Default',
  domainId: null,
  domainName: null,
  systemScope: null,
  roles: ['member', 'reader'],
  isAdminProject: true,
  catalog: [
    { type: 'compute', name: 'nova', endpoints: [endpoint('public', 'R1')] },
    {
      type: 'image',
      name: 'glance',
      endpoints: [endpoint('public', 'R1'), endpoint('internal', 'R1'), endpoint('public', 'R2')],
    },
  ],
  expiresAt: Date.UTC(2100, 0),
  ...values,
})
const known: Readonly<Record<string, ValidatedToken>> = {
  good: token(),
  admin: token({ roles: ['admin', 'manager', 'member', 'reader'] }),
  system: token({ projectId: null, projectName: null, systemScope: 'all', catalog: [] }),
  nova: token({ userId: 's1', userName: 'nova', roles: ['service'], projectName: 'service' }),
  nobody: token({ userId: 'x', roles: ['reader'] }),
}

/** An app of the filters, outermost first; `seen` gets what arrives behind them. */
const behind = (filters: readonly Filter[], seen: (req: Request) => unknown): Express => {
  const last: App = (req, res) => {
    res.json(seen(req) ?? null)
  }
  const app = express()
  app.use(filters.reduceRight((inner, filter) => linted(filter)(inner), last))
  return app
}

const auth = (options: Partial<AuthTokenOptions> = {}): Filter =>
  authtoken({
    tokens: {
      validate: async (text, { allowExpired = false } = {}) => {
        if (text === 'down') throw new IdentityUnavailable('no answer')
        if (text === 'broken') throw new Error('a defect')
        if (text === 'expired') return allowExpired ? token() : null
        return known[text] ?? null
      },
    },
    wwwAuthenticateUri: uri,
    ...options,
  })

const identityHeaders = (req: Request) =>
  Object.fromEntries(
    Object.entries(req.headers).filter(([name]) =>
      /^(x-(?!auth|service-token)|openstack-system)/.test(name),
    ),
  )

describe('filter authtoken', () => {
  const headers = (options?: Partial<AuthTokenOptions>) => behind([auth(options)], identityHeaders)

  it('tells those behind it who asks', async () => {
    const { body } = await request(headers()).get('/').set('X-Auth-Token', 'good').expect(200)
    const { 'x-service-catalog': catalog, ...others } = body
    assert.deepEqual(others, {
      'x-identity-status': 'Confirmed',
      'x-user-id': 'u1',
      'x-user-name': 'alice',
      'x-user-domain-id': 'default',
      'x-user-domain-name': 'Default',
      'x-project-id': 'p1',
      'x-project-name': 'demo',
      'x-project-domain-id': 'default',
      'x-project-domain-name': 'Default',
      'x-roles': 'member,reader',
      'x-role': 'member,reader',
      'x-user': 'alice',
      'x-tenant-id': 'p1',
      'x-tenant-name': 'demo',
      'x-tenant': 'demo',
      'x-is-admin-project': 'True',
    })
    assert.deepEqual(JSON.parse(catalog), [
      {
        type: 'compute',
        name: 'nova',
        endpoints: [{ region: 'R1', publicURL: 'http://R1/public' }],
      },
      {
        type: 'image',
        name: 'glance',
        endpoints: [
          { region: 'R1', publicURL: 'http://R1/public', internalURL: 'http://R1/internal' },
          { region: 'R2', publicURL: 'http://R2/public' },
        ],
      },
    ])
  })

  it('tells of the system scope, and of no project then', async () => {
    const { body } = await request(headers()).get('/').set('X-Auth-Token', 'system')
    assert.equal(body['openstack-system-scope'], 'all')
    assert.equal('x-project-id' in body, false)
    assert.equal('x-service-catalog' in body, false)
  })

  it('drops what a client says of itself, in every view of the headers', async () => {
    const forged = {
      'X-User-Id': 'root',
      'X-Roles': 'admin',
      'X-Tenant-Id': 'other',
      'X-Identity-Status': 'Confirmed',
      'X-Service-Roles': 'service',
      'X-Domain-Id': 'd',
      'OpenStack-System-Scope': 'all',
    }
    const app = behind([auth({ delayAuthDecision: true })], req => [
      identityHeaders(req),
      req.headersDistinct['x-roles'],
      req.rawHeaders.some(part => /x-roles/i.test(part)),
    ])
    const { body } = await request(app).get('/').set(forged).expect(200)
    assert.deepEqual(body, [{ 'x-identity-status': 'Invalid' }, null, false])
  })

  for (const [what, sent] of [
    ['no token', {}],
    ['an empty one', { 'X-Auth-Token': '' }],
    ['an unknown one', { 'X-Auth-Token': 'bad' }],
    ['an expired one', { 'X-Auth-Token': 'expired' }],
    ['a bad service token beside a good one', { 'X-Auth-Token': 'good', 'X-Service-Token': 'bad' }],
  ] as const) {
    it(`answers 401 to ${what}`, async () => {
      const answer = await request(headers()).get('/').set(sent).expect(401)
      assert.equal(answer.headers['www-authenticate'], `Keystone uri="${uri}"`)
      assert.equal(answer.headers['content-type'], 'application/json')
      assert.deepEqual(answer.body, {
        error: {
          code: 401,
          title: 'Unauthorized',
          message: 'The request you have made requires authentication.',
        },
      })
    })
  }

  it('takes an expired token when a service vouches for it, and tells of the service', async () => {
    const sent = { 'X-Auth-Token': 'expired', 'X-Service-Token': 'nova' }
    const { body } = await request(headers()).get('/').set(sent).expect(200)
    assert.equal(body['x-user-id'], 'u1')
    assert.equal(body['x-service-identity-status'], 'Confirmed')
    assert.equal(body['x-service-user-name'], 'nova')
    assert.equal(body['x-service-roles'], 'service')
  })

  it('asks a service token for its role when told to', async () => {
    const strict = headers({ serviceTokenRolesRequired: true })
    const send = (service: string) =>
      request(strict).get('/').set({ 'X-Auth-Token': 'good', 'X-Service-Token': service })
    await send('nova').expect(200)
    await send('nobody').expect(401)
  })

  it('answers 503 while the identity service cannot be asked', async () => {
    const told: string[] = []
    const app = headers({ onUnavailable: error => told.push(error.message) })
    const answer = await request(app)
      .get('/')
      .set({ 'X-Auth-Token': 'down', Accept: 'application/json' })
      .expect(503)
    assert.deepEqual(answer.body, {
      message: 'The server is currently unavailable. Please try again later.',
      code: '503 Service Unavailable',
      title: 'Service Unavailable',
    })
    assert.deepEqual(told, ['no answer'])
  })

  it('hands a defect on as an error', async () => {
    const app = headers()
    const handler: express.ErrorRequestHandler = (error, _req, res, _next) => {
      res.status(500).json(error.message)
    }
    app.use(handler)
    const answer = await request(app).get('/').set('X-Auth-Token', 'broken').expect(500)
    assert.equal(answer.body, 'a defect')
  })

  it('hands on what the app behind it throws', async () => {
    const app = behind([auth()], () => {
      throw new Error('thrown behind')
    })
    const handler: express.ErrorRequestHandler = (error, _req, res, _next) => {
      res.status(500).json(error.message)
    }
    app.use(handler)
    const answer = await request(app).get('/').set('X-Auth-Token', 'good').expect(500)
    assert.equal(answer.body, 'thrown behind')
  })
})

describe('filter keystonecontext', () => {
  const values = ({ context }: { context?: RequestContext }) => {
    const { requestId: _id, timestamp: _time, ...others } = context?.values() ?? {}
    return others
  }
  const expected = {
    userId: 'u1',
    projectId: 'p1',
    userName: 'alice',
    projectName: 'demo',
    domainId: null,
    userDomainId: 'default',
    projectDomainId: 'default',
    systemScope: null,
    roles: ['member', 'reader'],
    isAdmin: false,
    isAdminProject: true,
    readOnly: false,
    showDeleted: false,
    readDeleted: 'no',
    authToken: 'good',
    globalRequestId: null,
    resourceUuid: null,
    remoteAddress: '127.0.0.1',
    quotaClass: null,
    serviceCatalog: [
      {
        type: 'image',
        name: 'glance',
        endpoints: [
          { region: 'R1', publicURL: 'http://R1/public', internalURL: 'http://R1/internal' },
          { region: 'R2', publicURL: 'http://R2/public' },
        ],
      },
    ],
  }

  it('makes a context of a token, with the services that nova calls', async () => {
    const app = behind([auth(), keystonecontext(services)], values)
    const { body } = await request(app).get('/').set('X-Auth-Token', 'good').expect(200)
    assert.deepEqual(body, expected)
  })

  it('makes the same of headers alone', async () => {
    const another: Filter = inner => (req, res, next) =>
      inner(Object.assign(req, { [Symbol.for('none')]: 1 }), res, next)
    const forget: Filter = inner => (req, res, next) => {
      // A request of its own, which has the headers but not the token.
      inner(
        Object.assign(Object.create(Object.getPrototypeOf(req)), {
          headers: req.headers,
          socket: req.socket,
          method: req.method,
          url: req.url,
        }),
        res,
        next,
      )
    }
    const app = behind([auth(), another, forget, keystonecontext(services)], values)
    const { body } = await request(app).get('/').set('X-Auth-Token', 'good').expect(200)
    assert.deepEqual(body, expected)
  })

  it('knows the administrator by policy', async () => {
    const app = behind([auth(), keystonecontext(services)], req => [
      req.context?.isAdmin,
      req.context?.may('os_compute_api:os-services:list'),
    ])
    const ask = async (token: string) =>
      (await request(app).get('/').set('X-Auth-Token', token)).body
    assert.deepEqual(
      [await ask('admin'), await ask('good')],
      [
        [true, true],
        [false, false],
      ],
    )
  })

  it('takes the ids that the request has', async () => {
    const ids: Filter = inner => (req, res, next) => {
      Object.assign(req, {
        requestId: 'req-1',
        globalRequestId: 'req-2',
        clientAddress: '::ffff:9.8.7.6',
      })
      inner(req, res, next)
    }
    const app = behind([ids, auth(), keystonecontext(services)], ({ context }) => [
      context?.requestId,
      context?.globalRequestId,
      context?.remoteAddress,
    ])
    const { body } = await request(app).get('/').set('X-Auth-Token', 'good')
    assert.deepEqual(body, ['req-1', 'req-2', '9.8.7.6'])
  })

  it('answers 401 without a user, plainly and as Accept asks', async () => {
    const app = behind([keystonecontext(services)], values)
    const json = await request(app).get('/').set('Accept', 'application/json').expect(401)
    assert.deepEqual(json.body, {
      message: 'This server could not verify who you are.',
      code: '401 Unauthorized',
      title: 'Unauthorized',
    })
    const html = await request(app).get('/').expect(401)
    assert.match(html.headers['content-type'] ?? '', /^text\/html; charset=utf-8$/i)
    assert.match(html.text, /<title>401 Unauthorized<\/title>/)
    const text = await request(app).get('/').set('Accept', 'image/png').expect(401)
    assert.equal(text.headers['content-type'], 'text/plain; charset=UTF-8')
  })

  for (const catalog of ['{', '7', '[7]', '[{"type": "image"}]']) {
    it(`answers 500 to the catalog ${catalog}`, async () => {
      const app = behind([keystonecontext(services)], values)
      await request(app)
        .get('/')
        .set({ 'X-User-Id': 'u', 'X-Service-Catalog': catalog })
        .expect(500, /Invalid service catalog json\./)
    })
  }
})

describe('filter noauth2', () => {
  const app = behind([noauth2(services)], ({ context }) => [
    context?.userId,
    context?.projectId,
    context?.isAdmin,
    context?.roles,
  ])

  it('gives a token to who has none', async () => {
    const answer = await request(app)
      .get('/v2.1/')
      .set({ Host: 'box:1', 'X-Auth-User': 'bob', 'X-Auth-Project-Id': 'builds' })
      .expect(204)
    assert.equal(answer.headers['x-auth-token'], 'bob:builds')
    assert.equal(answer.headers['x-server-management-url'], 'http://box:1/v2.1/')
    assert.match(answer.headers['content-type'] ?? '', /^text\/plain/)
    const other = await request(app).get('/').expect(204)
    assert.equal(other.headers['x-auth-token'], 'admin:admin')
  })

  it('believes the token', async () => {
    const ask = async (token: string) =>
      (await request(app).get('/').set('X-Auth-Token', token).expect(200)).body
    const all = ['admin', 'manager', 'member', 'reader']
    assert.deepEqual(await ask('admin:p'), ['admin', 'p', true, all])
    assert.deepEqual(await ask('bob:p'), ['bob', 'p', false, ['member', 'reader']])
    assert.deepEqual(await ask('bob'), ['bob', 'bob', false, ['member', 'reader']])
    assert.deepEqual(await ask('bob:'), ['bob', 'bob', false, ['member', 'reader']])
  })
})

describe('filter legacy_v2_compatible', () => {
  const answering = (respond: App): Express => {
    const app = express()
    app.disable('x-powered-by').disable('etag')
    app.use(linted(legacyV2Compatible)(respond))
    return app
  }
  const version = { 'OpenStack-API-Version': 'compute 2.1', 'X-OpenStack-Nova-API-Version': '2.1' }
  const ways: Readonly<Record<string, App>> = {
    'one by one': (_req, res) => {
      for (const [name, value] of Object.entries(version)) res.setHeader(name, value)
      res.setHeader('Vary', ['OpenStack-API-Version', 'Accept', 'X-OpenStack-Nova-API-Version'])
      res.end('ok')
    },
    appended: (_req, res) => {
      res.append('Vary', 'OpenStack-API-Version').append('Vary', 'Accept').set(version).end('ok')
    },
    'with the head': (_req, res) => {
      res.writeHead(200, { ...version, Vary: 'X-OpenStack-Nova-API-Version, Accept' }).end('ok')
    },
  }
  for (const [how, respond] of Object.entries(ways)) {
    it(`takes the version headers out of an answer, set ${how}`, async () => {
      const { headers } = await request(answering(respond)).get('/').expect(200, 'ok')
      assert.equal(headers['openstack-api-version'], undefined)
      assert.equal(headers['x-openstack-nova-api-version'], undefined)
      assert.equal(headers.vary, 'Accept')
    })
  }

  it('drops Vary when nothing is left of it, and keeps the reason', async () => {
    const app = answering((_req, res) => {
      res.writeHead(202, 'Fine', { Vary: 'OpenStack-API-Version' }).end()
    })
    const { headers } = await request(app).get('/').expect(202)
    assert.equal(headers.vary, undefined)
  })

  it('marks the request and lets it ask for no version', async () => {
    const app = answering((req, res) => {
      res.json([Reflect.get(req, 'isLegacyV2'), req.headers['openstack-api-version'] ?? null])
    })
    const { body } = await request(app).get('/').set(version)
    assert.deepEqual(body, [true, null])
  })
})
