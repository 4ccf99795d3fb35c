import assert from 'node:assert/strict'
import { nextDeviceName } from '../../../lib/compute/device-names.js'
import {
  BlockDeviceMapping,
  BlockDeviceMappingList,
  Instance,
  InstanceAction,
  InstanceActionEventList,
} from '../../../lib/objects/index.js'
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

  it('are seen by the guest to have grown, when the volume service tells', async () => {
    const { id } = await attach()
    await becomes(id, 'in-use')
    const volume = await cloud.volumes.get(cloud.context, id)
    const tell = (to: number) => {
      cloud.volumes.add({ ...volume, size: to })
      const context = cloud.context.with({ requestId: `req-${to}` })
      return cloud.servers.externalEvents.send(context, [
        { serverUuid: instance.uuid, name: 'volume-extended', status: 'completed', tag: id },
      ])
    }
    const ended = (to: number) =>
      eventually('the event ended', async () => {
        const { context } = cloud
        const action = await InstanceAction.getByRequestId(context, instance.uuid, `req-${to}`)
        const { objects } = await InstanceActionEventList.getByAction(context, action?.id ?? 0)
        const [event] = objects
        return event?.finishTime ? [action?.action, event.event, event.result] : undefined
      })
    assert.deepEqual(await tell(7), [200])
    assert.deepEqual(await ended(7), ['extend_volume', 'compute_extend_volume', 'Success'])
    const row = await BlockDeviceMapping.getByVolumeAndInstance(cloud.context, id, instance.uuid)
    assert.equal(row.volumeSize, 7)
    failing = 'extend_volume'
    await tell(8)
    assert.deepEqual(await ended(8), ['extend_volume', 'compute_extend_volume', 'Error'])
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

  it('stay with a server that is shelved, and come back with it', async () => {
    const { id } = await attach()
    await becomes(id, 'in-use')
    const now = () => Instance.getByUuid(cloud.context, instance.uuid)
    await cloud.servers.shelve(await now())
    await cloud.settled(instance.uuid, 'shelved_offloaded')
    assert.equal(await statusOf(id), 'reserved')
    await cloud.servers.unshelve(await now(), { host: null })
    await cloud.settled(instance.uuid, 'active')
    assert.equal(await statusOf(id), 'in-use')
    assert.deepEqual(plugged(), { '/dev/vdb': id })
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

describe('a boot with volumes', () => {
  let cloud: WorkerCloud
  const failures: string[] = []
  const called: string[] = []
  beforeEach(async () => {
    failures.length = 0
    cloud = await WorkerCloud.start([
      {
        host: 'compute-1',
        hook: method => {
          called.push(method)
          if (failures.includes(method)) throw new Error('the hypervisor is on strike')
        },
      },
    ])
  })
  afterEach(() => cloud.stop())

  type Values = NonNullable<ConstructorParameters<typeof BlockDeviceMapping>[1]>
  const disk = (values: Values): BlockDeviceMapping =>
    new BlockDeviceMapping(null, {
      destinationType: 'volume',
      deviceType: 'disk',
      bootIndex: -1,
      deviceName: null,
      noDevice: false,
      volumeId: null,
      snapshotId: null,
      imageId: null,
      volumeSize: null,
      volumeType: null,
      ...values,
    })

  it('makes them of images, snapshots and nothing, and plugs them in', async () => {
    const { id: origin } = cloud.volumes.add({ size: 2 })
    const snapshot = cloud.volumes.addSnapshot({ volumeId: origin, size: 2 })
    const [uuid = ''] = await cloud.boot(1, {
      disks: [
        disk({ sourceType: 'image', imageId: 'image', volumeSize: 3, bootIndex: 0 }),
        disk({ sourceType: 'snapshot', snapshotId: snapshot.id, deleteOnTermination: true }),
        disk({ sourceType: 'blank', volumeSize: 1 }),
      ],
    })
    await cloud.settled(uuid, 'active')
    const instance = await Instance.getByUuid(cloud.context, uuid)
    assert.equal(instance.rootDeviceName, '/dev/vda')
    const made = (await cloud.volumes.getAll(cloud.context)).filter(one => one.id !== origin)
    assert.deepEqual(
      made.map(({ name, size, status, bootable }) => [name, size, status, bootable]),
      [
        ['', 3, 'in-use', true],
        ['', 2, 'in-use', false],
        [`${uuid}-blank-vol`, 1, 'in-use', false],
      ],
    )
    const driver = cloud.hosts.get('compute-1')?.driver
    assert.deepEqual(driver?.volumesOf({ uuid }), {
      '/dev/vda': made[0]?.id,
      '/dev/vdb': made[1]?.id,
      '/dev/vdc': made[2]?.id,
    })
    await cloud.servers.delete(cloud.context, instance)
    await eventually('one volume went, two are free', async () => {
      const left = (await cloud.volumes.getAll(cloud.context)).filter(one => one.id !== origin)
      const free = left.every(({ status }) => status === 'available')
      return (left.length === 2 && free) || undefined
    })
  })

  it('has an image made that tells of snapshots of its volumes', async () => {
    const [uuid = ''] = await cloud.boot(1, {
      disks: [disk({ sourceType: 'image', imageId: 'image', volumeSize: 3, bootIndex: 0 })],
    })
    await cloud.settled(uuid, 'active')
    const instance = await Instance.getByUuid(cloud.context, uuid)
    const { id } = await cloud.servers.snapshot(instance, { name: 'copy', metadata: { a: 'b' } })
    const { status, size, properties } = await cloud.images.get(cloud.context, id)
    assert.deepEqual([status, size, properties.a, properties.bdm_v2], ['active', 0, 'b', 'True'])
    const [snapshot] = await cloud.volumes.getAllSnapshots()
    assert.equal(snapshot?.name, 'snapshot for copy')
    const [entry] = JSON.parse(String(properties.block_device_mapping))
    assert.deepEqual(
      [entry.source_type, entry.destination_type, entry.snapshot_id, entry.boot_index],
      ['snapshot', 'volume', snapshot?.id, 0],
    )
    assert.deepEqual([entry.volume_size, entry.device_name], [3, '/dev/vda'])
  })

  it('holds still for its snapshots, and runs on if it cannot, unless its image wants it', async () => {
    const [uuid = ''] = await cloud.boot(1, {
      disks: [disk({ sourceType: 'image', imageId: 'image', volumeSize: 3, bootIndex: 0 })],
    })
    await cloud.settled(uuid, 'active')
    const snapshot = async () =>
      cloud.servers.snapshot(await cloud.asked(uuid), { name: 'copy', metadata: {} })
    called.length = 0
    await snapshot()
    await eventually('it goes on', async () => called.includes('unquiesce') || undefined)
    assert.deepEqual(called, ['quiesce', 'unquiesce'])

    failures.push('quiesce')
    // What is no exception of nova's may have left it still.
    await assert.rejects(snapshot(), /strike/)
    const instance = await cloud.asked(uuid)
    instance.systemMetadata = { ...instance.systemMetadata, image_os_require_quiesce: 'yes' }
    await instance.save()
    failures.length = 0
    await snapshot()
    await cloud.servers.stop(await cloud.asked(uuid))
    await cloud.settled(uuid, 'stopped')
    called.length = 0
    await snapshot()
    assert.deepEqual(called, [])
  })

  it('gives them back when one of them cannot be had', async () => {
    const [uuid = ''] = await cloud.boot(1, {
      disks: [
        disk({ sourceType: 'image', imageId: 'image', volumeSize: 3, bootIndex: 0 }),
        disk({ sourceType: 'blank', volumeSize: 1, deleteOnTermination: true }),
        disk({ sourceType: 'snapshot', snapshotId: 'nowhere' }),
      ],
    })
    await cloud.settled(uuid, 'error')
    const left = await cloud.volumes.getAll(cloud.context)
    assert.deepEqual(
      left.map(({ size, status }) => [size, status]),
      [[3, 'available']],
    )
  })

  it('that no host can build keeps them until the server is deleted', async () => {
    failures.push('spawn')
    const [uuid = ''] = await cloud.boot(1, {
      disks: [disk({ sourceType: 'image', imageId: 'image', volumeSize: 3, bootIndex: 0 })],
    })
    await cloud.settled(uuid, 'error')
    await cloud.servers.delete(cloud.context, await Instance.getByUuid(cloud.context, uuid))
    await eventually('the volume is given back', async () => {
      const [volume] = await cloud.volumes.getAll(cloud.context)
      return volume?.status === 'available' || undefined
    })
  })
})
