import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { runNovaManage } from '../../../lib/cmd/manage/run.js'
import { openDatabase } from '../../../lib/db/open.js'
import { insertService, selectServices } from '../../../lib/db/queries/cell/services.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { answering, freePort, Process } from '../../support/processes.js'

describe('a process of nova', function () {
  this.timeout(60_000)

  let folder: string
  let started: Process | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-workers-'))
  })
  afterEach(async () => {
    await started?.stop()
    rmSync(folder, { recursive: true })
  })

  /** @returns nova.conf, with databases that are synced */
  const configured = async (more: string): Promise<string> => {
    const file = join(folder, 'nova.conf')
    writeFileSync(
      file,
      `[api]
auth_strategy = noauth2
[api_database]
connection = sqlite:///${folder}/api.db
[database]
connection = sqlite:///${folder}/cell.db
[DEFAULT]
host = here
transport_url = fake://user:secret-of-the-bus@
${more}
`,
    )
    const quiet = { out: () => {}, err: () => {}, env: {} }
    for (const words of [
      ['api_db', 'sync'],
      ['db', 'sync', '--local_cell'],
      ['cell_v2', 'create_cell', '--name', 'cell1'],
    ]) {
      assert.equal(await runNovaManage(['--config-file', file, ...words], quiet), 0)
    }
    return file
  }

  const startApi = async (workers: number, more = ''): Promise<readonly [Process, string]> => {
    const port = await freePort()
    const file = await configured(`osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = ${port}
osapi_compute_workers = ${workers}
${more}`)
    const api = new Process('nova-api', ['--config-file', file])
    started = api
    const url = `http://127.0.0.1:${port}`
    await answering(`${url}/`, api)
    return [api, url]
  }

  /** Who has served requests: the log says. */
  const servers = ({ output }: Process): Set<string> =>
    new Set(Array.from(output.matchAll(/^\S+ \S+ (\d+) INFO .*"GET \//gm), ([, pid]) => pid ?? ''))

  /** Asks, each time by a new connection, until so many processes have served. */
  const askUntil = async (api: Process, url: string, isSo: (pids: Set<string>) => boolean) => {
    for (let n = 0; n < 500; n++) {
      const { statusCode, body } = await request(url, { headers: { connection: 'close' } })
      assert.equal(statusCode, 200)
      await body.dump()
      if (isSo(servers(api))) return servers(api)
    }
    throw new Error(`only ${[...servers(api)]} served`)
  }

  it('serves the API in so many processes, and puts another in place of one that died', async () => {
    const [api, url] = await startApi(2)
    const pids = [...(await askUntil(api, `${url}/`, all => all.size === 2))]
    assert.ok(!pids.includes(String(api.pid)), 'the launcher serves nothing')
    process.kill(Number(pids[0]), 'SIGKILL')
    await api.printed(
      /A worker was killed by SIGKILL; starting another in 1 seconds \(worker=\d+\)/,
    )
    // the other one serves meanwhile
    await askUntil(api, `${url}/`, () => true)
    const third = (await api.printed(/(?:Started a worker[\s\S]*){3}worker=(\d+)/))[1] ?? ''
    await api.printed(new RegExp(` ${third} INFO .*listens on`))
    await askUntil(api, `${url}/`, all => all.has(third))
    assert.equal(await api.stop(), 0)
    for (const pid of [...pids, third]) assert.throws(() => process.kill(Number(pid), 0), /ESRCH/)
  })

  it('does not run beside computes that are too old, unless told to', async () => {
    const file = await configured('report_interval = 1')
    const database = openDatabase<CellSchema>(`sqlite:///${folder}/cell.db`)
    const compute = { host: 'old', binary: 'nova-compute', topic: 'compute' }
    await insertService(database.kysely, { ...compute, uuid: randomUUID(), version: 60 })
    await database.close()
    const text =
      'Current Nova version does not support computes older than yoga but the minimum compute service level in your system is 60 and the oldest supported service level is 61.'
    const refused = new Process('nova-conductor', ['--config-file', file])
    started = refused
    assert.equal(await refused.exited, 1)
    assert.match(refused.output, new RegExp(`nova-conductor: ${text}`))
    const forced = `${readFileSync(file, 'utf8')}
[workarounds]
disable_compute_service_check_for_ffu = true
`
    writeFileSync(file, forced)
    started = new Process('nova-conductor', ['--config-file', file])
    await started.printed(/serves topic conductor/)
    assert.match(started.output, new RegExp(` WARNING .*${text}`))
  })

  it('does not join others of its kind that are all newer', async () => {
    const file = await configured('report_interval = 1')
    const database = openDatabase<CellSchema>(`sqlite:///${folder}/cell.db`)
    const newer = { host: 'newer', binary: 'nova-conductor', topic: 'conductor' }
    await insertService(database.kysely, { ...newer, uuid: randomUUID(), version: 66 })
    await database.close()
    const refused = new Process('nova-conductor', ['--config-file', file])
    started = refused
    assert.equal(await refused.exited, 1)
    assert.match(
      refused.output,
      /^nova-conductor: This service is older \(v64\) than the minimum \(v66\) version/m,
    )
  })

  it('shares a topic among so many conductors, with one record of the host', async () => {
    const file = await configured('report_interval = 1\n[conductor]\nworkers = 2')
    const conductor = new Process('nova-conductor', ['--config-file', file])
    started = conductor
    const serving = / (\d+) INFO nova\.service .*serves topic conductor as here/
    const first = (await conductor.printed(serving))[1]
    await conductor.printed(new RegExp(`${serving.source}[\\s\\S]*${serving.source}`))
    process.kill(Number(first), 'SIGKILL')
    await conductor.printed(new RegExp(`(?:${serving.source}[\\s\\S]*){3}`))
    const database = openDatabase<CellSchema>(`sqlite:///${folder}/cell.db`)
    try {
      const services = await selectServices(database.kysely, {})
      assert.deepEqual(
        services.map(({ host, binary }) => `${binary} ${host}`),
        ['nova-conductor here'],
      )
    } finally {
      await database.close()
    }
    assert.equal(await conductor.stop(), 0)
  })

  describe('that gets SIGUSR2', () => {
    /** An identity service that never answers. */
    const silent = createServer(() => {})
    before(() => new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve)))
    after(() => {
      silent.closeAllConnections()
      silent.close()
    })

    it('tells what it is doing, and no secret', async () => {
      const address = silent.address()
      const identity = typeof address === 'object' ? address?.port : 0
      const [api, url] = await startApi(
        1,
        `[api]
auth_strategy = keystone
[keystone_authtoken]
auth_url = http://127.0.0.1:${identity}
username = nova
password = secret-of-nova
[vnc]
enabled = false`,
      )
      const asked = new AbortController()
      const asking = request(`${url}/v2.1/servers?name=private`, {
        headers: { 'x-auth-token': 'secret-token' },
        signal: asked.signal,
      })
      asking.catch(() => {})
      const arrived = new Promise<void>(resolve => silent.once('request', () => resolve()))
      await arrived
      api.signal('SIGUSR2')
      const report = (await api.printed(/=+ Guru Meditation =+\n=+\n([\s\S]*\n)=+\n$/))[1] ?? ''
      assert.deepEqual(
        Array.from(report.matchAll(/^=+ (.*) =+$/gm), ([, title]) => title),
        [
          'Process',
          'Requests to osapi_compute',
          'Databases',
          'Message buses',
          'nova.conf, where it differs from the defaults',
        ],
      )
      assert.match(report, new RegExp(`nova-api .*, pid ${api.pid}, node v`))
      assert.match(report, /^GET \/v2\.1\/servers \(req-[-0-9a-f]{36}\) from 127\.0\.0\.1 for \d/m)
      assert.match(report, /^\[keystone_authtoken\] password = \*\*\*$/m)
      assert.match(report, /^\[vnc\] enabled = false$/m)
      assert.doesNotMatch(report, /secret|private/)
      asked.abort()
    })

    it('writes it to a file of its own, as oslo.reports does', async () => {
      const reports = join(folder, 'reports')
      mkdirSync(reports)
      const file = await configured(`[oslo_reports]\nlog_dir = ${reports}`)
      const scheduler = new Process('nova-scheduler', ['--config-file', file])
      started = scheduler
      await scheduler.printed(/serves topic scheduler/)
      scheduler.signal('SIGUSR2')
      await scheduler.printed(/Wrote a report to /)
      const [name = ''] = readdirSync(reports)
      assert.match(name, new RegExp(`^nova-scheduler_gurumeditation_\\d{14}_${scheduler.pid}$`))
      const text = readFileSync(join(reports, name), 'utf8')
      assert.match(text, /its record is beating\nRPC: 0 of 64 run, 0 wait/)
      assert.match(text, /=+ RPC that nova-scheduler runs =+\nnothing\n/)
      assert.match(text, /=+ Periodic tasks of nova-scheduler =+\n/)
    })
  })
})
