import assert from 'node:assert/strict'
import { Migration, RequestSpec } from '../../lib/objects/index.js'
import { addComputeHost, addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { conductorStub } from '../support/compute-stub.js'

describe('the action evacuate', () => {
  const as = eachWithApi()
  let conductor: Awaited<ReturnType<typeof conductorStub>>
  beforeEach(async () => {
    conductor = await conductorStub(as.current(), { rebuild_instance: () => null })
    const { service } = await addComputeHost(as.current(), 'one')
    service.forcedDown = true
    await service.save()
    await addComputeHost(as.current(), 'two')
  })
  afterEach(() => conductor.stop())

  const server = async (values: Parameters<typeof addServer>[1] = {}): Promise<string> => {
    const instance = await addServer(as.current(), { host: 'one', node: 'one', ...values })
    const { uuid: instanceUuid, flavor } = instance
    const spec = { instanceUuid, flavor, numInstances: 1 }
    await new RequestSpec(as.current().context, spec).create()
    return instance.uuid
  }
  const evacuate = async (body: object, version = '2.104', user: TestUser = 'admin') =>
    as(user, version).post(`/servers/${await server()}/action`, { evacuate: body })
  /** What the conductor is told: `[host, destination, shared, target]`. */
  const sent = async () => {
    const [, args] = await conductor.next()
    const spec = args.request_spec as RequestSpec
    return [
      args.host,
      spec.requestedDestination?.get('host') ?? null,
      args.on_shared_storage,
      args.target_state ?? null,
    ]
  }

  it('answers with a password up to 2.13', async () => {
    const made = await evacuate({ onSharedStorage: 'False' }, '2.13')
    assert.equal(made.status, 200)
    assert.match(made.body.adminPass, /^\w{12}$/)
    assert.deepEqual(await sent(), [null, null, false, null])
    const given = await evacuate({ onSharedStorage: false, adminPass: 'mine' }, '2.1')
    assert.deepEqual(given.body, { adminPass: 'mine' })
    await sent()
    const shared = await evacuate({ onSharedStorage: true }, '2.1')
    assert.deepEqual([shared.status, shared.body], [200, {}])
    assert.deepEqual(await sent(), [null, null, true, null])
    assert.equal((await evacuate({ onSharedStorage: true, adminPass: 'x' }, '2.13')).status, 400)
    assert.equal((await evacuate({}, '2.13')).status, 400)
  })

  it('answers with nothing from 2.14, and takes no onSharedStorage', async () => {
    const answer = await evacuate({}, '2.14')
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.deepEqual(await sent(), [null, null, null, null])
    assert.equal((await evacuate({ onSharedStorage: true }, '2.14')).status, 400)
  })

  it('forces a named host up to 2.28, and from 2.29 only when it is told so, up to 2.67', async () => {
    const cases: [object, string, unknown[] | number][] = [
      [{ host: 'two' }, '2.28', ['two', null, null, null]],
      [{ host: 'two' }, '2.29', [null, 'two', null, null]],
      [{ host: 'two', force: true }, '2.29', ['two', null, null, null]],
      [{ host: 'two', force: 'no' }, '2.67', [null, 'two', null, null]],
      [{ host: 'two', force: true }, '2.28', 400],
      [{ host: 'two', force: true }, '2.68', 400],
      [{ force: true }, '2.67', 400],
      [{ host: 'two' }, '2.94', [null, 'two', null, null]],
      [{ host: 'two' }, '2.95', [null, 'two', null, 'stopped']],
    ]
    for (const [body, version, expected] of cases) {
      const { status } = await evacuate(body, version)
      if (typeof expected === 'number') {
        assert.equal(status, expected, `${JSON.stringify(body)} at ${version}`)
        continue
      }
      assert.equal(status, 200, `${JSON.stringify(body)} at ${version}`)
      assert.deepEqual(await sent(), expected, `${JSON.stringify(body)} at ${version}`)
    }
  })

  it('refuses what cannot be', async () => {
    assert.equal((await evacuate({ host: 'one' })).status, 400)
    assert.equal((await evacuate({ host: 'nowhere' })).status, 404)
    assert.equal((await evacuate({ host: 'a b' })).status, 400)
    assert.equal((await evacuate({}, '2.14', 'member')).status, 403)
    const up = await server({ host: 'two', node: 'two' })
    const { body } = await as('admin', '2.14')
      .post(`/servers/${up}/action`, { evacuate: {} })
      .expect(400)
    assert.match(body.badRequest.message, /^Compute service of two is still in use/)
    const paused = await server({ vmState: 'paused' })
    await as('admin', '2.14').post(`/servers/${paused}/action`, { evacuate: {} }).expect(409)
  })

  it('leaves a record, and holds its host down until that one has cleared away', async () => {
    const uuid = await server({ taskState: 'powering-off' })
    await as('admin', '2.14').post(`/servers/${uuid}/action`, { evacuate: {} }).expect(200)
    const { body } = await as('admin', '2.80').get('/os-migrations').expect(200)
    const [shown] = body.migrations
    assert.deepEqual(
      [shown.instance_uuid, shown.migration_type, shown.status, shown.source_compute],
      [uuid, 'evacuation', 'accepted', 'one'],
    )
    const row = await Migration.getById(as.current().context, shown.id)
    row.status = 'done'
    await row.save()
    const services = await as('admin', '2.53').get('/os-services?host=one').expect(200)
    const [{ id }] = services.body.services
    const up = () => as('admin', '2.53').put(`/os-services/${id}`, { forced_down: false })
    const refused = await up().expect(400)
    assert.match(
      refused.body.badRequest.message,
      /^Unable to force up host one as `done` evacuation/,
    )
    row.status = 'completed'
    await row.save()
    await up().expect(200)
  })
})
