import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { request } from 'undici'
import { apiHistory, cellHistory } from '../../lib/db/migrations/history.js'
import { migrate } from '../../lib/db/migrations/migrate.js'
import { openDatabase } from '../../lib/db/open.js'
import { answering, freePort, Process } from '../support/processes.js'

/** On SQLite and a broker that is not there: no engine is needed to see a process refuse. */
describe('what keeps a process from starting', function () {
  this.timeout(60_000)
  let folder: string
  let nobody: number
  const running: Process[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-faults-'))
    nobody = await freePort()
    for (const [name, history] of [
      ['api', apiHistory],
      ['cell', cellHistory],
    ] as const) {
      const database = openDatabase<object>(`sqlite:///${folder}/${name}.sqlite`)
      await migrate(database, history)
      await database.close()
    }
  })
  afterEach(async () => {
    for (const process of running.splice(0)) await process.stop('SIGKILL')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** A nova.conf that works, but for what is changed in it. */
  const conf = (changes: Readonly<Record<string, string | null>> = {}, more = ''): string => {
    const options: Record<string, string | null> = {
      host: 'here',
      transport_url: `rabbit://guest:guest@127.0.0.1:${nobody}/`,
      compute_driver: 'fake.FakeDriver',
      state_path: folder,
      osapi_compute_listen: '127.0.0.1',
      osapi_compute_listen_port: '0',
      api: `sqlite:///${folder}/api.sqlite`,
      cell: `sqlite:///${folder}/cell.sqlite`,
      auth_url: `http://127.0.0.1:${nobody}/v3`,
      ...changes,
    }
    const { api, cell, auth_url, ...defaults } = options
    const lines = Object.entries(defaults)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} = ${value}`)
    const file = join(folder, 'nova.conf')
    const connection = (url: string | null | undefined) => (url ? `connection = ${url}` : '')
    writeFileSync(
      file,
      [
        '[DEFAULT]',
        ...lines,
        '[api_database]',
        connection(api),
        '[database]',
        connection(cell),
        '[keystone_authtoken]',
        auth_url ? `auth_url = ${auth_url}` : '',
        more,
        '',
      ].join('\n'),
    )
    return file
  }
  const begin = (program: string, file: string): Process => {
    const process = new Process(program, ['--config-file', file])
    running.push(process)
    return process
  }
  const refusal = async (
    program: string,
    file: string,
  ): Promise<readonly [number | null, string]> => {
    // a checkout near the folder has its files told as they are seen from there
    const seenFromHere = relative(process.cwd(), folder)
    const begun = begin(program, file)
    const code = await begun.exited
    return [code, begun.output.replaceAll(folder, 'FOLDER').replaceAll(seenFromHere, 'FOLDER')]
  }
  const write = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }

  const refused: readonly (readonly [
    what: string,
    program: string,
    file: () => string,
    sentence: string,
  ])[] = [
    [
      'a nova.conf that is not there',
      'nova-api',
      () => join(folder, 'none.conf'),
      "Cannot read the configuration file FOLDER/none.conf: ENOENT: no such file or directory, open 'FOLDER/none.conf'",
    ],
    [
      'a value of the wrong type',
      'nova-api',
      () => conf({ osapi_compute_listen_port: 'many' }),
      "FOLDER/nova.conf:7: [DEFAULT] osapi_compute_listen_port = 'many': expected a whole number from 0 to 65535",
    ],
    [
      'a broken line',
      'nova-conductor',
      () => write('broken.conf', '[DEFAULT]\nhost\n'),
      "FOLDER/broken.conf:2:1: 'host' is no option, header or comment: there is no '=' or ':'",
    ],
    [
      'a message bus of an unknown kind',
      'nova-compute',
      () => conf({ transport_url: 'rabit://127.0.0.1/' }),
      "transport_url begins with 'rabit://', expected rabbit:// or fake://",
    ],
    [
      'no database',
      'nova-scheduler',
      () => conf({ api: null }),
      'nova.conf sets no [api_database] connection: expected a URL of a database',
    ],
    [
      'a database without tables',
      'nova-api',
      () => conf({ api: `sqlite:///${folder}/empty.sqlite` }),
      'The database sqlite:///FOLDER/empty.sqlite of [api_database] has no tables of nova: run nova-manage api_db sync',
    ],
    [
      'no identity service',
      'nova-api',
      () => conf({ auth_url: null }),
      'nova.conf sets no [keystone_authtoken] auth_url: expected the URL of the identity service',
    ],
    [
      'no driver',
      'nova-compute',
      () => conf({ compute_driver: null }),
      '[DEFAULT] compute_driver is not set: nova-compute needs a hypervisor driver',
    ],
    [
      'an unknown driver',
      'nova-compute',
      () => conf({ compute_driver: 'fake.Nonsense' }),
      '[DEFAULT] compute_driver = fake.Nonsense: no such driver; there are fake.FakeDriver, fake.SmallFakeDriver, fake.MediumFakeDriver',
    ],
    [
      'an ini that is not there',
      'nova-api',
      () => conf({}, '[wsgi]\napi_paste_config = /nonexistent/paste.ini'),
      "nova.conf: [wsgi] api_paste_config = '/nonexistent/paste.ini': there is no /nonexistent/paste.ini",
    ],
    [
      'a broken ini',
      'nova-api',
      () => {
        write('paste.ini', '[composite:osapi_compute\nuse = x\n')
        return conf({}, `[wsgi]\napi_paste_config = ${folder}/paste.ini`)
      },
      `FOLDER/paste.ini cannot be served:

FOLDER/paste.ini:1:1: error: '[composite:osapi_compute' stands before the first [section] (option-before-section)
  1 | [composite:osapi_compute
    | ^^^^^^^^^^^^^^^^^^^^^^^^
  Did you mean '[composite:osapi_compute]'?`,
    ],
    [
      'slips in an ini, all at once and with their cures',
      'nova-api',
      () => {
        write(
          'paste.ini',
          `[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factry
/: versions
[pipeline:versions]
pipeline = corss versionapp
[filter:cors]
paste.filter_factory = oslo_middleware.cors:filter_factory
[app:versionapp]
`,
        )
        return conf({}, `[wsgi]\napi_paste_config = ${folder}/paste.ini`)
      },
      `FOLDER/paste.ini cannot be served:

FOLDER/paste.ini:2:7: error: [composite:osapi_compute] module 'nova.api.openstack.urlmap' has no export 'urlmap_factry'. It has urlmap_factory. (no-such-export)
  2 | use = call:nova.api.openstack.urlmap:urlmap_factry
    |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  Did you mean 'urlmap_factory'?

FOLDER/paste.ini:5:12: error: [pipeline:versions] no section is called 'corss' (as filter) in FOLDER/paste.ini. There is cors. (no-section)
  5 | pipeline = corss versionapp
    |            ^^^^^
  Did you mean 'cors'? It stands in line 6.

FOLDER/paste.ini:8:1: error: [app:versionapp] nothing says what makes this: the section needs 'use', or one of paste.app_factory, paste.composite_factory, paste.composit_factory (no-loader)
  8 | [app:versionapp]
    | ^^^^^^^^^^^^^^^^
  Perhaps 'paste.app_factory = nova.api.openstack.compute.versions:Versions.factory', which no section names.
  by way of pipeline:versions → app:versionapp`,
    ],
  ]
  for (const [what, program, file, sentence] of refused) {
    it(`is told in a sentence: ${what}`, async () => {
      assert.deepEqual(await refusal(program, file()), [1, `${program}: ${sentence}\n`])
    })
  }

  it('is told with its place: an ini without the pipeline of its auth_strategy', async () => {
    write(
      'paste.ini',
      `[composite:osapi_compute]
paste.composite_factory = kilonova/filters/pipeline:factory
keystoen = app
[app:app]
paste.app_factory = kilonova/controllers/versions:factory
`,
    )
    const [code, output] = await refusal(
      'nova-api',
      conf({}, `[wsgi]\napi_paste_config = ${folder}/paste.ini`),
    )
    assert.equal(code, 1)
    assert.match(
      output,
      /^nova-api: FOLDER\/paste\.ini:1: \[composite:osapi_compute\] .*auth_strategy is 'keystone', but .* there is keystoen\. Did you mean 'keystoen'\?\n\n1 \| /m,
    )
    assert.doesNotMatch(output, /^ +at /m)
  })

  it('is told in a sentence: a broken file of policies', async () => {
    write('rules.yaml', 'rule: [\n')
    const [code, output] = await refusal(
      'nova-api',
      conf({}, `[oslo_policy]\npolicy_file = ${folder}/rules.yaml`),
    )
    assert.equal(code, 1)
    assert.match(output, /^nova-api: FOLDER\/rules\.yaml:\d+: /)
    assert.doesNotMatch(output, /^ +at /m)
  })

  it('is told in a sentence: a database that cannot be reached', async () => {
    const [code, output] = await refusal(
      'nova-api',
      conf(
        { cell: `mysql+pymysql://nova:secret@127.0.0.1:${nobody}/nova` },
        '[database]\nmax_retries = 0',
      ),
    )
    assert.equal(code, 1)
    assert.equal(
      output,
      `nova-api: Cannot use the database mysql+pymysql://nova:***@127.0.0.1:${nobody}/nova: connect ECONNREFUSED 127.0.0.1:${nobody}\n`,
    )
  })

  it('is waited for: a database that is away, max_retries times', async () => {
    const away = `Cannot use the database mysql://nova:***@127.0.0.1:${nobody}/nova: connect ECONNREFUSED 127.0.0.1:${nobody}`
    const [code, output] = await refusal(
      'nova-api',
      conf(
        { cell: `mysql://nova:secret@127.0.0.1:${nobody}/nova` },
        '[database]\nmax_retries = 2\nretry_interval = 0',
      ),
    )
    assert.equal(code, 1)
    const told = output.split('\n').map(line => line.replace(/^.* nova-api \[[^\]]*\] /, ''))
    assert.deepEqual(told, [
      `Waiting for the database: ${away}; 2 attempts left`,
      `Waiting for the database: ${away}; 1 attempts left`,
      `nova-api: ${away}`,
      '',
    ])
  })

  describe('a port in use', () => {
    let server: Server
    before(done => {
      server = createServer().listen(0, '127.0.0.1', done)
    })
    after(() => server.close())

    it('is told in a sentence', async () => {
      const { port } = server.address() as AddressInfo
      const [code, output] = await refusal(
        'nova-api',
        conf({ osapi_compute_listen_port: String(port) }),
      )
      assert.equal(code, 1)
      assert.equal(
        output,
        `nova-api: osapi_compute: cannot listen on 127.0.0.1:${port}: another process listens there\n`,
      )
    })
  })

  describe('a worker', () => {
    it('waits for its database, saying so once, and ends with status 0 meanwhile', async () => {
      const process = begin(
        'nova-conductor',
        conf({ cell: `mysql://nova:secret@127.0.0.1:${nobody}/nova` }),
      )
      await process.printed(/Waiting for the database: Cannot use the database/)
      assert.equal(await process.stop(), 0)
      assert.equal(process.output.match(/WARNING/g)?.length, 1)
    })

    for (const program of ['nova-conductor', 'nova-scheduler', 'nova-compute']) {
      it(`${program} waits for its broker, saying so once, and ends with status 0`, async () => {
        const process = begin(program, conf())
        await process.printed(/AMQP server is unreachable/)
        assert.equal(await process.stop(), 0)
        assert.equal(process.output.match(/WARNING/g)?.length, 1, process.output)
      })
    }
  })

  it('is not the broker, nor the identity service: nova-api answers without them', async () => {
    const port = await freePort()
    const process = begin('nova-api', conf({ osapi_compute_listen_port: String(port) }))
    await answering(`http://127.0.0.1:${port}/`, process)
    const response = await request(`http://127.0.0.1:${port}/v2.1/servers`, {
      headers: { 'x-auth-token': 'whatever' },
    })
    assert.equal(response.statusCode, 503)
    assert.match(await response.body.text(), /The server is currently unavailable/)
    assert.equal(await process.stop(), 0)
  })
})
