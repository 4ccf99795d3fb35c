import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needsMariadb, withServer } from '../support/databases.js'
import { manage } from '../support/manage.js'
import { PythonPeer } from '../support/python-peer.js'

const zed = { api: 'b30f573d3377', main: 'ccb0fa1a2252' }
const uuidPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const CELL0 = '00000000-0000-0000-0000-000000000000'

interface Answer {
  readonly code: number
  readonly out: string
}

/** A cloud's databases, and one of the two programs that administer them. */
class Side {
  readonly id: string
  readonly #run: (args: readonly string[]) => Promise<Answer>
  readonly #conf: string
  /** uuids by the order in which they were met: two clouds never have the same. */
  readonly #uuids = new Map<string, string>()

  constructor(name: string, folder: string, run: (args: readonly string[]) => Promise<Answer>) {
    // As long as the other's, for tables are as wide as what is in them.
    this.id = `kilonova_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`
    this.#run = run
    this.#conf = join(folder, `${name}.conf`)
    writeFileSync(
      this.#conf,
      `[DEFAULT]
transport_url = rabbit://nova:s3cret@mq:5672/
[api_database]
connection = ${this.url('api')}
[database]
connection = ${this.url('main')}
`,
    )
  }

  /** A nova.conf of the second cell. */
  get second(): string {
    const file = `${this.#conf}.two`
    writeFileSync(file, `[database]\nconnection = ${this.url('two')}\n`)
    return file
  }

  get databases(): readonly string[] {
    return ['api', 'main', 'main_cell0', 'two'].map(name => `${this.id}_${name}`)
  }

  url(name: string): string {
    return `mysql+pymysql://root@127.0.0.1/${this.id}_${name}?charset=utf8`
  }

  /** What a command says and does, without what differs from cloud to cloud. */
  async run(...args: readonly string[]): Promise<Answer> {
    const known = args.map(arg => this.#known(arg))
    const { code, out } = await this.#run(['--config-file', this.#conf, ...known])
    return { code, out: this.plain(out) }
  }

  /** `<url:two>` stands for the URL of that database, `<two>` for the uuid of the cell of that name. */
  #known(arg: string): string {
    const [, kind, name = ''] = /^<(url:)?(\w+)>$/.exec(arg) ?? []
    if (!name) return arg
    return kind ? this.url(name) : (this.#cells.get(name) ?? arg)
  }

  readonly #cells = new Map<string, string>()

  /** Takes note of the uuids of all cells there are. */
  async noteCells(): Promise<void> {
    const tables = await this.rows('api', "SHOW TABLES LIKE 'cell_mappings'")
    if (tables.length === 0) return
    for (const { uuid, name } of await this.rows('api', 'SELECT uuid, name FROM cell_mappings')) {
      this.#cells.set(String(name), String(uuid))
    }
  }

  plain(text: string): string {
    return text
      .replaceAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} .*\n/gm, '')
      .replace(/(An error has occurred:\n)[\s\S]*$/, '$1')
      .replaceAll(this.id, 'CLOUD')
      .replaceAll(uuidPattern, uuid => {
        if (uuid === CELL0 || uuid.startsWith('aaaaaaaa-')) return uuid
        const met =
          this.#uuids.get(uuid) ??
          `cccccccc-0000-0000-0000-${String(this.#uuids.size).padStart(12, '0')}`
        this.#uuids.set(uuid, met)
        return met
      })
  }

  async sql(database: string, ...statements: readonly string[]): Promise<void> {
    await withServer(async server => {
      await server.query(`USE ${this.id}_${database}`)
      for (const statement of statements) await server.query(statement)
    })
  }

  rows(database: string, query: string): Promise<readonly Record<string, unknown>[]> {
    return withServer(async server => {
      await server.query(`USE ${this.id}_${database}`)
      const [rows] = await server.query(query)
      return JSON.parse(JSON.stringify(rows)) as Record<string, unknown>[]
    })
  }
}
const instance = (n: number) => `aaaaaaaa-0000-0000-0000-${String(n).padStart(12, '0')}`

