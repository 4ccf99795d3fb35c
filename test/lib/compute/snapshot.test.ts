import assert from 'node:assert/strict'
import { InstanceInvalidState, InvalidRequest } from '../../../lib/exception/index.js'
import { BlockDeviceMappingList } from '../../../lib/objects/index.js'
import { eachWithServer } from '../../support/action-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

describe('a snapshot', () => {
  let whileItReads = async () => {}
  const at = eachWithServer({ before: { snapshot: () => whileItReads() } })
  beforeEach(() => {
    whileItReads = async () => {}
  })
  const take = async (metadata: Record<string, string> = {}) =>
    at.cloud.servers.snapshot(await at.asked(), { name: 'shot', metadata })
  const backup = async (rotation: number, backupType = 'daily') =>
    at.cloud.servers.backup(await at.asked(), { name: 'copy', metadata: {}, backupType, rotation })
  const image = (id: string) => at.cloud.images.get(at.cloud.context, id)
  const noImage = (id: string) =>
    eventually('the image is gone', () =>
      image(id).then(
        () => undefined,
        () => true,
      ),
    )
  const settled = () =>
    eventually('no task', async () => ((await at.asked()).taskState === null ? true : undefined))

  it('is an image that inherits, and holds what the disk held', async () => {
    const instance = await at.asked()
    instance.systemMetadata = {
      image_min_ram: '64',
      image_min_disk: '1',
      image_disk_format: 'qcow2',
      image_container_format: 'bare',
      image_hw_disk_bus: 'scsi',
      image_base_image_ref: 'image',
      image_cache_in_nova: 'true',
      image_mappings: '[]',
      boot_roles: 'member',
    }
    await instance.save()
    const tasks: (string | null)[] = []
    whileItReads = async () => {
      tasks.push((await at.asked()).taskState)
    }
    const { id, status } = await take({ k: 'v', hw_disk_bus: 'virtio' })
    assert.equal(status, 'queued')
    await settled()
    const { properties, ...made } = await image(id)
    assert.deepEqual(
      [made.name, made.status, made.size, made.min_ram, made.min_disk, made.disk_format],
      ['shot', 'active', 512, 64, 1, 'raw'],
    )
    assert.deepEqual(properties, {
      base_image_ref: 'image',
      boot_roles: 'member',
      hw_disk_bus: 'virtio',
      image_type: 'snapshot',
      instance_uuid: at.uuid,
      k: 'v',
      user_id: 'user',
    })
    assert.deepEqual(tasks, ['image_pending_upload'])
    assert.equal((await at.asked()).vmState, 'active')
    assert.deepEqual(await at.lastAction(), [
      'createImage',
      ['compute_snapshot_instance', 'Success'],
    ])
  })

  it('that fails leaves no image, and the server as it was', async () => {
    at.failing.add('snapshot')
    const { id } = await take()
    await noImage(id)
    await at.settled('active')
    assert.deepEqual(await at.lastAction(), ['createImage', ['compute_snapshot_instance', 'Error']])
    assert.equal((await at.fault())?.message, 'Error')
  })

  it('gives way to a deletion, and leaves no image', async () => {
    whileItReads = async () => {
      await at.cloud.servers.delete(at.cloud.context, await at.asked())
      await eventually('nothing is left', async () =>
        (await at.cloud.leftovers(at.uuid)).length === 0 ? true : undefined,
      )
    }
    const { id } = await take()
    await noImage(id)
  })

  it('is refused beside another task, and then leaves no image', async () => {
    const first = await at.asked()
    const second = await at.asked()
    const { id } = await at.cloud.servers.snapshot(first, { name: 'first', metadata: {} })
    await assert.rejects(
      at.cloud.servers.snapshot(second, { name: 'second', metadata: {} }),
      InstanceInvalidState,
    )
    await settled()
    const names = (await at.cloud.images.list(at.cloud.context)).map(({ name }) => name)
    assert.deepEqual(names, ['cirros', 'cirros', 'first'])
    assert.equal((await image(id)).status, 'active')
  })

  it('by an administrator of somebody else’s server is shared with its owner', async () => {
    const context = at.cloud.context.with({ projectId: 'operators' })
    const instance = await at.cloud.servers.get(context, at.uuid)
    const shared: unknown[] = []
    const { images } = at.cloud
    const create = images.create.bind(images)
    images.create = (by, wanted, data) => {
      shared.push([wanted.visibility, wanted.sharedWith])
      return create(by, wanted, data)
    }
    await at.cloud.servers.snapshot(instance, { name: 'shot', metadata: {} })
    await settled()
    assert.deepEqual(shared, [['shared', 'project']])
  })

  it('that a crash interrupts is over after the start', async () => {
    await at.cloud.stopHost('compute-1')
    await take()
    await at.cloud.addHost(at.hostOptions())
    await at.settled('active')
  })

  it('as a backup takes turns with those of its type', async () => {
    const made: string[] = []
    for (const type of ['weekly', 'daily', 'daily', 'daily']) {
      made.push((await backup(2, type)).id)
      await settled()
      assert.deepEqual(await at.lastAction(), [
        'createBackup',
        ['compute_backup_instance', 'Success'],
      ])
    }
    const list = await at.cloud.images.list(at.cloud.context, { filters: { image_type: 'backup' } })
    assert.deepEqual(
      list.map(({ id }) => id),
      [made[0], made[2], made[3]],
    )
    const { id } = await backup(0)
    await noImage(id)
  })

  it('as a backup that fails leaves the older ones', async () => {
    const { id } = await backup(1)
    await settled()
    // The older ones go after the task has ended.
    await at.lastAction()
    at.failing.add('snapshot')
    await noImage((await backup(1)).id)
    await settled()
    assert.equal((await image(id)).status, 'active')
  })

  it('as a backup is refused of a server that boots from a volume', async () => {
    const [root] = await BlockDeviceMappingList.getByInstanceUuid(at.cloud.context, at.uuid)
    assert.ok(root)
    root.destinationType = 'volume'
    await root.save()
    await assert.rejects(backup(1), InvalidRequest)
  })
})
