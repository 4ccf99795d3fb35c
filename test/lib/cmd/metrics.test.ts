import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { runNovaManage } from '../../../lib/cmd/manage/run.js'
import { freePort, Process } from '../../support/processes.js'

const PROJECT = '6f70656e737461636b20342065766572'

const get = async (url: string) => {
  const { statusCode, body } = await request(url, {
    headers: { 'x-auth-token': `admin:${PROJECT}` },
  })
  return { status: statusCode, text: await body.text() }
}

describe('a process with [metrics_endpoint]', function () {
  this.timeout(60_000)

  let folder: string
  let api: Process | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-metrics-'))
  })
  afterEach(async () => {
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  it('tells its health, and what its requests took by route and by section', async () => {
    const port = await freePort()
    const file = join(folder, 'nova.conf')
    writeFileSync(
      file,
      `[DEFAULT]
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = ${port}
transport_url = fake://
[api]
auth_strategy = noauth2
[api_database]
connection = sqlite:///${folder}/api.db
[database]
connection = sqlite:///${folder}/cell.db
[metrics_endpoint]
enabled = true
port = 0
sections = true
[tracing]
server_timing = true
spans = true
`,
    )
    for (const words of [
      ['api_db', 'sync'],
      ['db', 'sync', '--local_cell'],
    ]) {
      const quiet = { out: () => {}, err: () => {}, env: {} }
      assert.equal(await runNovaManage(['--config-file', file, ...words], quiet), 0)
    }
    api = new Process('nova-api', ['--config-file', file])
    const [, monitoring] = await api.printed(/tells its health and metrics on (\S+)/)
    await api.printed(/osapi_compute listens on/)
    assert.equal((await get(`http://127.0.0.1:${port}/v2.1/servers/nothing`)).status, 404)
    assert.equal(
      (await get(`http://127.0.0.1:${port}/v2.1/${PROJECT}/servers/nothing`)).status,
      404,
    )
    assert.deepEqual(await get(`${monitoring}/health`), {
      status: 200,
      text: `{"binary":"nova-api","status":"ok","pid":${api.pid}}`,
    })
    const { headers } = await request(`http://127.0.0.1:${port}/`, { method: 'HEAD' })
    assert.deepEqual(
      String(headers['server-timing'])
        .split(', ')
        .map(entry => entry.replace(/;dur=\d+\.\d\d$/, '')),
      [
        'composite_osapi_compute',
        'filter_cors',
        'filter_faultwrap',
        'filter_request_log',
        'filter_http_proxy_to_wsgi',
        'app_oscomputeversionapp',
      ],
    )
    const { text } = await get(`${monitoring}/metrics`)
    assert.match(
      text,
      /^nova_paste_section_duration_seconds_count\{binary="nova-api",section="filter:noauth2",outcome="passed"\} 2$/m,
    )
    assert.match(
      text,
      /^nova_http_request_duration_seconds_count\{binary="nova-api",method="GET",route="\/servers\/:id",status="404"\} 2$/m,
    )
    assert.equal(await api.stop(), 0)
  })
})
