import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { eachEngine } from '../../support/databases.js'
import { managedClouds } from '../../support/managed-clouds.js'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** `| populate_uuids | 2 | 2 |` as { populate_uuids: [2, 2] }, those of which something was found. */
const counts = (out: string): Record<string, readonly number[]> =>
  Object.fromEntries(
    [...out.matchAll(/^\|\s+(\w+)\s+\|\s+(\d+)\s+\|\s+(\d+)\s+\|$/gm)]
      .map(([, name = '', found, done]) => [name, [Number(found), Number(done)]] as const)
      .filter(([, [found]]) => found !== 0),
  )

describe('nova-manage db online_data_migrations', () => {
  eachEngine(engine => {
    const clouds = managedClouds(engine)

    it('changes what an older nova wrote, in batches, and then finds nothing', async () => {
      const { urls, run } = await clouds()
      const api = engine.open<ApiSchema>(urls.api).kysely
      const cell = engine.open<CellSchema>(urls.cell).kysely
      const [there, gone, restorable, unknown] = [0, 1, 2, 3].map(() => randomUUID()) as [
        string,
        string,
        string,
        string,
      ]
      await cell
        .insertInto('instances')
        .values([
          { uuid: there, deleted: 0, user_id: 'u1', host: 'one', node: 'n1' },
          { uuid: gone, deleted: 7, user_id: 'u2', host: 'two', node: 'n2' },
          { uuid: restorable, deleted: 0, user_id: 'u3', vm_state: 'soft-delete' },
        ])
        .execute()
      const { id: cellId } = await api
        .selectFrom('cell_mappings')
        .select('id')
        .where('name', '=', 'cell1')
        .executeTakeFirstOrThrow()
      const mapping = { project_id: 'p', queued_for_delete: null, user_id: null }
      await api
        .insertInto('instance_mappings')
        .values([
          ...[there, gone, restorable, unknown].map(uuid => ({
            ...mapping,
            instance_uuid: uuid,
            cell_id: cellId,
          })),
          { ...mapping, instance_uuid: randomUUID(), cell_id: null },
        ])
        .execute()
      const node = { ...emptyNode, host: 'one', hypervisor_hostname: 'n1' }
      await cell
        .insertInto('compute_nodes')
        .values({ ...node, cpu_allocation_ratio: 0, ram_allocation_ratio: 2.5 })
        .execute()
      const bdm = { instance_uuid: there, deleted: 0, source_type: 'image' } as const
      await cell
        .insertInto('block_device_mapping')
        .values([bdm, bdm, { ...bdm, uuid: 'mine' }])
        .execute()
      await cell.insertInto('migrations').values({ deleted: 0, status: 'done' }).execute()
      const limit = { project_id: 'p', deleted: 0 }
      await cell
        .insertInto('quotas')
        .values([
          { ...limit, resource: 'cores', hard_limit: 5 },
          { ...limit, resource: 'ram', hard_limit: 6 },
        ])
        .execute()
      await cell
        .insertInto('project_user_quotas')
        .values({ ...limit, user_id: 'u1', resource: 'cores', hard_limit: 3 })
        .execute()
      await cell
        .insertInto('quota_classes')
        .values({ class_name: 'default', resource: 'cores', hard_limit: 7, deleted: 0 })
        .execute()
      // The API database has this one already, and knows better.
      await api
        .insertInto('quotas')
        .values({ project_id: 'p', resource: 'ram', hard_limit: 9 })
        .execute()

      const one = await run('db', 'online_data_migrations', '--max-count', '1')
      assert.equal(one.code, 1)
      assert.deepEqual(counts(one.out), { migrate_quota_limits_to_api_db: [1, 1] })
      assert.match(one.out, /^1 rows matched query migrate_quota_limits_to_api_db, 1 migrated$/m)

      const rest = await run('db', 'online_data_migrations')
      assert.equal(rest.code, 0)
      assert.deepEqual(counts(rest.out), {
        migrate_quota_limits_to_api_db: [2, 2],
        migrate_quota_classes_to_api_db: [1, 1],
        migration_migrate_to_uuid: [1, 1],
        populate_uuids: [2, 2],
        populate_missing_availability_zones: [2, 2],
        populate_queued_for_delete: [4, 4],
        migrate_empty_ratio: [1, 1],
        // Of five, three are known in a cell; the other two were looked for in both batches.
        populate_user_id: [7, 3],
        populate_instance_compute_id: [1, 1],
      })

      const instances = await cell
        .selectFrom('instances as i')
        .leftJoin('compute_nodes as n', 'n.id', 'i.compute_id')
        .select(['i.uuid', 'i.availability_zone', 'n.host'])
        .orderBy('i.id')
        .execute()
      assert.deepEqual(instances, [
        { uuid: there, availability_zone: 'nova', host: 'one' },
        { uuid: gone, availability_zone: 'nova', host: null },
        { uuid: restorable, availability_zone: null, host: null },
      ])
      const mappings = await api
        .selectFrom('instance_mappings')
        .select(['user_id', 'queued_for_delete'])
        .orderBy('id')
        .execute()
      assert.deepEqual(mappings, [
        { user_id: 'u1', queued_for_delete: 0 },
        { user_id: 'u2', queued_for_delete: 1 },
        { user_id: 'u3', queued_for_delete: 1 },
        { user_id: null, queued_for_delete: 0 },
        { user_id: null, queued_for_delete: null },
      ])
      const nodes = await cell
        .selectFrom('compute_nodes')
        .select(['cpu_allocation_ratio', 'ram_allocation_ratio', 'disk_allocation_ratio'])
        .execute()
      assert.deepEqual(nodes, [
        { cpu_allocation_ratio: 4, ram_allocation_ratio: 2.5, disk_allocation_ratio: 1 },
      ])
      const [first, second, third] = await cell
        .selectFrom('block_device_mapping')
        .select('uuid')
        .orderBy('id')
        .execute()
      assert.match(first?.uuid ?? '', UUID)
      assert.match(second?.uuid ?? '', UUID)
      assert.notEqual(first?.uuid, second?.uuid)
      assert.equal(third?.uuid, 'mine')
      assert.deepEqual(
        await api.selectFrom('quotas').select(['resource', 'hard_limit']).orderBy('id').execute(),
        [
          { resource: 'ram', hard_limit: 9 },
          { resource: 'cores', hard_limit: 5 },
        ],
      )
      assert.deepEqual(
        await api.selectFrom('project_user_quotas').select(['user_id', 'hard_limit']).execute(),
        [{ user_id: 'u1', hard_limit: 3 }],
      )
      assert.deepEqual(
        await api.selectFrom('quota_classes').select(['class_name', 'hard_limit']).execute(),
        [{ class_name: 'default', hard_limit: 7 }],
      )
      const left = await cell.selectFrom('quotas').select('id').where('deleted', '=', 0).execute()
      assert.deepEqual(left, [])

      assert.deepEqual(counts((await run('db', 'online_data_migrations')).out), {
        populate_user_id: [2, 0],
      })
    })

    it('lists every step, and refuses what is no number', async () => {
      const { run } = await clouds()
      assert.deepEqual(await run('db', 'online_data_migrations'), {
        code: 0,
        out: `Running batches of 50 until complete
+-------------------------------------+--------------+-----------+
|              Migration              | Total Needed | Completed |
+-------------------------------------+--------------+-----------+
|         migrate_empty_ratio         |      0       |     0     |
|   migrate_quota_classes_to_api_db   |      0       |     0     |
|    migrate_quota_limits_to_api_db   |      0       |     0     |
|      migration_migrate_to_uuid      |      0       |     0     |
|          populate_dev_uuids         |      0       |     0     |
|     populate_instance_compute_id    |      0       |     0     |
| populate_missing_availability_zones |      0       |     0     |
|      populate_queued_for_delete     |      0       |     0     |
|           populate_user_id          |      0       |     0     |
|            populate_uuids           |      0       |     0     |
+-------------------------------------+--------------+-----------+
`,
        err: '',
      })
      for (const wrong of ['0', '-1', 'ten', '1.5']) {
        assert.deepEqual(await run('db', 'online_data_migrations', '--max-count', wrong), {
          code: 127,
          out: 'Must supply a positive value for max_number\n',
          err: '',
        })
      }
    })
  })
})

const emptyNode = {
  deleted: 0,
  vcpus: 1,
  memory_mb: 1,
  local_gb: 1,
  vcpus_used: 0,
  memory_mb_used: 0,
  local_gb_used: 0,
  hypervisor_type: 'fake',
  hypervisor_version: 1,
  cpu_info: '',
}
