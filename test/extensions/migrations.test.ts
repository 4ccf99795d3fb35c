import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Migration } from '../../lib/objects/index.js'
import { addServer, OTHER_PROJECT_ID, PROJECT_ID, type TestApi } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { withCompute } from '../support/compute-stub.js'

type Values = NonNullable<ConstructorParameters<typeof Migration>[1]>

/** Of a server of its own unless one is named. */
const add = async (api: TestApi, values: Values = {}): Promise<Migration> => {
  const migration = new Migration(api.context, {
    instanceUuid: values.instanceUuid ?? (await addServer(api)).uuid,
    sourceCompute: 'one',
    destCompute: 'two',
    sourceNode: 'node1',
    destNode: 'node2',
    destHost: '192.0.2.2',
    oldInstanceTypeId: 1,
    newInstanceTypeId: 2,
    status: 'done',
    migrationType: 'resize',
    userId: 'u1',
    projectId: PROJECT_ID,
    ...values,
  })
  await migration.create()
  return migration
}

const rawTime = (time: Date | null | undefined) => time?.toISOString().replace('Z', '000')

describe('/os-migrations', () => {
  const as = eachWithApi()
  const idsOf = ({ body }: { body: { migrations: { id: number }[] } }) =>
    body.migrations.map(({ id }) => id)

  it('tells what each version tells, newest first', async () => {
    const { uuid: instanceUuid } = await addServer(as.current())
    const done = await add(as.current(), { instanceUuid })
    const live = await add(as.current(), {
      instanceUuid,
      migrationType: 'live-migration',
      status: 'running',
    })
    const document = (migration: Migration) => ({
      id: migration.id,
      created_at: rawTime(migration.get('createdAt')),
      updated_at: null,
      instance_uuid: instanceUuid,
      status: migration.status,
      old_instance_type_id: 1,
      new_instance_type_id: 2,
      source_compute: 'one',
      source_node: 'node1',
      dest_compute: 'two',
      dest_node: 'node2',
      dest_host: '192.0.2.2',
    })
    await as('admin', '2.22')
      .get('/os-migrations')
      .expect(200, { migrations: [document(live), document(done)] })
    const { body } = await as('admin', '2.23').get('/os-migrations').expect(200)
    const [first, second] = body.migrations
    const path = `/servers/${instanceUuid}/migrations/${live.id}`
    assert.deepEqual(
      first.links.map(({ rel, href }: Record<string, string>) => [
        rel,
        href?.replace(/^http:\/\/[^/]*/, ''),
      ]),
      [
        ['self', `/v2.1${path}`],
        ['bookmark', path],
      ],
    )
    assert.deepEqual(second, { ...document(done), migration_type: 'resize' })
    const latest = await as('admin', '2.80').get('/os-migrations?status=done').expect(200)
    assert.deepEqual(latest.body.migrations, [
      {
        ...document(done),
        migration_type: 'resize',
        uuid: done.uuid,
        user_id: 'u1',
        project_id: PROJECT_ID,
      },
    ])
  })

  it("shows a manager the project's own, without hosts", async () => {
    const own = await add(as.current())
    await add(as.current(), { projectId: OTHER_PROJECT_ID })
    const { body } = await as('manager', '2.80').get('/os-migrations').expect(200)
    assert.deepEqual(idsOf({ body }), [own.id])
    const [shown] = body.migrations
    for (const key of ['source_compute', 'source_node', 'dest_compute', 'dest_node', 'dest_host']) {
      assert.equal(shown[key], null, key)
    }
    await as('manager', '2.80').get(`/os-migrations?project_id=${OTHER_PROJECT_ID}`).expect(403)
    await as('manager', '2.80').get(`/os-migrations?project_id=${PROJECT_ID}`).expect(200)
    await as('member').get('/os-migrations').expect(403)
    assert.equal((await as('admin', '2.80').get('/os-migrations')).body.migrations.length, 2)
  })

  it('filters by what the version knows, and refuses the rest from 2.59 on', async () => {
    const [a, b] = await Promise.all([
      add(as.current(), { sourceCompute: 'three', hidden: true }),
      add(as.current(), { status: 'error', userId: 'u2' }),
    ])
    assert.ok(a && b)
    const list = async (query: string, version = '2.104') =>
      idsOf(await as('admin', version).get(`/os-migrations?${query}`).expect(200))
    assert.deepEqual(await list('host=three'), [a.id])
    assert.deepEqual(await list('source_compute=one'), [b.id])
    assert.deepEqual(await list('status=error'), [b.id])
    assert.deepEqual(await list(`instance_uuid=${a.instanceUuid}`), [a.id])
    assert.deepEqual(await list('hidden=1'), [a.id])
    assert.deepEqual(await list('user_id=u2'), [b.id])
    assert.deepEqual(await list('migration_type=migration'), [])
    assert.equal((await list('user_id=u2&colour=red', '2.58')).length, 2)
    await as('admin', '2.79').get('/os-migrations?user_id=u2').expect(400)
    await as('admin', '2.59').get('/os-migrations?colour=red').expect(400)
    await as('admin', '2.65').get('/os-migrations?changes-before=2026-01-01').expect(400)
    await as('admin', '2.66')
      .get('/os-migrations?changes-since=2026-01-02&changes-before=2026-01-01')
      .expect(400)
  })

  it('come in pages from 2.59 on', async () => {
    const uuids: string[] = []
    for (let count = 0; count < 3; count += 1) {
      uuids.unshift((await add(as.current())).uuid)
    }
    const page = async (query: string) => {
      const { body } = await as('admin', '2.59').get(`/os-migrations?${query}`).expect(200)
      const shown = body.migrations.map(({ uuid }: { uuid: string }) => uuid)
      return { shown, next: body.migrations_links?.[0].href }
    }
    const first = await page('limit=2')
    assert.deepEqual(first.shown, uuids.slice(0, 2))
    assert.match(first.next, new RegExp(`/v2.1/os-migrations\\?limit=2&marker=${uuids[1]}$`))
    assert.deepEqual(await page(`limit=2&marker=${uuids[1]}`), {
      shown: uuids.slice(2),
      next: undefined,
    })
    await as('admin', '2.59')
      .get('/os-migrations?marker=nothing')
      .expect(400, {
        badRequest: { code: 400, message: 'Marker nothing could not be found.' },
      })
    assert.equal(
      (await as('admin', '2.58').get('/os-migrations?limit=2')).body.migrations.length,
      3,
    )
  })
})

