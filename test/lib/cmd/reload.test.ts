import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { request } from 'undici'
import { runNovaManage } from '../../../lib/cmd/manage/run.js'
import { answering, freePort, Process } from '../../support/processes.js'

const ownIni = resolve(import.meta.dirname, '../../../../api-paste.ini')

describe('a process that gets SIGHUP', function () {
  this.timeout(60_000)

  let folder: string
  let port: number
  let api: Process | undefined
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-reload-'))
    port = await freePort()
    writeFileSync(join(folder, 'api-paste.ini'), readFileSync(ownIni))
  })
  afterEach(async () => {
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const conf = (more = '') =>
    write(
      'nova.conf',
      `[DEFAULT]
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = ${port}
transport_url = fake://
${more}
[api]
auth_strategy = noauth2
[api_database]
connection = sqlite:///${folder}/api.db
[database]
connection = sqlite:///${folder}/cell.db
[wsgi]
api_paste_config = ${folder}/api-paste.ini
`,
    )

  const start = async (workers = 1): Promise<Process> => {
    conf(`osapi_compute_workers = ${workers}`)
    const file = join(folder, 'nova.conf')
    for (const group of ['api_db', 'db']) {
      const words = ['--config-file', file, group, 'sync']
      const quiet = { out: () => {}, err: () => {}, env: {} }
      assert.equal(
        await runNovaManage(group === 'db' ? [...words, '--local_cell'] : words, quiet),
        0,
      )
    }
    api = new Process('nova-api', ['--config-file', file])
    await answering(`http://127.0.0.1:${port}/`, api)
    return api
  }

  const ask = async (path: string): Promise<number> => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, {
      headers: { 'x-auth-token': 'admin:p' },
    })
    await body.dump()
    return statusCode
  }

  /** Puts a filter in front of the document of versions. */
  const withHealthcheck = () =>
    readFileSync(ownIni, 'utf8').replace(
      'pipeline = cors faultwrap request_log http_proxy_to_wsgi oscomputeversionapp',
      'pipeline = healthcheck cors faultwrap request_log http_proxy_to_wsgi oscomputeversionapp',
    )

  it('reads pipelines, policy and options anew, and drops no request', async () => {
    const process = await start()
    assert.notEqual(await ask('/healthcheck'), 200)
    assert.equal(await ask('/v2.1/flavors'), 200)

    let done = false
    const statuses = new Map<number, number>()
    const client = async () => {
      while (!done) {
        const status = await ask('/v2.1/limits')
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    const clients = [client(), client(), client(), client()]
    write('api-paste.ini', withHealthcheck())
    write('policy.yaml', '"os_compute_api:os-keypairs:index": "!"\n')
    conf('debug = true\nhost = elsewhere')
    process.signal('SIGHUP')
    await process.printed(/INFO.* Reloaded$/m)
    done = true
    await Promise.all(clients)
    assert.deepEqual([...statuses.keys()], [200])

    assert.equal(await ask('/healthcheck'), 200)
    assert.equal(await ask('/v2.1/os-keypairs'), 403)
    assert.match(process.output, /\[DEFAULT\] host has changed; it counts from the next start/)
    assert.doesNotMatch(process.output, /\[DEFAULT\] debug has changed/)
  })

  it('goes on as before when a file cannot be used, and says why', async () => {
    const process = await start()
    write('api-paste.ini', withHealthcheck().replace('filters/healthcheck', 'filters/nowhere'))
    process.signal('SIGHUP')
    await process.printed(/Cannot reload; going on as before/)
    assert.equal(await ask('/v2.1/flavors'), 200)
    assert.match(process.output, /filters\/nowhere/)
  })

  it('passes the signal on to its workers', async () => {
    const process = await start(2)
    await process.printed(/(?: listens on [\s\S]*?){2}/)
    write('api-paste.ini', withHealthcheck())
    process.signal('SIGHUP')
    // The launcher and two workers.
    await process.printed(/(?: Reloaded\n[\s\S]*?){3}/)
    assert.deepEqual(
      await Promise.all([1, 2, 3, 4].map(() => ask('/healthcheck'))),
      [200, 200, 200, 200],
    )
  })
})
