import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { runNovaManage } from '../../../lib/cmd/manage/run.js'
import { answering, freePort, Process } from '../../support/processes.js'

describe('the log of a process', function () {
  this.timeout(60_000)

  let folder: string
  let port: number
  let api: Process | undefined
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-logging-'))
    port = await freePort()
  })
  afterEach(async () => {
    await api?.stop()
    rmSync(folder, { recursive: true })
  })

  const configure = (more: string): string => {
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
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = ${port}
transport_url = fake://
${more}
`,
    )
    return file
  }

  const start = async (more: string): Promise<Process> => {
    const file = configure(more)
    const quiet = { out: () => {}, err: () => {}, env: {} }
    for (const words of [
      ['api_db', 'sync'],
      ['db', 'sync', '--local_cell'],
    ]) {
      assert.equal(await runNovaManage(['--config-file', file, ...words], quiet), 0)
    }
    api = new Process('nova-api', ['--config-file', file])
    await answering(`http://127.0.0.1:${port}/`, api)
    return api
  }

  const ask = async (path: string): Promise<string> => {
    const { headers, body } = await request(`http://127.0.0.1:${port}${path}`, {
      headers: { 'x-auth-token': 'jane:research' },
    })
    await body.dump()
    return String(headers['x-openstack-request-id'])
  }

  /** The lines of a file that match, once there are some. */
  const lines = async (file: string, pattern: RegExp): Promise<readonly string[]> => {
    for (let left = 500; left > 0; left--) {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
      const found = text.split('\n').filter(line => pattern.test(line))
      if (found.length) return found
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    throw new Error(`no line ${pattern} in ${file}`)
  }

  it('tells who asked, for what server, in a file of its own below log_dir', async () => {
    const process = await start(`log_dir = ${folder}`)
    const file = join(folder, 'nova-api.log')
    const uuid = randomUUID()
    const id = await ask(`/v2.1/servers/${uuid}?x=1`)
    const [line = ''] = await lines(file, /"GET .*servers/)
    assert.match(
      line,
      new RegExp(
        `INFO nova\\.api\\.openstack\\.requestlog \\[None ${id} jane research - - - -\\] ` +
          `\\[instance: ${uuid}\\] 127\\.0\\.0\\.1 "GET `,
      ),
    )
    assert.equal(process.output, '')
    // A file that logrotate moved away is made anew, without a signal.
    renameSync(file, `${file}.1`)
    await ask('/v2.1/servers')
    assert.equal((await lines(file, /"GET .*servers/)).length, 1)
  })

  it('writes JSON, to stderr beside the file where it is told to', async () => {
    const process = await start(
      `log_dir = ${folder}\nlog_file = api.json\nuse_json = true\nuse_stderr = true`,
    )
    const id = await ask('/v2.1/servers')
    const [line = ''] = await lines(join(folder, 'api.json'), /servers/)
    const { context, name, levelname } = JSON.parse(line)
    assert.deepEqual(
      [context.request_id, context.user, context.project, name, levelname],
      [id, 'jane', 'research', 'nova.api.openstack.requestlog', 'INFO'],
    )
    // The same line, on its way through a pipe.
    await process.printed(/GET \/v2\.1\/servers/)
    assert.ok(process.output.includes(line))
  })

  it('changes its levels by SIGHUP', async () => {
    const process = await start('')
    await ask('/v2.1/servers?marker=before')
    configure('default_log_levels = nova.api.openstack.requestlog=ERROR, wrong')
    process.signal('SIGHUP')
    await process.printed(/default_log_levels: 'wrong' is no pair NAME=LEVEL/)
    await process.printed(/Reloaded/)
    await ask('/v2.1/servers?marker=after')
    configure('debug = true')
    process.signal('SIGHUP')
    await process.printed(/Reloaded[\s\S]*Reloaded/)
    await ask('/v2.1/servers?marker=at-the-end')
    await process.printed(/marker=at-the-end/)
    assert.match(process.output, /marker=before/)
    assert.doesNotMatch(process.output, /marker=after/)
  })
})
