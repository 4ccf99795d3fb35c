import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Database } from '../../../lib/db/database.js'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { eachEngine } from '../../support/databases.js'
import { managedClouds } from '../../support/managed-clouds.js'

const long = new Date('2020-01-01T00:00:00Z')

/** An instance with children of its own and of theirs; deleted or not. */
const addInstance = async (
  { kysely }: Database<CellSchema>,
  deletedAt: Date | null,
): Promise<string> => {
  const uuid = randomUUID()
  const dead = { created_at: long, deleted_at: deletedAt }
  const { insertId } = await kysely
    .insertInto('instances')
    .values({ ...dead, uuid, deleted: 0, project_id: 'p', user_id: 'u' })
    .executeTakeFirstOrThrow()
  if (deletedAt) {
    await kysely
      .updateTable('instances')
      .set({ deleted: Number(insertId) })
      .where('uuid', '=', uuid)
      .execute()
  }
  const deleted = deletedAt ? Number(insertId) : 0
  await kysely
    .insertInto('instance_extra')
    .values({ ...dead, instance_uuid: uuid, deleted })
    .execute()
  // Actions are never deleted; they go with their instance.
  const action = await kysely
    .insertInto('instance_actions')
    .values({ created_at: long, action: 'create', instance_uuid: uuid, deleted: 0 })
    .executeTakeFirstOrThrow()
  await kysely
    .insertInto('instance_actions_events')
    .values({ created_at: long, event: 'e', action_id: Number(action.insertId), deleted: 0 })
    .execute()
  return uuid
}

/** What the API keeps of an instance. */
const remember = async ({ kysely }: Database<ApiSchema>, uuid: string): Promise<void> => {
  await kysely
    .insertInto('instance_mappings')
    .values({ instance_uuid: uuid, project_id: 'p' })
    .execute()
  await kysely.insertInto('request_specs').values({ instance_uuid: uuid, spec: '{}' }).execute()
}

const uuids = async (
  { kysely }: Database<CellSchema>,
  table: 'instances' | 'shadow_instances',
): Promise<string[]> => {
  const rows = await kysely.selectFrom(table).select('uuid').orderBy('id').execute()
  return rows.map(({ uuid }) => uuid)
}

