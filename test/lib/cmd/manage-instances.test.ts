import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Database } from '../../../lib/db/database.js'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { eachEngine } from '../../support/databases.js'
import { managedClouds } from '../../support/managed-clouds.js'

const MARKER = 'INSTANCE_MIGRATION_MARKER'

const addInstance = async (
  { kysely }: Database<CellSchema>,
  day: number,
  others: { readonly deleted?: number; readonly host?: string } = {},
): Promise<string> => {
  const uuid = randomUUID()
  await kysely
    .insertInto('instances')
    .values({
      uuid,
      created_at: new Date(Date.UTC(2024, 0, day)),
      deleted: 0,
      project_id: 'p',
      user_id: 'u',
      ...others,
    })
    .execute()
  return uuid
}

const cellUuid = async ({ kysely }: Database<ApiSchema>): Promise<string> => {
  const { uuid } = await kysely
    .selectFrom('cell_mappings')
    .select('uuid')
    .where('name', '=', 'cell1')
    .executeTakeFirstOrThrow()
  return uuid
}

describe('nova-manage cell_v2: instances and hosts of a cell', () => {
  eachEngine(engine => {
    const cloud = managedClouds(engine)

    it('maps instances oldest first, and goes on where the last run ended', async () => {
      const { urls, run } = await cloud()
      const api = engine.open<ApiSchema>(urls.api)
      const cell = engine.open<CellSchema>(urls.cell)
      const third = await addInstance(cell, 3)
      const first = await addInstance(cell, 1, { deleted: 7 })
      const second = await addInstance(cell, 2)
      const map = ['cell_v2', 'map_instances', '--cell_uuid', await cellUuid(api)] as const
      const quiet = { code: 0, out: '', err: '' }

      assert.deepEqual(await run(...map, '--max-count', '2'), { ...quiet, code: 1 })
      const rows = await api.kysely
        .selectFrom('instance_mappings')
        .select(['instance_uuid', 'project_id', 'user_id', 'queued_for_delete'])
        .orderBy('id')
        .execute()
      const mapped = { project_id: 'p', user_id: 'u', queued_for_delete: 0 }
      assert.deepEqual(rows, [
        { ...mapped, instance_uuid: first, queued_for_delete: 1 },
        { ...mapped, instance_uuid: second },
        {
          instance_uuid: second.replaceAll('-', ' '),
          project_id: MARKER,
          user_id: MARKER,
          queued_for_delete: 0,
        },
      ])
      assert.deepEqual(await run(...map, '--max-count', '2'), quiet)
      assert.deepEqual(await run(...map, '--reset'), quiet)
      const uuids = await api.kysely
        .selectFrom('instance_mappings')
        .select('instance_uuid')
        .orderBy('id')
        .execute()
      assert.deepEqual(
        uuids.map(row => row.instance_uuid),
        [first, second, third],
      )
      assert.equal((await run(...map, '--max-count', '0')).code, 127)
      assert.deepEqual(await run('cell_v2', 'map_instances', '--cell_uuid', 'none'), {
        code: 255,
        out: '',
        err: 'Cell none has no mapping.\n',
      })
    })

    it('tells where an instance is', async () => {
      const { urls, run } = await cloud()
      const api = engine.open<ApiSchema>(urls.api)
      const cell = engine.open<CellSchema>(urls.cell)
      const there = await addInstance(cell, 1)
      const gone = await addInstance(cell, 2, { deleted: 9 })
      const uuid = await cellUuid(api)
      const verify = (...args: string[]) => run('cell_v2', 'verify_instance', '--uuid', ...args)
      assert.deepEqual(await verify(there), {
        code: 1,
        out: `Instance ${there} is not mapped to a cell (upgrade is incomplete) or instance does not exist\n`,
        err: '',
      })
      await run('cell_v2', 'map_instances', '--cell_uuid', uuid)
      assert.deepEqual(await verify(there), {
        code: 0,
        out: `Instance ${there} is in cell: cell1 (${uuid})\n`,
        err: '',
      })
      assert.deepEqual(await verify(gone), {
        code: 3,
        out: `The instance with uuid ${gone} has been deleted.\nExecute \`nova-manage db archive_deleted_rows\` command to archive this deleted instance and remove its instance_mapping.\n`,
        err: '',
      })
      await cell.kysely.deleteFrom('instances').where('uuid', '=', gone).execute()
      assert.deepEqual(await verify(gone), {
        code: 4,
        out: `The instance with uuid ${gone} has been archived.\nHowever its instance_mapping remains.\n`,
        err: '',
      })
      await api.kysely.updateTable('instance_mappings').set({ cell_id: null }).execute()
      assert.deepEqual(await verify(there, '--quiet'), { code: 2, out: '', err: '' })
    })

    it('lists hosts, and takes an empty one out of its cell', async () => {
      const { urls, run } = await cloud()
      const api = engine.open<ApiSchema>(urls.api)
      const cell = engine.open<CellSchema>(urls.cell)
      for (const host of ['node-2', 'node-1']) {
        await cell.kysely
          .insertInto('compute_nodes')
          .values({
            host,
            uuid: randomUUID(),
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
      await run('cell_v2', 'discover_hosts')
      const uuid = await cellUuid(api)
      assert.deepEqual(await run('cell_v2', 'list_hosts', '--cell_uuid', uuid), {
        code: 0,
        out: `+-----------+--------------------------------------+----------+
| Cell Name |              Cell UUID               | Hostname |
+-----------+--------------------------------------+----------+
|   cell1   | ${uuid} |  node-1  |
|   cell1   | ${uuid} |  node-2  |
+-----------+--------------------------------------+----------+
`,
        err: '',
      })
      const instance = await addInstance(cell, 1, { host: 'node-1' })
      const drop = (host: string, of = uuid) =>
        run('cell_v2', 'delete_host', '--cell_uuid', of, '--host', host)
      const said = (code: number, out: string) => ({ code, out, err: '' })
      assert.deepEqual(await drop('none'), said(2, 'The host none was not found.\n'))
      const cell0 = '00000000-0000-0000-0000-000000000000'
      assert.deepEqual(
        await drop('node-1', cell0),
        said(3, `The host node-1 was not found in the cell ${cell0}.\n`),
      )
      assert.deepEqual(await drop('node-1'), said(4, 'There are instances on the host node-1.\n'))
      await cell.kysely.deleteFrom('instances').where('uuid', '=', instance).execute()
      assert.deepEqual(await drop('node-1'), said(0, ''))
      // It still reports, so the next discovery finds it again.
      assert.equal((await run('cell_v2', 'discover_hosts', '--strict')).code, 0)
    })

    it('maps a cell of the hosts there are', async () => {
      const { urls, run } = await cloud()
      const cell = engine.open<CellSchema>(urls.cell)
      const { out, code } = await run('cell_v2', 'map_cell_and_hosts', '--transport-url', 'fake://')
      assert.deepEqual({ out, code }, { out: 'No hosts found to map to cell, exiting.\n', code: 0 })
      assert.deepEqual(await cell.kysely.selectFrom('compute_nodes').select('id').execute(), [])
    })
  })
})
