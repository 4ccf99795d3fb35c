import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { runNovaManage } from '../../../lib/cmd/manage/run.js'
import { openDatabase } from '../../../lib/db/open.js'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { eachEngine } from '../../support/databases.js'

const CELL0 = '00000000-0000-0000-0000-000000000000'

describe('nova-manage', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-manage-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const conf = (text: string): string => {
    const path = join(folder, 'nova.conf')
    writeFileSync(path, text)
    return path
  }

  const manage = async (...args: string[]) => {
    let [out, err] = ['', '']
    const code = await runNovaManage(args, {
      out: text => {
        out += text
      },
      err: text => {
        err += text
      },
      env: { HOME: folder },
    })
    return { code, out, err }
  }

  eachEngine(engine => {
    /** A cloud's three databases, still empty, and a command that administers it. */
    const cloud = async () => {
      const [api, cell0, cell] = [await engine.url(), await engine.url(), await engine.url()]
      const file = conf(
        [
          '[DEFAULT]',
          'transport_url = rabbit://nova:s3cret@mq:5672/',
          `[api_database]\nconnection = ${api}`,
          `[database]\nconnection = ${cell}`,
          '',
        ].join('\n'),
      )
      return {
        urls: { api, cell0, cell },
        run: (...args: string[]) => manage('--config-file', file, ...args),
      }
    }

    it('sets a cloud up, step by step, and again', async () => {
      const { urls, run } = await cloud()
      const quiet = { code: 0, out: '', err: '' }
      assert.deepEqual(await run('api_db', 'version'), { ...quiet, out: 'None\n' })
      assert.deepEqual(await run('api_db', 'sync'), quiet)
      assert.deepEqual(await run('api_db', 'version'), { ...quiet, out: 'cdeec0c85668\n' })
      assert.deepEqual(
        await run('cell_v2', 'map_cell0', '--database_connection', urls.cell0),
        quiet,
      )
      assert.deepEqual(await run('cell_v2', 'map_cell0'), {
        ...quiet,
        out: 'Cell0 is already setup\n',
      })
      assert.deepEqual(await run('db', 'sync', '--version', 'ccb0fa1a2252'), quiet)
      assert.deepEqual(await run('db', 'version'), { ...quiet, out: 'ccb0fa1a2252\n' })
      assert.deepEqual(await run('db', 'sync'), quiet)
      assert.deepEqual(await run('db', 'sync'), quiet)
      assert.deepEqual(await run('db', 'version'), { ...quiet, out: 'ab450ba04102\n' })
      const cell0 = engine.open<CellSchema>(urls.cell0)
      assert.deepEqual(await cell0.kysely.selectFrom('alembic_version').selectAll().execute(), [
        { version_num: 'ab450ba04102' },
      ])

      const created = await run('cell_v2', 'create_cell', '--name', 'cell1', '--verbose')
      assert.equal(created.code, 0)
      const uuid = /^([0-9a-f-]{36})$/m.exec(created.out)?.[1] ?? ''
      assert.equal((await run('cell_v2', 'create_cell')).code, 2)

      const cell = engine.open<CellSchema>(urls.cell)
      for (const host of ['node-1', 'node-2']) {
        await cell.kysely
          .insertInto('compute_nodes')
          .values({
            host,
            uuid: `${host}-uuid`,
            hypervisor_hostname: host,
            deleted: 0,
            mapped: 0,
            vcpus: 1,
            memory_mb: 1,
            local_gb: 1,
            vcpus_used: 0,
            memory_mb_used: 0,
            local_gb_used: 0,
            hypervisor_type: 'fake',
            hypervisor_version: 1,
            cpu_info: '',
          })
          .execute()
      }
      assert.deepEqual(await run('cell_v2', 'discover_hosts', '--verbose'), {
        ...quiet,
        out: [
          'Found 2 cell mappings.',
          'Skipping cell0 since it does not contain hosts.',
          `Getting computes from cell 'cell1': ${uuid}`,
          "Checking host mapping for compute host 'node-1': node-1-uuid",
          "Creating host mapping for compute host 'node-1': node-1-uuid",
          "Checking host mapping for compute host 'node-2': node-2-uuid",
          "Creating host mapping for compute host 'node-2': node-2-uuid",
          `Found 2 unmapped computes in cell: ${uuid}`,
          '',
        ].join('\n'),
      })
      assert.deepEqual(await run('cell_v2', 'discover_hosts', '--strict'), { ...quiet, code: 1 })
      const api = engine.open<ApiSchema>(urls.api)
      const mapped = await api.kysely.selectFrom('host_mappings').select(['host']).execute()
      assert.deepEqual(mapped, [{ host: 'node-1' }, { host: 'node-2' }])

      assert.deepEqual(await run('cell_v2', 'delete_cell', '--cell_uuid', uuid), {
        code: 2,
        out: `There are existing hosts mapped to cell with uuid ${uuid}.\n`,
        err: '',
      })
      assert.deepEqual(await run('cell_v2', 'delete_cell', '--cell_uuid', uuid, '--force'), quiet)
      assert.deepEqual(await run('cell_v2', 'delete_cell', '--cell_uuid', uuid), {
        code: 1,
        out: '',
        err: `Cell with uuid ${uuid} was not found.\n`,
      })
    })

    it('sets a simple cloud up once it has hosts', async () => {
      const { urls, run } = await cloud()
      await run('api_db', 'sync')
      await run('db', 'sync')
      const { code, out, err } = await run('cell_v2', 'simple_cell_setup')
      assert.deepEqual({ code, err }, { code: 1, err: '' })
      assert.match(out, /^--transport-url not provided .*\n/)
      assert.match(out, /No hosts found to map to cell, exiting.\n$/)
      // Nobody made cell0's database here; SQLite makes its own.
      assert.equal(/Unable to sync cell0 schema: /.test(out), engine.name === 'MariaDB')
      const api = engine.open<ApiSchema>(urls.api)
      const [cell0] = await api.kysely.selectFrom('cell_mappings').selectAll().execute()
      assert.equal(cell0?.uuid, CELL0)
      assert.equal(
        cell0?.database_connection,
        engine.name === 'SQLite'
          ? `${urls.cell}_cell0`
          : urls.cell.replace('?charset', '_cell0?charset'),
      )
    })

    it('changes cells, and refuses what nova refuses', async () => {
      const { urls, run } = await cloud()
      await run('api_db', 'sync')
      await run('cell_v2', 'map_cell0')
      const update = (...args: string[]) => run('cell_v2', 'update_cell', '--cell_uuid', ...args)
      assert.deepEqual(await update(CELL0, '--disable'), {
        code: 5,
        out: [
          '--transport-url not provided in the command line, using the value [DEFAULT]/transport_url from the configuration file',
          '--database_connection not provided in the command line, using the value [database]/connection from the configuration file',
          'Cell0 cannot be disabled.',
          '',
        ].join('\n'),
        err: '',
      })
      assert.equal((await update(CELL0, '--disable', '--enable')).code, 4)
      assert.equal((await update('none')).code, 1)
      assert.equal((await update(CELL0, '--name', 'zero', '--transport-url', 'none:///')).code, 0)
      const api = engine.open<ApiSchema>(urls.api)
      const row = await api.kysely
        .selectFrom('cell_mappings')
        .select(['name', 'transport_url', 'database_connection'])
        .executeTakeFirst()
      assert.deepEqual(row, {
        name: 'zero',
        transport_url: 'none:///',
        database_connection: urls.cell,
      })
    })
  })

  it('lists cells in a table, passwords masked unless asked for', async () => {
    const file = conf(
      `[api_database]\nconnection = sqlite:///${folder}/api.db\n[DEFAULT]\ntransport_url = rabbit://nova:s3cret@mq:5672/\n`,
    )
    const run = (...args: string[]) => manage('--config-file', file, ...args)
    await run('api_db', 'sync')
    await run('cell_v2', 'map_cell0', '--database_connection', 'mysql://u:p@h/nova_cell0')
    const { out } = await run('cell_v2', 'list_cells')
    assert.equal(
      out,
      `+-------+--------------------------------------+---------------+-----------------------------+----------+
|  Name |                 UUID                 | Transport URL |     Database Connection     | Disabled |
+-------+--------------------------------------+---------------+-----------------------------+----------+
| cell0 | 00000000-0000-0000-0000-000000000000 |     none:/    | mysql://u:****@h/nova_cell0 |  False   |
+-------+--------------------------------------+---------------+-----------------------------+----------+
`,
    )
    assert.match((await run('cell_v2', 'list_cells', '--verbose')).out, /mysql:\/\/u:p@h/)
  })

  it('syncs cell0 by a template, filled from the own connection', async () => {
    const file = conf(
      `[api_database]\nconnection = sqlite:///${folder}/api.db\n[database]\nconnection = sqlite:///${folder}/main.db\n`,
    )
    const run = (...args: string[]) => manage('--config-file', file, ...args)
    await run('api_db', 'sync')
    await run('cell_v2', 'map_cell0', '--database_connection', '{scheme}:///{path}_cell0')
    assert.deepEqual(await run('db', 'sync'), { code: 0, out: '', err: '' })
    const cell0 = openDatabase<CellSchema>(`sqlite:///${folder}/main.db_cell0`)
    assert.deepEqual(await cell0.kysely.selectFrom('instances').select('id').execute(), [])
    await cell0.close()
  })

  it('says in one sentence what keeps it from working', async () => {
    const nowhere = conf('[api_database]\nconnection = mysql://nova:s3cret@127.0.0.1:1/nova_api\n')
    assert.deepEqual(await manage('--config-file', nowhere, 'api_db', 'sync'), {
      code: 255,
      out: '',
      err: 'An error has occurred: Cannot use the database mysql://nova:***@127.0.0.1:1/nova_api: connect ECONNREFUSED 127.0.0.1:1\n',
    })
    assert.deepEqual(await manage('--config-file', conf('[api_database]\n'), 'api_db', 'sync'), {
      code: 1,
      out: '',
      err: '[api_database] connection is not set in nova.conf\n',
    })
    assert.deepEqual(await manage('--config-file', conf('[api]\nmax_limit = x\n'), 'db', 'sync'), {
      code: 1,
      out: '',
      err: `${folder}/nova.conf:2: [api] max_limit = 'x': expected a whole number, at least 0\n`,
    })
    assert.equal((await manage('api_db', 'snyc')).code, 2)
    assert.equal((await manage('cell_v2', 'delete_cell')).code, 2)
  })

  it('prints a sample of nova.conf', async () => {
    const { code, out } = await manage('config', 'sample')
    assert.equal(code, 0)
    assert.match(out, /^\[DEFAULT\]\n/)
  })

  it('runs as a program', async () => {
    const program = resolve(import.meta.dirname, '../../../../bin/nova-manage')
    const { stdout } = await promisify(execFile)(program, ['--version'])
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
  })
})