describe('nova-manage db archive_deleted_rows and purge', () => {
  eachEngine(engine => {
    const cloud = managedClouds(engine)

    it('moves what is deleted with all that belongs to it, and lets the API forget it', async () => {
      const { urls, run } = await cloud()
      const api = engine.open<ApiSchema>(urls.api)
      const cell = engine.open<CellSchema>(urls.cell)
      const gone = await addInstance(cell, new Date('2021-01-01T00:00:00Z'))
      const alive = await addInstance(cell, null)
      await remember(api, gone)
      await remember(api, alive)

      assert.deepEqual(await run('db', 'archive_deleted_rows', '--verbose'), {
        code: 1,
        out: `+------------------------------+-------------------------+
| Table                        | Number of Rows Archived |
+------------------------------+-------------------------+
| API_DB.instance_group_member | 0                       |
| API_DB.instance_mappings     | 1                       |
| API_DB.request_specs         | 1                       |
| instance_actions             | 1                       |
| instance_actions_events      | 1                       |
| instance_extra               | 1                       |
| instances                    | 1                       |
+------------------------------+-------------------------+
`,
        err: '',
      })
      assert.deepEqual(await uuids(cell, 'instances'), [alive])
      assert.deepEqual(await uuids(cell, 'shadow_instances'), [gone])
      const [event] = await cell.kysely
        .selectFrom('shadow_instance_actions_events')
        .selectAll()
        .execute()
      assert.deepEqual(event?.created_at, long)
      assert.deepEqual(
        await api.kysely.selectFrom('instance_mappings').select('instance_uuid').execute(),
        [{ instance_uuid: alive }],
      )
      assert.deepEqual(await run('db', 'archive_deleted_rows', '--verbose'), {
        code: 0,
        out: 'Nothing was archived.\n',
        err: '',
      })

      assert.deepEqual(await run('db', 'purge'), {
        code: 1,
        out: 'Either --before or --all is required\n',
        err: '',
      })
      // What is never deleted goes by the time at which it was made.
      assert.deepEqual(await run('db', 'purge', '--before', '2020-06-01', '--verbose'), {
        code: 0,
        out: [
          'DB: Unable to purge table shadow_alembic_version because it has no timestamp column',
          'DB: Deleted 1 rows from shadow_instance_actions based on timestamp column created_at',
          'DB: Deleted 1 rows from shadow_instance_actions_events based on timestamp column created_at',
          '',
        ].join('\n'),
        err: '',
      })
      assert.deepEqual(await run('db', 'purge', '--all', '--verbose'), {
        code: 0,
        out: [
          'DB: Deleted 1 rows from shadow_instance_extra based on timestamp column (n/a)',
          'DB: Deleted 1 rows from shadow_instances based on timestamp column (n/a)',
          '',
        ].join('\n'),
        err: '',
      })
      assert.equal((await run('db', 'purge', '--all')).code, 3)
    })

    it('keeps to its limit, oldest first, and is asked again until all is done', async () => {
      const { urls, run } = await cloud()
      const cell = engine.open<CellSchema>(urls.cell)
      const first = await addInstance(cell, new Date('2021-01-01T00:00:00Z'))
      const second = await addInstance(cell, new Date('2023-01-01T00:00:00Z'))
      const only = ['db', 'archive_deleted_rows', '--before', '2022-01-01 00:00:00']
      assert.equal((await run(...only)).code, 1)
      assert.equal((await run(...only)).code, 0)
      assert.deepEqual(await uuids(cell, 'shadow_instances'), [first])
      assert.deepEqual(await uuids(cell, 'instances'), [second])

      const third = await addInstance(cell, new Date('2023-01-01T00:00:00Z'))
      assert.equal((await run('db', 'archive_deleted_rows', '--max_rows', '1')).code, 1)
      assert.deepEqual(await uuids(cell, 'instances'), [third])
      const last = await run(
        'db',
        'archive_deleted_rows',
        '--max_rows',
        '1',
        '--until-complete',
        '--verbose',
        '--purge',
      )
      assert.equal(last.code, 1)
      assert.match(last.out, /^Archiving\.\.\.\.complete\n\+-/)
      assert.match(last.out, /Rows were archived, running purge\.\.\.\n/)
      assert.deepEqual(await uuids(cell, 'instances'), [])
      assert.deepEqual(await uuids(cell, 'shadow_instances'), [])
    })

    it('goes over all cells, and comes to a clean end when it is interrupted', async () => {
      const { urls, run, interrupted } = await cloud()
      const cell0 = engine.open<CellSchema>(urls.cell0)
      const cell = engine.open<CellSchema>(urls.cell)
      await addInstance(cell0, new Date('2021-01-01T00:00:00Z'))
      await addInstance(cell, new Date('2021-01-01T00:00:00Z'))
      const command = [
        'db',
        'archive_deleted_rows',
        '--all-cells',
        '--until-complete',
        '--verbose',
      ] as const
      assert.deepEqual(await interrupted(...command), {
        code: 0,
        out: 'Archiving...stopped\nNothing was archived.\n',
        err: '',
      })
      const { code, out } = await run(...command)
      assert.equal(code, 1)
      assert.match(out, /^\| cell0\.instances +\| 1 +\|$/m)
      assert.match(out, /^\| cell1\.instances +\| 1 +\|$/m)
      const purged = await run('db', 'purge', '--all', '--all-cells', '--verbose')
      assert.match(purged.out, /^Cell 0{8}-.*\(cell0\): Deleted 1 rows from shadow_instances /m)
    })

    it('leaves a row that something without a shadow refers to, and says so', async () => {
      const { urls, run } = await cloud()
      const cell = engine.open<CellSchema>(urls.cell)
      const uuid = await addInstance(cell, new Date('2021-01-01T00:00:00Z'))
      await cell.kysely
        .insertInto('share_mapping')
        .values({
          uuid: randomUUID(),
          instance_uuid: uuid,
          share_id: 's',
          tag: 't',
          export_location: 'e',
          share_proto: 'NFS',
        })
        .execute()
      const { err } = await run('db', 'archive_deleted_rows')
      assert.match(err, /^IntegrityError detected when archiving table instances: /)
      assert.deepEqual(await uuids(cell, 'instances'), [uuid])
    })

    it('moves the task log only when it is told to', async () => {
      const { urls, run } = await cloud()
      const cell = engine.open<CellSchema>(urls.cell)
      await cell.kysely
        .insertInto('task_log')
        .values({
          updated_at: long,
          task_name: 'audit',
          host: 'h',
          state: 'DONE',
          period_beginning: long,
          period_ending: long,
          message: '',
          deleted: 0,
        })
        .execute()
      assert.equal((await run('db', 'archive_deleted_rows')).code, 0)
      assert.equal(
        (await run('db', 'archive_deleted_rows', '--task-log', '--before', '2019-01-01')).code,
        0,
      )
      assert.equal((await run('db', 'archive_deleted_rows', '--task-log')).code, 1)
    })

    it("refuses with nova's words", async () => {
      const { run } = await cloud()
      assert.deepEqual(await run('db', 'archive_deleted_rows', '--max_rows', '-1'), {
        code: 2,
        out: 'Must supply a positive value for max_rows\n',
        err: '',
      })
      assert.deepEqual(await run('db', 'archive_deleted_rows', '--max_rows', '2147483648'), {
        code: 2,
        out: 'max rows must be <= 2147483647\n',
        err: '',
      })
      assert.deepEqual(await run('db', 'archive_deleted_rows', '--before', 'soon'), {
        code: 4,
        out: 'Invalid value for --before: Unknown string format: soon\n',
        err: '',
      })
      assert.equal((await run('db', 'purge', '--before', '2020-02-30')).code, 2)
      assert.equal((await run('db', 'purge', '--before', 'Fri Nov 20 22:38:24 UTC 2020')).code, 3)
    })
  })
})
