import assert from 'node:assert/strict'
import { setImmediate as later } from 'node:timers/promises'
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api'
import { type App, type Filter, inject, loadText } from '../../../lib/paste/index.js'
import { spanTracer } from '../../../lib/paste/spans.js'
import { KeptSpan, keepingTracer, NodeContexts } from '../../support/spans.js'

const ini = `
[pipeline:main]
pipeline = cors mends hello
[filter:cors]
[filter:mends]
[app:hello]
`
const activeName = (): string => {
  const span = trace.getActiveSpan()
  return span instanceof KeptSpan ? span.name : 'none'
}

describe('paste: spans', () => {
  let spans: KeptSpan[] = []
  let active: string[] = []
  before(() => void context.setGlobalContextManager(new NodeContexts()))
  after(() => {
    context.disable()
    propagation.disable()
  })

  const cors: Filter = app => async (req, res, next) => {
    res.setHeader('vary', 'origin')
    await later()
    active.push(`cors: ${activeName()}`)
    app(req, res, next)
  }
  const mends: Filter = app => (req, res, next) =>
    app(req, res, error => {
      active.push(`mends: ${activeName()}`)
      if (!error) return next()
      res.statusCode = 503
      res.end()
    })
  const hello: App = async (req, res, next) => {
    await later()
    active.push(`hello: ${activeName()}`)
    if (req.url === '/bad') next(new TypeError('broken'))
    else if (req.url === '/none') next()
    else res.end('hello')
  }
  const ask = async (url: string, headers: Record<string, string> = {}) => {
    spans = []
    active = []
    const app = await loadText(ini, {
      stubs: { 'filter:cors': cors, 'filter:mends': mends, 'app:hello': () => hello },
      tracer: spanTracer({ tracer: keepingTracer(spans), routeOf: () => '/it' }),
    })
    await inject(app, { url, headers: { host: 'api.example:8774', ...headers } })
    return spans
  }
  const tree = () => spans.map(({ name, parent }) => `${name} in ${parent?.name ?? 'nothing'}`)

  it('stand one in another by section, in that of the request, and are ended once', async () => {
    await ask('/')
    assert.deepEqual(tree(), [
      'GET /it in nothing',
      'filter:cors in GET /it',
      'filter:mends in filter:cors',
      'app:hello in filter:mends',
    ])
    assert.deepEqual(
      spans.map(({ ends }) => ends),
      [1, 1, 1, 1],
    )
    const told = spans
      .slice(1)
      .map(({ attributes }) => [
        attributes['paste.section'],
        attributes['paste.kind'],
        attributes['paste.outcome'],
        attributes['paste.changes'],
        typeof attributes['paste.own_time'],
      ])
    assert.deepEqual(told, [
      ['filter:cors', 'filter', 'passed', ['+vary'], 'number'],
      ['filter:mends', 'filter', 'passed', undefined, 'number'],
      ['app:hello', 'app', 'answered', undefined, 'number'],
    ])
  })

  it('have the request in the attributes of the conventions, and never its query', async () => {
    const [root] = await ask('/?token=x', { 'user-agent': 'me' })
    assert.equal(root?.kind, SpanKind.SERVER)
    assert.deepEqual(root?.attributes, {
      'client.address': '127.0.0.1',
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.route': '/it',
      'network.protocol.version': '1.1',
      'server.address': 'api.example',
      'server.port': 8774,
      'url.path': '/',
      'url.scheme': 'http',
      'user_agent.original': 'me',
    })
    assert.equal(root?.status.code, SpanStatusCode.UNSET)
  })

  it('are what is active while their section has the request, also when it has it back', async () => {
    await ask('/bad')
    assert.deepEqual(active, ['cors: filter:cors', 'hello: app:hello', 'mends: filter:mends'])
  })

  it('keep the error of the section that failed, and the status of the answer', async () => {
    const [root, , filter, app] = await ask('/bad')
    assert.deepEqual(app?.exceptions, ['broken'])
    assert.deepEqual(app?.status, { code: SpanStatusCode.ERROR, message: 'broken' })
    assert.equal(app?.attributes['error.type'], 'TypeError')
    assert.equal(filter?.attributes['paste.outcome'], 'answered')
    assert.equal(filter?.status.code, SpanStatusCode.UNSET)
    assert.equal(root?.attributes['http.response.status_code'], 503)
    assert.equal(root?.attributes['error.type'], '503')
    assert.equal(root?.status.code, SpanStatusCode.ERROR)
  })

  it('stand in the span of another instrumentation, where there is one', async () => {
    const outer = new KeptSpan('theirs', {}, context.active())
    const app = await loadText(ini, {
      name: 'hello',
      stubs: { 'app:hello': () => hello },
      tracer: spanTracer({ tracer: keepingTracer(spans) }),
    })
    spans.length = 0
    const within: App = (req, res, next) =>
      context.with(trace.setSpan(context.active(), outer), () => app(req, res, next))
    await inject(within, { url: '/' })
    assert.deepEqual(tree(), ['app:hello in theirs'])
    assert.equal(outer.ends, 0)
  })

  it('go on with the trace that the client began', async () => {
    const remote = new KeptSpan('remote', {}, context.active())
    const propagator: TextMapPropagator = {
      inject: () => {},
      extract: (at, carrier, getter) =>
        getter.get(carrier, 'traceparent') === 'r' ? trace.setSpan(at, remote) : at,
      fields: () => [],
    }
    propagation.setGlobalPropagator(propagator)
    await ask('/', { traceparent: 'r' })
    assert.equal(spans[0]?.parent, remote)
  })

  it('cost an app nothing to understand: without an SDK it answers as ever', async () => {
    const app = await loadText(ini, {
      stubs: { 'filter:cors': cors, 'filter:mends': mends, 'app:hello': () => hello },
      tracer: spanTracer(),
    })
    assert.equal(String((await inject(app, { url: '/' })).body), 'hello')
  })
})
