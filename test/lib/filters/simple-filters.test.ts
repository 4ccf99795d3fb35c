import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NovaException } from '../../../lib/exception/index.js'
import { factory as computeReqId } from '../../../lib/filters/compute-req-id.js'
import { factory as cors } from '../../../lib/filters/cors.js'
import { faultwrap } from '../../../lib/filters/faultwrap.js'
import { factory as healthcheck } from '../../../lib/filters/healthcheck.js'
import { factory as httpProxyToWsgi } from '../../../lib/filters/http-proxy-to-wsgi.js'
import { factory as osprofiler } from '../../../lib/filters/osprofiler.js'
import { requestLog } from '../../../lib/filters/request-log.js'
import { factory as sizelimit } from '../../../lib/filters/sizelimit.js'
import type { App } from '../../../lib/paste/index.js'
import { Fault, PlainError } from '../../../lib/wsgi/index.js'
import { echo, filtered, globalsWith, linted, serve } from '../../support/filters.js'
import { MemoryLog } from '../../support/log.js'

const failing =
  (error: unknown): App =>
  (_req, _res, next) =>
    next(error)

describe('filter compute_req_id', () => {
  const app: App = (req, res) => {
    res.json([req.requestId, req.globalRequestId])
  }

  it('names the request in both headers, the same', async () => {
    const { headers, body } = await (await filtered(computeReqId, {}, { app })).get('/')
    assert.match(body[0], /^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.equal(headers['x-openstack-request-id'], body[0])
    assert.equal(headers['x-compute-request-id'], body[0])
    assert.equal(body[1], null)
  })

  it('keeps an id that came along as the global one, if it has the form of one', async () => {
    const client = await filtered(computeReqId, {}, { app })
    const id = 'req-8c9a0b1c-3f2e-4a57-9d45-0123456789ab'
    const named = await client.get('/').set('x-openstack-request-id', id)
    assert.equal(named.body[1], id)
    assert.notEqual(named.headers['x-openstack-request-id'], id)
    const other = await client.get('/').set('x-openstack-request-id', 'req-1\t<script>')
    assert.equal(other.body[1], null)
  })
})

describe('filter faultwrap', () => {
  const wrapped = (app: App, log = new MemoryLog()) => serve(linted(faultwrap(log))(app))

  it('answers a fault by its document and headers', async () => {
    const error = Fault.of(503, 'conductor too old', { headers: { 'retry-after': '3' } })
    await wrapped(failing(error))
      .get('/')
      .expect(503, {
        serviceUnavailable: { code: 503, message: 'conductor too old', retryAfter: '3' },
      })
      .expect('content-type', 'application/json; charset=UTF-8')
      .expect('retry-after', '3')
  })

  it('tells of an unexpected error its class, and the log the rest', async () => {
    class DriverError extends Error {}
    const log = new MemoryLog()
    const app: App = () => {
      throw new DriverError('secret of the host')
    }
    const { status, body } = await wrapped(app, log).get('/x')
    assert.equal(status, 500)
    assert.equal(body.computeFault.code, 500)
    assert.match(body.computeFault.message, /\nDriverError$/)
    assert.deepEqual(log.texts('error'), ['Caught error: secret of the host'])
  })

  it('keeps the text of an exception marked safe, and its status', async () => {
    class Quiet extends NovaException {
      static override readonly code = 409
      static override readonly safe = true
      static override readonly msgFmt = 'not %(what)s'
    }
    const log = new MemoryLog()
    await wrapped(failing(new Quiet({ what: 'now' })), log)
      .get('/')
      .expect(409, { conflictingRequest: { code: 409, message: 'Quiet: not now' } })
    assert.deepEqual(log.lines, [])
  })

  it('hides the text of another exception, and keeps its status', async () => {
    class Loud extends NovaException {
      static override readonly code = 404
      static override readonly msgFmt = 'inner detail'
    }
    const { status, body } = await wrapped(failing(new Loud())).get('/')
    assert.equal(status, 404)
    assert.doesNotMatch(JSON.stringify(body), /inner detail/)
  })

  it('answers a plain HTTP error plainly', async () => {
    await wrapped(failing(new PlainError(413, 'too large')))
      .get('/')
      .set('accept', 'application/json')
      .expect(413, {
        message: 'too large',
        code: '413 Request Entity Too Large',
        title: 'Request Entity Too Large',
      })
  })

  it('passes on what the app passes on', async () => {
    await wrapped((_req, _res, next) => next())
      .get('/')
      .expect(404)
  })

  it('cuts an answer that failed in its middle', async () => {
    const app: App = (_req, res, next) => {
      res.write('half')
      next(new Error('broken'))
    }
    await assert.rejects(async () => wrapped(app).get('/'), /aborted|socket hang up/)
  })
})

describe('filter request_log', () => {
  const line = async (app: App): Promise<string> => {
    const log = new MemoryLog()
    let time = 0
    const now = () => {
      time += 1500
      return time
    }
    await serve(linted(requestLog(log, now))(app)).get('/a/b?c=d')
    await log.seen(/GET/)
    return log.texts('info').join('\n')
  }

  it('writes one line with address, request, status, length, microversion and seconds', async () => {
    const app: App = (_req, res) => {
      res.setHeader('x-openstack-nova-api-version', '2.79')
      res.json({})
    }
    assert.equal(
      await line(app),
      '127.0.0.1 "GET /a/b?c=d" status: 200 len: 2 microversion: 2.79 time: 1.500000',
    )
  })

  it('writes it too when the app fails', async () => {
    assert.equal(
      await line(failing(new Error('x'))),
      '127.0.0.1 "GET /a/b?c=d" status: 599 len: - microversion: - time: 1.500000',
    )
  })
})

describe('filter sizelimit', () => {
  it('refuses at once what is announced as too large, and tells readers the limit', async () => {
    const app: App = (req, res) => {
      res.json(req.maxBodyBytes)
    }
    const client = await filtered(sizelimit, { max_request_body_size: '4' }, { app })
    await client.post('/').send('1234').expect(200, '4')
    await client.post('/').send('12345').expect(599, '413 Request is too large.')
  })

  it('takes the limit of nova.conf, and refuses one that is no number', async () => {
    const globals = globalsWith({ oslo_middleware: { max_request_body_size: 2 } })
    const client = await filtered(sizelimit, {}, { globals })
    await client.post('/').send('123').expect(599)
    assert.throws(
      () => sizelimit(globals, { max_request_body_size: 'much' }),
      /'max_request_body_size' must be a whole number of 0 or more, got 'much'/,
    )
  })
})

describe('filter cors', () => {
  const origin = 'https://dash.example'
  const conf = { allowed_origin: `${origin}, https://b.example` }

  it('does nothing unless an origin is allowed', async () => {
    const client = await filtered(cors)
    const { headers } = await client.get('/').set('origin', origin)
    assert.equal(headers['access-control-allow-origin'], undefined)
  })

  it('marks answers for an allowed origin, and no others', async () => {
    const client = await filtered(cors, conf)
    await client
      .get('/')
      .set('origin', origin)
      .expect('access-control-allow-origin', origin)
      .expect('access-control-allow-credentials', 'true')
      .expect('vary', 'Origin')
      .expect(
        'access-control-expose-headers',
        'X-Auth-Token,X-Openstack-Request-Id,X-Subject-Token,X-Service-Token,X-OpenStack-Nova-API-Version,OpenStack-API-Version',
      )
    const { headers } = await client.get('/').set('origin', 'https://evil.example')
    assert.equal(headers['access-control-allow-origin'], undefined)
  })

  it('answers a preflight itself', async () => {
    const client = await filtered(cors, conf)
    const ask = (method: string, names: string) =>
      client
        .options('/')
        .set('origin', origin)
        .set('access-control-request-method', method)
        .set('access-control-request-headers', names)
    await ask('DELETE', 'X-Auth-Token, content-type')
      .expect(200, '')
      .expect('access-control-allow-methods', 'DELETE')
      .expect('access-control-allow-headers', 'X-Auth-Token,content-type')
      .expect('access-control-max-age', '3600')
    for (const refused of [ask('TRACE', ''), ask('GET', 'x-other')]) {
      const { status, headers } = await refused
      assert.equal(status, 200)
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
  })

  it('tells anybody, without credentials, where * is allowed', async () => {
    const { headers } = await (await filtered(cors, { allowed_origin: '*' }))
      .get('/')
      .set('origin', origin)
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['access-control-allow-credentials'], undefined)
  })
})

describe('filter http_proxy_to_wsgi', () => {
  const on = { enable_proxy_headers_parsing: 'true' }
  const app: App = (req, res) => {
    res.json([req.protocol, req.headers.host, req.baseUrl, req.clientAddress ?? null])
  }

  it('believes nobody unless told to', async () => {
    const client = await filtered(httpProxyToWsgi, {}, { app })
    const { body } = await client.get('/').set('host', 'h').set('x-forwarded-host', 'other')
    assert.deepEqual(body, ['http', 'h', '', null])
  })

  it('takes X-Forwarded-*, the first of each', async () => {
    const { body } = await (await filtered(httpProxyToWsgi, on, { app }))
      .get('/')
      .set('x-forwarded-proto', 'https')
      .set('x-forwarded-host', 'cloud.example, inner')
      .set('x-forwarded-prefix', '/compute/')
      .set('x-forwarded-for', '192.0.2.7, 10.0.0.1')
    assert.deepEqual(body, ['https', 'cloud.example', '/compute', '192.0.2.7'])
  })

  it('prefers the first element of Forwarded', async () => {
    const { body } = await (await filtered(httpProxyToWsgi, on, { app }))
      .get('/')
      .set('forwarded', 'for="[2001:db8::1]:47;x";proto=HTTPS;host="a.example:1", for=b;host=c')
      .set('x-forwarded-host', 'no')
    assert.deepEqual(body, ['https', 'a.example:1', '', '2001:db8::1'])
  })
})

describe('filter healthcheck', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'health-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is well, as text or JSON, at its path alone', async () => {
    const client = await filtered(healthcheck)
    await client
      .get('/healthcheck')
      .expect(200, 'OK')
      .expect('content-type', /^text\/plain/)
    await client
      .get('/healthcheck')
      .set('accept', 'application/json')
      .expect(200, { detailed: false, reasons: [] })
    await client.head('/healthcheck').expect(200)
    const { body } = await client.get('/healthcheck/x')
    assert.equal(body.url, '/healthcheck/x')
  })

  it('is ill while its file is there', async () => {
    const file = join(folder, 'off')
    const client = await filtered(healthcheck, {
      backends: 'disable_by_file',
      disable_by_file_path: file,
    })
    await client.get('/healthcheck').expect(200, 'OK')
    writeFileSync(file, '')
    await client.get('/healthcheck').expect(503, 'DISABLED BY FILE')
  })

  it('refuses a backend that it does not know, and a pair that is none', () => {
    const globals = globalsWith()
    assert.throws(() => healthcheck(globals, { backends: 'etcd' }), /got 'etcd'/)
    assert.throws(
      () =>
        healthcheck(globals, { backends: 'disable_by_files_ports', disable_by_file_paths: 'x' }),
      /must be port:path, got 'x'/,
    )
  })
})

describe('filter osprofiler', () => {
  it('passes requests through, and says so when it is turned on', async () => {
    const log = new MemoryLog()
    const filter = await osprofiler(globalsWith({}, { log }), { enabled: 'yes' })
    assert.equal(filter(echo), echo)
    assert.equal(log.texts('warn').length, 1)
  })
})