describe('/servers/{id}/migrations', () => {
  const as = eachWithApi()

  const migrating = async (values: Values = {}) => {
    const api = as.current()
    const server = await addServer(api, { host: 'one', node: 'one', taskState: 'migrating' })
    const migration = await add(api, {
      instanceUuid: server.uuid,
      migrationType: 'live-migration',
      status: 'running',
      memoryTotal: 123,
      ...values,
    })
    return { server, migration, path: `/servers/${server.uuid}/migrations` }
  }

  it('tell of live ones under way, with hosts only to administrators', async () => {
    const { server, migration, path } = await migrating()
    await add(as.current(), { instanceUuid: server.uuid, status: 'finished' })
    const document = {
      id: migration.id,
      status: 'running',
      server_uuid: server.uuid,
      source_compute: 'one',
      source_node: 'node1',
      dest_compute: 'two',
      dest_node: 'node2',
      dest_host: '192.0.2.2',
      memory_total_bytes: 123,
      memory_processed_bytes: null,
      memory_remaining_bytes: null,
      disk_total_bytes: null,
      disk_processed_bytes: null,
      disk_remaining_bytes: null,
      created_at: rawTime(migration.get('createdAt')),
      updated_at: null,
    }
    await as('admin', '2.23')
      .get(path)
      .expect(200, { migrations: [document] })
    await as('admin', '2.23').get(`${path}/${migration.id}`).expect(200, { migration: document })
    const { body } = await as('manager', '2.80').get(path).expect(200)
    assert.deepEqual(body.migrations, [
      {
        ...document,
        uuid: migration.uuid,
        source_compute: null,
        source_node: null,
        dest_compute: null,
        dest_node: null,
        dest_host: null,
        user_id: 'u1',
        project_id: PROJECT_ID,
      },
    ])
    await as('admin', '2.22').get(path).expect(404)
    await as('member', '2.23').get(path).expect(403)
    await as('manager', '2.23').get(`${path}/${migration.id}`).expect(403)
    await as('admin', '2.23').get(`/servers/${randomUUID()}/migrations`).expect(404)
  })

  it('show none that is over, of another kind, or of another server', async () => {
    const { server, path } = await migrating()
    const over = await add(as.current(), {
      instanceUuid: server.uuid,
      migrationType: 'live-migration',
      status: 'completed',
    })
    const cold = await add(as.current(), { instanceUuid: server.uuid, status: 'running' })
    const other = await add(as.current(), {
      migrationType: 'live-migration',
      status: 'running',
    })
    for (const id of [over.id, cold.id, other.id, 'x', '99999999999']) {
      await as('admin', '2.23').get(`${path}/${id}`).expect(404)
    }
  })

  it('are aborted while they run, and from 2.65 while they wait', async () => {
    const { server, migration, path } = await migrating()
    const queued = await add(as.current(), {
      instanceUuid: server.uuid,
      migrationType: 'live-migration',
      status: 'queued',
    })
    const told: unknown[] = []
    const asked = await withCompute(
      as.current(),
      { live_migration_abort: ({ migration_id: id }) => void told.push(id) },
      async () => {
        await as('admin', '2.23').delete(`${path}/${migration.id}`).expect(404)
        await as('admin', '2.24').delete(`${path}/${migration.id}`).expect(202, '')
        await as('admin', '2.64')
          .delete(`${path}/${queued.id}`)
          .expect(400, {
            badRequest: {
              code: 400,
              message: `Migration ${queued.id} state of instance ${server.uuid} is queued. Cannot abort live migration while the migration is in this state.`,
            },
          })
        await as('manager', '2.65').delete(`${path}/${queued.id}`).expect(202)
      },
      2,
    )
    assert.equal(asked.length, 2)
    assert.deepEqual(told, [migration.id, queued.id])
    await as('member', '2.65').delete(`${path}/${queued.id}`).expect(403)
    await as('admin', '2.65').delete(`${path}/999`).expect(404)
    const actions = await as('member', '2.58').get(`/servers/${server.uuid}/os-instance-actions`)
    assert.deepEqual(
      actions.body.instanceActions.map(({ action }: { action: string }) => action),
      ['live_migration_cancel', 'live_migration_cancel'],
    )
  })

  it('are forced to an end only while the server migrates', async () => {
    const { migration, path } = await migrating()
    const idle = await addServer(as.current(), { host: 'one', node: 'one' })
    const force = (at: string, version = '2.22', body: object = { force_complete: null }) =>
      as('admin', version).post(`${at}/action`, body)
    const asked = await withCompute(
      as.current(),
      { live_migration_force_complete: () => undefined },
      async () => {
        await force(`${path}/${migration.id}`).expect(202, '')
        await force(`${path}/${migration.id}`, '2.21').expect(404)
        await force(`${path}/${migration.id}`, '2.22', { force_complete: {} }).expect(400)
        await force(`/servers/${idle.uuid}/migrations/1`).expect(409, {
          conflictingRequest: {
            code: 409,
            message: `Instance ${idle.uuid} is in an invalid state for 'force_complete'`,
          },
        })
      },
      1,
    )
    assert.deepEqual(asked, ['live_migration_force_complete'])
  })
})
