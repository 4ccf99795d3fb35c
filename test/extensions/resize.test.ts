import assert from 'node:assert/strict'
import { Flavor, Migration, RequestSpec } from '../../lib/objects/index.js'
import { addComputeHost, addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { computeStub, conductorStub } from '../support/compute-stub.js'

type Values = Parameters<typeof addServer>[1]

describe('the actions resize, migrate, confirmResize and revertResize', () => {
  const as = eachWithApi()
  let conductor: Awaited<ReturnType<typeof conductorStub>>
  let compute: Awaited<ReturnType<typeof computeStub>>
  beforeEach(async () => {
    conductor = await conductorStub(as.current(), { migrate_server: () => null })
    compute = await computeStub(as.current(), {
      confirm_resize: () => null,
      revert_resize: () => null,
    })
    await addComputeHost(as.current(), 'one')
  })
  afterEach(async () => {
    await conductor.stop()
    await compute.stop()
  })

  const server = async (values: Values = {}): Promise<string> => {
    const { context } = as.current()
    const instance = await addServer(as.current(), { host: 'one', node: 'one', ...values })
    const { uuid: instanceUuid, flavor } = instance
    await new RequestSpec(context, { instanceUuid, flavor, numInstances: 1 }).create()
    return instance.uuid
  }
  const addFlavor = async (values: object = {}): Promise<string> => {
    const flavorid = `f${Math.random()}`
    await new Flavor(as.current().context, {
      name: flavorid,
      flavorid,
      memoryMb: 1024,
      vcpus: 2,
      rootGb: 2,
      ephemeralGb: 0,
      swap: 0,
      rxtxFactor: 1,
      vcpuWeight: 0,
      disabled: false,
      isPublic: true,
      extraSpecs: {},
      ...values,
    }).create()
    return flavorid
  }
  const act = (uuid: string, body: object, version = '2.104', user: TestUser = 'member') =>
    as(user, version).post(`/servers/${uuid}/action`, body)
  const migration = async (instanceUuid: string) => {
    const row = new Migration(as.current().context, {
      instanceUuid,
      status: 'finished',
      migrationType: 'resize',
      sourceCompute: 'one',
      sourceNode: 'one',
      destCompute: 'one',
      destNode: 'one',
      oldInstanceTypeId: 1,
      newInstanceTypeId: 2,
    })
    await row.create()
    return row
  }

  it('resize asks the conductor, away from its host', async () => {
    await addFlavor()
    const flavorRef = await addFlavor()
    const uuid = await server()
    const body = { resize: { flavorRef, 'OS-DCF:diskConfig': 'MANUAL' } }
    const answer = await act(uuid, body).expect(202)
    assert.equal(answer.text, '')
    const [method, args] = await conductor.next()
    const spec = args.request_spec as RequestSpec
    assert.deepEqual(
      [method, args.live, (args.flavor as Flavor).flavorid, spec.ignoreHosts, args.host_list],
      ['migrate_server', false, flavorRef, ['one'], null],
    )
    const shown = await as('member', '2.1').get(`/servers/${uuid}`).expect(200)
    assert.equal(shown.body.server.status, 'RESIZE')
    assert.equal(shown.body.server['OS-EXT-STS:task_state'], 'resize_prep')
  })

  it('resize refuses flavors that do not fit, and servers that cannot', async () => {
    await addFlavor()
    const larger = await addFlavor()
    const uuid = await server({ systemMetadata: { image_min_disk: '1', image_min_ram: '256' } })
    const refused = async (flavorRef: unknown, code: number, message?: RegExp) => {
      const { body } = await act(uuid, { resize: { flavorRef } }).expect(code)
      if (message) assert.match(body.badRequest.message, message)
    }
    await refused('unknown', 400, /unknown/)
    await refused(await addFlavor({ disabled: true }), 400)
    await refused(await addFlavor({ rootGb: 0 }), 400, /zero disk/)
    await refused(await addFlavor({ memoryMb: 128 }), 400)
    await refused('', 400)
    await refused(null, 400)
    await act(uuid, { resize: { flavorRef: larger, host: 'two' } }).expect(400)
    await act(uuid, { resize: { flavorRef: larger } }, '2.1', 'reader').expect(403)
    await act(uuid, { resize: { flavorRef: larger } }, '2.1', 'other').expect(404)
    await act(uuid, { resize: { flavorRef: await addFlavor({ vcpus: 500 }) } }).expect(403)
    const paused = await server({ vmState: 'paused' })
    const { body } = await act(paused, { resize: { flavorRef: larger } }).expect(409)
    assert.equal(
      body.conflictingRequest.message,
      `Cannot 'resize' instance ${paused} while it is in vm_state paused`,
    )
    await act(await server({ host: 'gone', node: 'gone' }), {
      resize: { flavorRef: larger },
    }).expect(409)
    await act(await server({ host: null, node: null }), {
      resize: { flavorRef: larger },
    }).expect(409)
  })

  it('resize to the same flavor is refused', async () => {
    const flavorid = await addFlavor()
    const flavor = await Flavor.getByFlavorId(as.current().context, flavorid)
    const uuid = await server({ flavor, instanceTypeId: flavor.id })
    await act(uuid, { resize: { flavorRef: flavorid } }).expect(400)
  })

  it('migrate takes a host from 2.56, of administrators', async () => {
    await addComputeHost(as.current(), 'two')
    const manager = (body: unknown, version: string, user: TestUser = 'admin') =>
      server().then(uuid => act(uuid, { migrate: body }, version, user))
    const sent = async () => (await conductor.next())[1].request_spec as RequestSpec
    assert.equal((await manager({ host: 'two' }, '2.55')).status, 202)
    assert.equal((await sent()).requestedDestination?.get('host'), undefined)
    assert.equal((await manager({ host: 'two' }, '2.56')).status, 202)
    assert.equal((await sent()).requestedDestination?.host, 'two')
    for (const nothing of [null, {}, { host: null }]) {
      assert.equal((await manager(nothing, '2.56')).status, 202)
      assert.equal((await sent()).requestedDestination?.get('host'), undefined)
    }
    assert.equal((await manager({ host: 'one' }, '2.56')).status, 400)
    assert.equal((await manager({ host: 'nowhere' }, '2.56')).status, 400)
    assert.equal((await manager({ other: 1 }, '2.56')).status, 400)
    assert.equal((await manager(null, '2.56', 'member')).status, 403)
  })

  it('confirmResize tells the source, revertResize the destination', async () => {
    const uuid = await server({ vmState: 'resized' })
    await act(uuid, { confirmResize: null }).expect(400)
    await act(uuid, { revertResize: null }).expect(400)
    const { id } = await migration(uuid)
    await act(uuid, { confirmResize: null }).expect(204)
    const [method, args] = await compute.next()
    assert.deepEqual(
      [method, (args.migration as Migration).id, (args.migration as Migration).status],
      ['confirm_resize', id, 'confirming'],
    )
    const other = await server({ vmState: 'resized' })
    await migration(other)
    await act(other, { revertResize: null }).expect(202)
    const [reverting, { migration: row }] = await compute.next()
    assert.deepEqual([reverting, (row as Migration).status], ['revert_resize', 'reverting'])
    const shown = await as('member', '2.1').get(`/servers/${other}`).expect(200)
    assert.equal(shown.body.server.status, 'REVERT_RESIZE')
    const active = await server()
    const { body } = await act(active, { confirmResize: null }).expect(409)
    assert.equal(
      body.conflictingRequest.message,
      `Cannot 'confirmResize' instance ${active} while it is in vm_state active`,
    )
    await act(active, { revertResize: null }, '2.1', 'reader').expect(403)
  })
})
