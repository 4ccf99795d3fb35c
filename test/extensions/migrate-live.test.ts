import assert from 'node:assert/strict'
import { MigrationPreCheckError } from '../../lib/exception/index.js'
import { RequestSpec } from '../../lib/objects/index.js'
import { addComputeHost, addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { conductorStub } from '../support/compute-stub.js'

describe('the action os-migrateLive', () => {
  const as = eachWithApi()
  let conductor: Awaited<ReturnType<typeof conductorStub>>
  let answer: () => unknown = () => null
  beforeEach(async () => {
    answer = () => null
    conductor = await conductorStub(as.current(), {
      migrate_server: () => answer(),
      live_migrate_instance: () => null,
    })
    for (const host of ['one', 'two']) await addComputeHost(as.current(), host)
  })
  afterEach(() => conductor.stop())

  const server = async (values: Parameters<typeof addServer>[1] = {}): Promise<string> => {
    const instance = await addServer(as.current(), { host: 'one', node: 'one', ...values })
    const { uuid: instanceUuid, flavor } = instance
    const spec = { instanceUuid, flavor, numInstances: 1 }
    await new RequestSpec(as.current().context, spec).create()
    return instance.uuid
  }
  const migrate = async (body: object, version = '2.104', user: TestUser = 'admin') =>
    as(user, version).post(`/servers/${await server()}/action`, { 'os-migrateLive': body })
  /** What the conductor is told: `[method, forced host, asked host, block, over commit]`. */
  const sent = async () => {
    const [method, args] = await conductor.next()
    const hint = args.scheduler_hint as { host: string | null }
    const spec = args.request_spec as RequestSpec
    const asked = spec.requestedDestination?.get('host') ?? null
    return [method, hint.host, asked, args.block_migration, args.disk_over_commit]
  }

  it('takes by each version what that knows', async () => {
    const old = { block_migration: false, disk_over_commit: 'True' }
    const wait = 'migrate_server'
    const cast = 'live_migrate_instance'
    const cases: [object, string, unknown[] | number][] = [
      [{ host: 'two', ...old }, '2.1', [wait, 'two', null, false, true]],
      [{ host: null, ...old }, '2.24', [wait, null, null, false, true]],
      [{ host: null, block_migration: true }, '2.24', 400],
      [{ host: null, block_migration: 'auto', disk_over_commit: true }, '2.24', 400],
      [{ host: null, block_migration: 'auto' }, '2.25', [wait, null, null, null, null]],
      [{ host: null, ...old }, '2.25', 400],
      [{ host: 'two', block_migration: '1' }, '2.29', [wait, 'two', null, true, null]],
      [{ host: 'two', block_migration: 'auto', force: true }, '2.29', 400],
      [{ host: 'two', block_migration: 'auto' }, '2.30', [wait, null, 'two', null, null]],
      [
        { host: 'two', block_migration: 'auto', force: 'on' },
        '2.33',
        [wait, 'two', null, null, null],
      ],
      [
        { host: 'two', block_migration: 'auto', force: true },
        '2.34',
        [cast, 'two', null, null, null],
      ],
      [{ host: null, block_migration: 'auto', force: true }, '2.34', 400],
      [{ host: 'two', block_migration: 'auto', force: true }, '2.68', 400],
      [{ host: 'two', block_migration: false }, '2.68', [cast, null, 'two', false, null]],
      [{ block_migration: 'auto' }, '2.68', 400],
      [{ host: null }, '2.68', 400],
      [{ host: 'nowhere', block_migration: 'auto' }, '2.68', 400],
    ]
    for (const [body, version, expected] of cases) {
      const { status } = await migrate(body, version)
      const name = `${JSON.stringify(body)} at ${version}`
      assert.equal(status, typeof expected === 'number' ? expected : 202, name)
      if (typeof expected !== 'number') assert.deepEqual(await sent(), expected, name)
    }
  })

  it('up to 2.33 answers what the conductor refuses', async () => {
    answer = () => {
      throw new MigrationPreCheckError({ reason: 'no way' })
    }
    const { status, body } = await migrate({ host: null, block_migration: 'auto' }, '2.33')
    assert.deepEqual(
      [status, body],
      [400, { badRequest: { code: 400, message: 'Migration pre-check error: no way' } }],
    )
  })

  it('is refused of servers that cannot, and to those who may not', async () => {
    const body = { host: null, block_migration: 'auto' }
    const act = async (uuid: string, user: TestUser, wanted: object = body) =>
      (await as(user, '2.34').post(`/servers/${uuid}/action`, { 'os-migrateLive': wanted })).status
    assert.equal(await act(await server(), 'member'), 403)
    const named = { ...body, host: 'two' }
    assert.equal(await act(await server(), 'member', named), 403)
    assert.equal(await act(await server({ vmState: 'stopped' }), 'admin'), 409)
    const uuid = await server({ taskState: 'rebooting' })
    const { body: refused } = await as('admin', '2.34')
      .post(`/servers/${uuid}/action`, { 'os-migrateLive': body })
      .expect(409)
    assert.equal(
      refused.conflictingRequest.message,
      `Cannot 'os-migrateLive' instance ${uuid} while it is in task_state rebooting`,
    )
  })

  it('shows the server as migrating', async () => {
    const uuid = await server()
    const body = { 'os-migrateLive': { host: null, block_migration: 'auto' } }
    await as('admin', '2.34').post(`/servers/${uuid}/action`, body).expect(202)
    const shown = await as('admin', '2.34').get(`/servers/${uuid}`).expect(200)
    assert.equal(shown.body.server.status, 'MIGRATING')
  })
})
