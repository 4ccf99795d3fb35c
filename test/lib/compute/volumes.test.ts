import assert from 'node:assert/strict'
import { nextDeviceName } from '../../../lib/compute/device-names.js'
import { BlockDeviceMapping, BlockDeviceMappingList, Instance } from '../../../lib/objects/index.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

describe('names of devices', () => {
  it('are the first that are free, on the bus of the root device', () => {
    assert.equal(nextDeviceName(null, []), '/dev/vda')
    assert.equal(nextDeviceName('/dev/vda', []), '/dev/vdb')
    assert.equal(nextDeviceName('/dev/sda', ['/dev/sdb', '/dev/sdc']), '/dev/sdd')
    assert.equal(nextDeviceName('/dev/xvda', []), '/dev/xvdb')
    const all = [...'abcdefghijklmnopqrstuvwxyz'].map(letter => `/dev/vd${letter}`)
    assert.equal(nextDeviceName('/dev/vda', all), '/dev/vdaa')
    assert.equal(nextDeviceName('/dev/vda', [], '/dev/sdf'), '/dev/vdf')
    assert.throws(() => nextDeviceName('/dev/vda', ['/dev/vdb'], '/dev/vdb'), /is in use/)
    assert.throws(() => nextDeviceName('/dev/vda', [], '/dev/vda'), /is in use/)
  })
})

describe('volumes of guests', () => {
  let cloud: WorkerCloud
  let instance: Instance
  let failing: string | null = null

  beforeEach(async () => {
    failing = null
    cloud = await WorkerCloud.start([
      {
        host: 'compute-1',
        hook: method => {
          if (method === failing) throw new Error('the hypervisor is on strike')
        },
      },
    ])
    const [uuid = ''] = await cloud.boot()
    await cloud.settled(uuid, 'active')
    instance = await Instance.getByUuid(cloud.context, uuid)
  })
  afterEach(() => cloud.stop())

  const rules = { shelved: true, multiattach: true }
  const options = { device: null, tag: null, deleteOnTermination: false }
  const statusOf = async (id: string) => (await cloud.volumes.get(cloud.context, id)).status
  const becomes = (id: string, status: string) =>
    eventually(`volume ${id} ${status}`, async () => (await statusOf(id)) === status || undefined)
  const rowGone = (id: string) =>
    eventually(`no row of ${id}`, async () => {
      const { objects } = await BlockDeviceMappingList.getByVolume(cloud.context, id)
      return objects.length === 0 || undefined
    })
  const plugged = () => cloud.hosts.get('compute-1')?.driver.volumesOf(instance) ?? {}
  const attach = async () => {
    const { id } = cloud.volumes.add()
    const bdm = await cloud.servers.attachments.attach(instance, id, options, rules)
    return { id, bdm }
  }

  it('are plugged in and out', async () => {
    const { id, bdm } = await attach()
    assert.equal(bdm.deviceName, '/dev/vdb')
    await becomes(id, 'in-use')
    assert.deepEqual(plugged(), { '/dev/vdb': id })
    const [held] = cloud.volumes.held(id)
    assert.equal(held?.device, '/dev/vdb')
    const known = await BlockDeviceMapping.getByVolumeAndInstance(cloud.context, id, instance.uuid)
    assert.equal(JSON.parse(known.connectionInfo ?? '{}').serial, id)
    await cloud.servers.attachments.detach(instance, id, rules)
    await becomes(id, 'available')
    assert.deepEqual(plugged(), {})
    await rowGone(id)
  })

  it('are given back when the hypervisor does not take them', async () => {
    failing = 'attach_volume'
    const { id } = await attach()
    await becomes(id, 'available')
    await rowGone(id)
    assert.deepEqual(plugged(), {})
  })

  it('stay in use when the hypervisor does not let go of them', async () => {
    const { id } = await attach()
    await becomes(id, 'in-use')
    failing = 'detach_volume'
    await cloud.servers.attachments.detach(instance, id, rules)
    await becomes(id, 'in-use')
    assert.deepEqual(plugged(), { '/dev/vdb': id })
  })

  it('are given back when their server goes, and go with it if they were to', async () => {
    const stays = await attach()
    await becomes(stays.id, 'in-use')
    const { id: goes } = cloud.volumes.add()
    const bdm = await cloud.servers.attachments.attach(
      instance,
      goes,
      { ...options, deleteOnTermination: true },
      rules,
    )
    assert.equal(bdm.deviceName, '/dev/vdc')
    await becomes(goes, 'in-use')
    await cloud.servers.delete(
      cloud.context,
      await Instance.getByUuid(cloud.context, instance.uuid),
    )
    await becomes(stays.id, 'available')
    await eventually('the volume is deleted', async () => {
      const all = await cloud.volumes.getAll(cloud.context)
      return all.every(({ id }) => id !== goes) || undefined
    })
  })

  it('follow a swap to another volume', async () => {
    const { id } = await attach()
    await becomes(id, 'in-use')
    const next = cloud.volumes.add()
    const volume = (one: string) => cloud.volumes.get(cloud.context, one)
    await cloud.servers.attachments.swap(instance, await volume(id), await volume(next.id))
    await becomes(id, 'available')
    assert.equal(await statusOf(next.id), 'in-use')
    const bdm = await BlockDeviceMapping.getByVolumeAndInstance(
      cloud.context,
      next.id,
      instance.uuid,
    )
    assert.equal(bdm.deviceName, '/dev/vdb')
  })
})
