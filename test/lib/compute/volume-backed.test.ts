import assert from 'node:assert/strict'
import type { RebuildRequest } from '../../../lib/compute/actions/rebuild.js'
import {
  CertificateValidationFailed,
  ImageUnacceptable,
  InstanceNotRescuable,
  InvalidVolume,
  VolumeSmallerThanMinDisk,
} from '../../../lib/exception/index.js'
import {
  BlockDeviceMapping,
  BlockDeviceMappingList,
  ComputeNode,
  InstanceFault,
} from '../../../lib/objects/index.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

describe('a server whose root disk is a volume', () => {
  let cloud: WorkerCloud
  let uuid: string
  let called: string[]
  let whileReimaging: (volumeId: string) => void
  const failing = new Set<string>()

  beforeEach(async () => {
    failing.clear()
    called = []
    cloud = await WorkerCloud.start([
      {
        host: 'compute-1',
        options: { reimageTimeoutPerGb: 10 },
        hook: method => {
          called.push(method)
          if (failing.has(method)) throw new Error('the hypervisor is on strike')
        },
      },
    ])
    cloud.volumes.onReimaged = volumeId => whileReimaging(volumeId)
    whileReimaging = volumeId => void tell(volumeId, 'completed')
    const disk = (values: object) =>
      new BlockDeviceMapping(null, {
        destinationType: 'volume',
        deviceType: 'disk',
        deviceName: null,
        noDevice: false,
        volumeId: null,
        snapshotId: null,
        imageId: null,
        volumeSize: 1,
        volumeType: null,
        ...values,
      })
    ;[uuid = ''] = await cloud.boot(1, {
      imageRef: '',
      disks: [
        disk({ sourceType: 'image', imageId: 'image', bootIndex: 0 }),
        disk({ sourceType: 'blank', bootIndex: -1 }),
      ],
    })
    await cloud.settled(uuid, 'active')
    await cloud.hosts.get('compute-1')?.manager.idle()
    called.length = 0
  })
  afterEach(() => cloud.stop())

  const tell = (tag: string, status: 'completed' | 'failed') =>
    cloud.servers.externalEvents.send(cloud.context, [
      { serverUuid: uuid, name: 'volume-reimaged', status, tag },
    ])
  const otherImage = (values: Record<string, unknown> = {}) =>
    cloud.images.add({ name: 'other', size: 1024, disk_format: 'raw', ...values }).id
  const rebuild = async (request: Partial<RebuildRequest> = {}) =>
    cloud.servers.rebuild(cloud.context, await cloud.asked(uuid), {
      imageRef: 'image',
      adminPassword: 'secret',
      injectedFiles: [],
      preserveEphemeral: false,
      reimageBootVolume: true,
      autoDiskConfig: null,
      changes: {},
      ...request,
    })
  const disks = async () => {
    const { objects } = await BlockDeviceMappingList.getByInstanceUuid(cloud.context, uuid)
    return [...objects].sort((a, b) => (b.bootIndex ?? -1) - (a.bootIndex ?? -1))
  }
  const root = async () => {
    const [first] = await disks()
    assert.ok(first)
    return cloud.volumes.get(cloud.context, first.volumeId ?? '')
  }
  /** Every volume has one attachment, the one that its row names, and the guest has it. */
  const wellAttached = async () => {
    const plugged = cloud.hosts.get('compute-1')?.driver.volumesOf({ uuid }) ?? {}
    for (const { volumeId, attachmentId, deviceName } of await disks()) {
      const held = cloud.volumes.held(volumeId ?? '')
      assert.deepEqual(
        held.map(({ id, state }) => [id, state]),
        [[attachmentId, 'attached']],
      )
      assert.equal(plugged[deviceName ?? ''], volumeId)
    }
  }

  it('is rebuilt from another image, which the volume service writes over its root (2.93)', async () => {
    const imageRef = otherImage()
    const before = (await disks()).map(({ volumeId }) => volumeId)
    await rebuild({ imageRef })
    const after = await cloud.settled(uuid, 'active')
    assert.equal(after.imageRef, '')
    assert.equal(after.systemMetadata.image_base_image_ref, imageRef)
    assert.deepEqual((await root()).imageMetadata, { image_id: imageRef })
    assert.deepEqual(
      (await disks()).map(({ volumeId }) => volumeId),
      before,
    )
    await wellAttached()
    assert.deepEqual(called, ['power_off', 'detach_volume', 'detach_volume', 'destroy', 'spawn'])
  })

  it('is rebuilt from its own image before 2.93, its volume left as it is', async () => {
    let asked = false
    whileReimaging = () => {
      asked = true
    }
    await rebuild({ reimageBootVolume: false })
    await cloud.settled(uuid, 'active')
    assert.equal(asked, false)
    await wellAttached()
  })

  it('is not rebuilt from another image before 2.93', async () => {
    await assert.rejects(
      rebuild({ imageRef: otherImage(), reimageBootVolume: false }),
      ImageUnacceptable,
    )
    assert.equal((await cloud.asked(uuid)).taskState, null)
  })

  it('is not rebuilt with certificates, a greater image, or volumes that are not its own', async () => {
    await assert.rejects(rebuild({ trustedCerts: ['a'] }), CertificateValidationFailed)
    await assert.rejects(
      rebuild({ imageRef: otherImage({ min_disk: 2 }) }),
      VolumeSmallerThanMinDisk,
    )
    const data = (await disks())[1]?.volumeId ?? ''
    cloud.volumes.add({ ...(await cloud.volumes.get(cloud.context, data)), status: 'error' })
    await assert.rejects(rebuild(), InvalidVolume)
    assert.equal((await cloud.asked(uuid)).taskState, null)
  })

  it('is in error when the volume service fails, and can be rebuilt again', async () => {
    whileReimaging = volumeId => void tell(volumeId, 'failed')
    await rebuild({ imageRef: otherImage() })
    await cloud.settled(uuid, 'error')
    const fault = await InstanceFault.getLatestForInstance(cloud.context, uuid)
    assert.match(fault?.message ?? '', /aborted: Failed to rebuild volume backed instance/)
    assert.equal((await root()).status, 'reserved')
    // Nobody has them: an operator says that they are the server's all the same.
    for (const { volumeId } of await disks()) {
      const volume = await cloud.volumes.get(cloud.context, volumeId ?? '')
      cloud.volumes.add({ ...volume, status: 'in-use' })
    }
    whileReimaging = volumeId => void tell(volumeId, 'completed')
    // The fake forgets what it was told by hand as soon as something is attached or detached.
    await rebuild()
    await eventually(
      'an end',
      async () => (await cloud.asked(uuid)).taskState === null || undefined,
    )
    await cloud.settled(uuid, 'active')
    await wellAttached()
  })

  it('is rescued where image and hypervisor can (2.87)', async () => {
    const stable = otherImage({ properties: { hw_rescue_bus: 'usb', hw_rescue_device: 'disk' } })
    const rescue = async (imageRef: string | null, allowVolumeBacked: boolean) =>
      cloud.servers.rescue(await cloud.asked(uuid), {
        password: 'secret',
        imageRef,
        allowVolumeBacked,
      })
    const reason = (why: string) => (error: unknown) =>
      error instanceof InstanceNotRescuable && error.message.endsWith(why)
    await assert.rejects(rescue(stable, false), reason('Cannot rescue a volume-backed instance'))
    await assert.rejects(
      rescue(otherImage(), true),
      reason('Cannot rescue a volume-backed instance'),
    )

    const node = await ComputeNode.getByHostAndNodename(cloud.context, 'compute-1', 'compute-1')
    const { supports_bfv_rescue: can, ...stats } = node.stats ?? {}
    assert.equal(can, 'True')
    node.stats = stats
    await node.save()
    await assert.rejects(
      rescue(stable, true),
      reason('Host unable to rescue a volume-backed instance'),
    )
    node.stats = { ...stats, supports_bfv_rescue: 'True' }
    await node.save()

    await rescue(stable, true)
    await cloud.settled(uuid, 'rescued')
    await cloud.servers.unrescue(await cloud.asked(uuid))
    await cloud.settled(uuid, 'active')
    await wellAttached()
  })
})
