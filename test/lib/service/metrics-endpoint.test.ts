import assert from 'node:assert/strict'
import request from 'supertest'
import { silentLog } from '../../../lib/log/index.js'
import {
  ListenError,
  MetricsEndpoint,
  ProcessMetrics,
  WsgiService,
} from '../../../lib/service/index.js'

describe('the endpoint of metrics', () => {
  const opened: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(one => one.stop()))
  })

  const start = async (options: { port?: number; ports?: number } = {}) => {
    const metrics = new ProcessMetrics('nova-api')
    const endpoint = new MetricsEndpoint({
      name: 'nova-api',
      listen: '127.0.0.1',
      port: 0,
      metrics,
      log: silentLog,
      ...options,
    })
    opened.push(endpoint)
    await endpoint.start()
    return { metrics, endpoint, client: request(endpoint.url) }
  }

  const lines = async (client: ReturnType<typeof request>, pattern: RegExp) => {
    const { text } = await client.get('/metrics').expect(200)
    return text.split('\n').filter(line => pattern.test(line))
  }

  it('is well while the process works', async () => {
    const { endpoint, client } = await start()
    const health = (status: string) => ({ binary: 'nova-api', status, pid: process.pid })
    await client.get('/health').expect(503, health('starting'))
    endpoint.turn('ok')
    await client.get('/health').expect(200, health('ok'))
    await client.head('/health').expect(200)
    endpoint.turn('stopping')
    await client.get('/health').expect(503, health('stopping'))
    await client.post('/health').expect(405).expect('allow', 'GET, HEAD')
    await client.get('/').expect(404)
  })

  it('counts requests by their route as it is written', async () => {
    const { metrics, client } = await start()
    const service = new WsgiService({
      name: 'api',
      host: '127.0.0.1',
      port: 0,
      onRequest: metrics.request,
      app: (req, res) => {
        if (req.path !== '/lost') req.routeTemplate = '/servers/:id'
        res.statusCode = req.path === '/lost' ? 404 : 200
        res.end()
      },
    })
    opened.push(service)
    await service.start()
    const api = request(service.url)
    for (const path of ['/servers/1', '/servers/2', '/lost']) await api.get(path)
    // An answer counts once its connection has let it go.
    await service.stop()
    assert.deepEqual(await lines(client, /^nova_http_request_duration_seconds_count/), [
      'nova_http_request_duration_seconds_count{binary="nova-api",method="GET",route="/servers/:id",status="200"} 2',
      'nova_http_request_duration_seconds_count{binary="nova-api",method="GET",route="none",status="404"} 1',
    ])
    metrics.request({ method: 'BREW', route: null, status: 405, seconds: 0 })
    assert.equal((await lines(client, /method="other".*_?405/)).length > 0, true)
  })

  it('counts sections by what became of a request there, under so many names at most', async () => {
    const { metrics, client } = await start()
    metrics.section({ section: 'filter:cors', outcome: 'passed', ownMs: 0.5 })
    metrics.section({ section: 'filter:cors', outcome: 'answered', ownMs: 2 })
    for (let number = 0; number < 600; number++) {
      metrics.section({ section: `app:${number}`, outcome: 'answered', ownMs: 1 })
    }
    assert.deepEqual(
      await lines(client, /^nova_paste_section_duration_seconds_(sum|count).*(filter:cors|other)/),
      [
        'nova_paste_section_duration_seconds_sum{binary="nova-api",section="filter:cors",outcome="passed"} 0.0005',
        'nova_paste_section_duration_seconds_count{binary="nova-api",section="filter:cors",outcome="passed"} 1',
        'nova_paste_section_duration_seconds_sum{binary="nova-api",section="filter:cors",outcome="answered"} 0.002',
        'nova_paste_section_duration_seconds_count{binary="nova-api",section="filter:cors",outcome="answered"} 1',
        'nova_paste_section_duration_seconds_sum{binary="nova-api",section="other",outcome="answered"} 0.10100000000000008',
        'nova_paste_section_duration_seconds_count{binary="nova-api",section="other",outcome="answered"} 101',
      ],
    )
  })

  it('counts RPC methods, their failures, and reads gauges', async () => {
    const { metrics, client } = await start()
    metrics.dispatch({ method: 'ping', failed: false, seconds: 0.2 })
    metrics.dispatch({ method: 'ping', failed: true, seconds: 0.2 })
    metrics.gauge('nova_compute_running_builds', 'Builds.', () => 3)
    assert.deepEqual(await lines(client, /^nova_(rpc_.*_(count|total)|compute)/), [
      'nova_rpc_dispatch_duration_seconds_count{binary="nova-api",method="ping"} 2',
      'nova_rpc_dispatch_failures_total{method="ping",binary="nova-api"} 1',
      'nova_compute_running_builds{binary="nova-api"} 3',
    ])
    assert.equal((await lines(client, /^nova_event_loop_lag_seconds\{/)).length, 3)
  })

  it('takes the next port where workers share the setting, else says which is taken', async () => {
    const first = await start()
    const port = Number(new URL(first.endpoint.url).port)
    await assert.rejects(start({ port }), (error: unknown) => {
      assert.ok(error instanceof ListenError)
      assert.match(error.message, /^nova-api: cannot listen on 127\.0\.0\.1:\d+ \(\[metrics_end/)
      return true
    })
    const next = await start({ port, ports: 20 })
    assert.ok(Number(new URL(next.endpoint.url).port) > port)
  })
})