describe("nova-manage beside Python's", function () {
  this.timeout(300_000)

  let folder: string
  let peer: PythonPeer
  let sides: readonly [Side, Side]
  before(async function () {
    await needsMariadb.call(this)
    peer = await PythonPeer.start(this, 'manage')
    folder = mkdtempSync(join(tmpdir(), 'kilonova-manage-'))
    sides = [
      new Side('theirs', folder, args => peer.ask<Answer>('manage.run', { args })),
      new Side('ours', folder, async args => {
        const { code, out, err } = await manage(...args)
        return { code, out: out + err }
      }),
    ]
    await withServer(async server => {
      for (const name of sides.flatMap(({ databases }) => databases)) {
        await server.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb3`)
      }
    })
  })
  after(async () => {
    await peer?.stop()
    if (!folder) return
    await withServer(async server => {
      for (const name of sides.flatMap(({ databases }) => databases)) {
        await server.query(`DROP DATABASE IF EXISTS ${name}`)
      }
    })
    rmSync(folder, { recursive: true })
  })

  /** Both say the same, and exit with the same status. */
  const same = async (...args: readonly string[]): Promise<void> => {
    const [theirs, ours] = await Promise.all(sides.map(side => side.run(...args)))
    for (const side of sides) await side.noteCells()
    assert.deepEqual(ours, theirs, args.join(' '))
  }

  /** Both exit with the same status; what is wrong each says in its own words, Python by a traceback. */
  const sameStatus = async (...args: readonly string[]): Promise<void> => {
    const [theirs, ours] = await Promise.all(sides.map(side => side.run(...args)))
    assert.equal(ours?.code, theirs?.code, `${args.join(' ')}: ${ours?.out}`)
  }

  /** Both have left the same rows. */
  const sameRows = async (database: string, query: string): Promise<void> => {
    const [theirs, ours] = await Promise.all(
      sides.map(async side =>
        JSON.parse(side.plain(JSON.stringify(await side.rows(database, query)))),
      ),
    )
    assert.deepEqual(ours, theirs, query)
  }

  const both = async (database: string, ...statements: readonly string[]): Promise<void> => {
    for (const side of sides) await side.sql(database, ...statements)
  }

  const cellsOf = (table: string, columns: string): string =>
    `SELECT ${columns}, name FROM ${table} t LEFT JOIN cell_mappings c ON c.id = t.cell_id ORDER BY t.id`
  const node = (host: string): string =>
    `INSERT INTO compute_nodes (created_at, deleted, uuid, host, hypervisor_hostname, vcpus, memory_mb, local_gb,
       vcpus_used, memory_mb_used, local_gb_used, hypervisor_type, hypervisor_version, cpu_info, mapped)
     VALUES (NOW(), 0, '${randomUUID()}', '${host}', '${host}', 1, 1, 1, 0, 0, 0, 'fake', 1, '', 0)`
  const service = (host: string): string =>
    `INSERT INTO services (created_at, deleted, uuid, host, \`binary\`, topic, report_count, disabled, forced_down,
       version) VALUES (NOW(), 0, '${randomUUID()}', '${host}', 'nova-compute', 'compute', 1, 0, 0, 64)`
  const row = (n: number, deleted = 0): string =>
    `INSERT INTO instances (created_at, deleted_at, deleted, uuid, project_id, user_id, host, vm_state,
       display_name, hidden) VALUES ('2024-01-0${n} 00:00:00', ${deleted ? `'2025-01-0${n} 00:00:00'` : 'NULL'},
       ${deleted ? n : 0}, '${instance(n)}', 'p', 'u', 'host-a', 'active', 'i${n}', 0)`

  it('makes schemas and cells', async () => {
    const [theirs, ours] = sides
    await same('api_db', 'version')
    await same('db', 'version')
    // Ours would go on to nova's newest schema, which that Python does not know.
    assert.deepEqual(await ours.run('api_db', 'sync', zed.api), await theirs.run('api_db', 'sync'))
    await same('api_db', 'version')
    // without cell0, which both warn of
    assert.deepEqual(await ours.run('db', 'sync', zed.main), await theirs.run('db', 'sync'))
    await same('cell_v2', 'list_cells')
    await same('cell_v2', 'map_cell0')
    await same('cell_v2', 'map_cell0')
    assert.deepEqual(await ours.run('db', 'sync', zed.main), await theirs.run('db', 'sync'))
    await same('db', 'version')
    for (const side of sides) {
      const { code } = await manage(
        '--config-file',
        side.second,
        'db',
        'sync',
        zed.main,
        '--local_cell',
      )
      assert.equal(code, 0)
    }
    const create = ['cell_v2', 'create_cell', '--name']
    await same('cell_v2', 'discover_hosts', '--verbose')
    await same(...create, 'cell1', '--verbose')
    await same(...create, 'cell1', '--verbose')
    const second = ['--database_connection', '<url:two>', '--transport-url', 'rabbit://u:p@h/two']
    await same(...create, 'two', '--disabled', ...second)
    await same(
      ...create,
      'three',
      '--database_connection',
      '<url:two>',
      '--transport-url',
      'none:///',
    )
    await same('cell_v2', 'list_cells')
    await same('cell_v2', 'list_cells', '--verbose')
    await same('cell_v2', 'list_hosts')
    await sameRows(
      'api',
      'SELECT uuid, name, transport_url, database_connection, disabled FROM cell_mappings ORDER BY id',
    )
  })

  it('finds hosts', async () => {
    const discover = ['cell_v2', 'discover_hosts']
    await same(...discover, '--strict')
    await both('main', node('host-a'), service('host-a'), node('host-b'), service('host-b'))
    await both('main', service('ironic-1'))
    await same(...discover, '--verbose', '--strict')
    await same(...discover, '--verbose')
    await same(...discover, '--verbose', '--by-service')
    await same(...discover, '--cell_uuid', '<cell1>', '--verbose')
    await sameStatus(...discover, '--cell_uuid', instance(1))
    await same('cell_v2', 'list_hosts')
    await same('cell_v2', 'list_hosts', '--cell_uuid', '<two>')
    await same('cell_v2', 'list_hosts', '--cell_uuid', '<cell1>')
    await same('cell_v2', 'list_hosts', '--cell_uuid', instance(1))
    await sameRows('api', cellsOf('host_mappings', 'host'))
    await sameRows('main', 'SELECT host, mapped FROM compute_nodes ORDER BY id')
  })

  it('maps instances, and tells where they are', async () => {
    await both('main', row(1), row(2), row(3), row(4, 1), row(5, 1))
    const verify = ['cell_v2', 'verify_instance']
    const map = ['cell_v2', 'map_instances', '--cell_uuid']
    await same(...verify, '--uuid', instance(1))
    await sameStatus(...map, instance(9))
    await same(...map, '<cell1>', '--max-count', '0')
    await same(...map, '<cell1>', '--max-count', 'x')
    await same(...map, '<cell1>', '--max-count', '2')
    await sameRows('api', cellsOf('instance_mappings', 'instance_uuid, project_id'))
    await same(...map, '<cell1>')
    await same(...map, '<cell1>', '--reset')
    // Not `queued_for_delete`, which Python leaves 0 for a deleted instance.
    await sameRows('api', cellsOf('instance_mappings', 'instance_uuid, project_id, user_id'))
    await both(
      'api',
      `INSERT INTO instance_mappings (instance_uuid, cell_id, project_id) VALUES ('${instance(7)}', NULL, 'p')`,
      `INSERT INTO instance_mappings (instance_uuid, cell_id, project_id) VALUES ('${instance(6)}',
         (SELECT id FROM cell_mappings WHERE name = 'cell1'), 'p')`,
    )
    for (const n of [1, 4, 6, 7, 8]) await same(...verify, '--uuid', instance(n))
    await same(...verify, '--uuid', instance(1), '--quiet')
    await sameStatus(...verify)
  })

  it('changes cells, and lets go of hosts and cells', async () => {
    const update = ['cell_v2', 'update_cell', '--cell_uuid']
    await same(...update, instance(9), '--name', 'x')
    await same(...update, '<cell1>', '--name', 'first')
    await same(...update, '<first>', '--disable', '--enable')
    await same(...update, CELL0, '--disable')
    await same(...update, '<first>', '--disable')
    await same(...update, '<first>', '--disable')
    await same(...update, '<two>', '--enable', '--transport-url', 'rabbit://a:b@c/d')
    await same('cell_v2', 'list_cells', '--verbose')
    const host = ['cell_v2', 'delete_host', '--cell_uuid']
    await same(...host, instance(9), '--host', 'host-a')
    await same(...host, '<first>', '--host', 'nobody')
    await same(...host, '<two>', '--host', 'host-a')
    await same(...host, '<first>', '--host', 'host-a')
    await same(...host, '<first>', '--host', 'host-b')
    const remove = ['cell_v2', 'delete_cell', '--cell_uuid']
    await same(...remove, instance(9))
    await same(...remove, '<first>')
    await same(...remove, '<first>', '--force')
    await same(...remove, '<two>')
    await same('cell_v2', 'list_cells')
  })

  it('archives and purges', async () => {
    // Ours works on today's schema.
    assert.equal((await sides[1].run('db', 'sync')).code, 0)
    const archive = ['db', 'archive_deleted_rows']
    await same(...archive, '--max_rows', '-1')
    await same(...archive, '--max_rows', '99999999999')
    await sameStatus(...archive, '--before', 'someday')
    await same(...archive, '--verbose', '--before', '2020-01-01')
    await same(...archive, '--max_rows', '1', '--verbose')
    await same(...archive, '--until-complete', '--verbose')
    await same(...archive, '--verbose', '--task-log', '--sleep', '1')
    await same(...archive, '--verbose', '--all-cells')
    for (const table of ['instances', 'shadow_instances']) {
      await sameRows('main', `SELECT uuid FROM ${table} ORDER BY uuid`)
    }
    await sameRows('api', 'SELECT instance_uuid FROM instance_mappings ORDER BY instance_uuid')
    await same('db', 'purge')
    await sameStatus('db', 'purge', '--before', 'someday')
    await same('db', 'purge', '--before', '2020-01-01', '--verbose')
    await same('db', 'purge', '--all', '--verbose')
    await same('db', 'purge', '--all')
    await same('db', 'purge', '--all', '--all-cells', '--verbose')
    await both(
      'main',
      `UPDATE instances SET deleted = id, deleted_at = '2025-01-01' WHERE uuid = '${instance(1)}'`,
    )
    await same(...archive, '--verbose', '--all-cells', '--purge')
    await both('main', "UPDATE instances SET host = 'one', availability_zone = NULL")
    await both(
      'main',
      "INSERT INTO quotas (project_id, resource, hard_limit, deleted) VALUES ('p', 'cores', 5, 0)",
    )
    await both('api', 'UPDATE instance_mappings SET user_id = NULL, queued_for_delete = NULL')
    await sameStatus('db', 'online_data_migrations', '--max-count', '1')
    await sameStatus('db', 'online_data_migrations')
    // Python's leaves a mark of its walk over interfaces, which ours does not take.
    await sameRows(
      'main',
      `SELECT uuid, availability_zone, deleted FROM instances WHERE uuid <> '${CELL0}' ORDER BY uuid`,
    )
    await sameRows('main', 'SELECT project_id, resource, deleted > 0 AS gone FROM quotas')
    await sameRows('api', 'SELECT project_id, resource, hard_limit FROM quotas')
    await sameRows(
      'api',
      `SELECT instance_uuid, user_id, queued_for_delete FROM instance_mappings
         WHERE instance_uuid <> '${CELL0}' ORDER BY instance_uuid`,
    )
    await same('db', 'online_data_migrations', '--max-count', '0')
  })

  it('sets cells up in one go, and refuses what makes no sense', async () => {
    await same('cell_v2', 'simple_cell_setup')
    await same('cell_v2', 'map_cell_and_hosts', '--name', 'again', '--verbose')
    await same('cell_v2', 'list_hosts')
    await sameStatus('db')
    await sameStatus('nonsense')
  })
})
