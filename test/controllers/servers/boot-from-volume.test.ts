import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { BuildRequest, RequestSpec } from '../../../lib/objects/index.js'
import { IMAGE_ID } from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'
import { addFlavor, bootOf } from '../../support/servers.js'

describe('POST /servers with volumes', () => {
  const as = eachWithApi()
  beforeEach(() => addFlavor(as.current()))

  const boot = (devices: readonly object[], more: object = {}, version = '2.104') =>
    bootOf(as.current())({ block_device_mapping_v2: devices, ...more }, 'member', version)
  const disk = (source: string, uuid: string, more: object = {}) => ({
    source_type: source,
    destination_type: 'volume',
    uuid,
    boot_index: -1,
    ...more,
  })
  const refused = async (text: string, ...given: Parameters<typeof boot>) => {
    const { body } = await boot(...given).expect(400)
    assert.equal(body.badRequest.message, text)
  }

  it('reserves those that are there, until the server is deleted', async () => {
    const { volumes } = as.current()
    const { id } = volumes.add({ size: 4 })
    const { body } = await boot([
      disk('image', IMAGE_ID, { destination_type: 'local', boot_index: 0 }),
      disk('volume', id),
    ]).expect(202)
    const [held] = volumes.held(id)
    assert.equal(held?.serverId, body.server.id)
    const request = await BuildRequest.getByInstanceUuid(as.current().context, body.server.id)
    const [bdm] = request.blockDeviceMappings.objects.filter(one => one.get('volumeId') === id)
    assert.equal(bdm?.attachmentId, held?.id)
    assert.equal(bdm?.volumeSize, 4)
    await as('member').delete(`/servers/${body.server.id}`).expect(204)
    assert.deepEqual(volumes.held(id), [])
  })

  it('boots without an image from a volume that can be booted', async () => {
    const { volumes } = as.current()
    const { id } = volumes.add({ bootable: true, imageMetadata: { min_ram: '64' } })
    const root = disk('volume', id, { boot_index: 0 })
    const { body } = await boot([root], { imageRef: '' }).expect(202)
    const shown = await as('member', '2.104').get(`/servers/${body.server.id}`)
    assert.equal(shown.body.server.image, '')
    const plain = volumes.add()
    await refused(
      `Block Device ${plain.id} is not bootable.`,
      [disk('volume', plain.id, { boot_index: 0 })],
      { imageRef: '' },
    )
    const hungry = volumes.add({ bootable: true, imageMetadata: { min_ram: '1024' } })
    await boot([disk('volume', hungry.id, { boot_index: 0 })], { imageRef: '' }).expect(400)
  })

  it('tells the scheduler, and the server itself, of the image on the volume', async () => {
    // Without one nova's scheduler failed: it looks into the properties of every request's image.
    const { volumes, context } = as.current()
    const specOf = async (imageMetadata: Readonly<Record<string, string>>) => {
      const { id } = volumes.add({ bootable: true, size: 3, imageMetadata })
      const { body } = await boot([disk('volume', id, { boot_index: 0 })], { imageRef: '' })
      const { instance } = await BuildRequest.getByInstanceUuid(context, body.server.id)
      const { image } = await RequestSpec.getByInstanceUuid(context, body.server.id)
      const properties = image?.properties
      return {
        size: image?.size,
        status: image?.status,
        hasId: image?.isSet('id'),
        minRam: image?.minRam,
        architecture: properties?.get('hwArchitecture'),
        model: properties?.get('hwVifModel'),
        traits: properties?.get('traitsRequired'),
        remembered: instance.systemMetadata.image_min_ram,
      }
    }
    const bare = { size: 3 * 1024 ** 3, status: 'active', hasId: false }
    const none = { architecture: undefined, model: undefined, traits: undefined }
    assert.deepEqual(await specOf({}), { ...bare, ...none, minRam: 0, remembered: '0' })
    const said = {
      min_ram: '64',
      image_id: IMAGE_ID,
      architecture: 'x86_64',
      hw_vif_model: 'virtio',
      'trait:HW_CPU_X86_AVX': 'required',
      unknown: 'x',
    }
    assert.deepEqual(await specOf(said), {
      ...bare,
      minRam: 64,
      // by the name that it had once
      architecture: 'x86_64',
      model: 'virtio',
      traits: ['HW_CPU_X86_AVX'],
      remembered: '64',
    })
  })

  it('takes the disks that an image tells of, but for those that the request names', async () => {
    const { volumes, images } = as.current()
    const { id: volumeId } = volumes.add({ bootable: true, size: 3 })
    const snapshot = volumes.addSnapshot({ volumeId, size: 3 })
    const entry = { source_type: 'snapshot', destination_type: 'volume', snapshot_id: snapshot.id }
    const { id } = images.add({
      size: 0,
      properties: {
        bdm_v2: 'True',
        block_device_mapping: [
          { ...entry, boot_index: 0, device_name: '/dev/vda', volume_size: 3 },
          { ...entry, boot_index: null, device_name: '/dev/vdb', volume_size: 3 },
        ],
      },
    })
    const disks = async (devices: readonly object[]) => {
      const { body } = await boot(devices, { imageRef: id }).expect(202)
      const { context } = as.current()
      const request = await BuildRequest.getByInstanceUuid(context, body.server.id)
      return request.blockDeviceMappings.objects.map(bdm => [
        bdm.sourceType,
        bdm.bootIndex,
        bdm.deviceName,
      ])
    }
    assert.deepEqual(await disks([]), [
      ['snapshot', 0, '/dev/vda'],
      ['snapshot', null, '/dev/vdb'],
    ])
    const other = volumes.add()
    assert.deepEqual(await disks([disk('volume', other.id, { device_name: '/dev/vdb' })]), [
      ['snapshot', 0, '/dev/vda'],
      ['volume', -1, '/dev/vdb'],
    ])
    const wrong = images.add({ properties: { block_device_mapping: [{ source_type: 'x' }] } })
    await boot([], { imageRef: wrong.id }).expect(400)
  })

  it('refuses what cannot be had, and reserves nothing then', async () => {
    const { volumes } = as.current()
    const stranger = randomUUID()
    const local = disk('image', IMAGE_ID, { destination_type: 'local', boot_index: 0 })
    await refused(`Block Device Mapping is Invalid: failed to get volume ${stranger}.`, [
      local,
      disk('volume', stranger),
    ])
    await refused(`Block Device Mapping is Invalid: failed to get snapshot ${stranger}.`, [
      local,
      disk('snapshot', stranger),
    ])
    await refused(`Block Device Mapping is Invalid: failed to get image ${stranger}.`, [
      local,
      disk('image', stranger, { volume_size: 1 }),
    ])
    const used = volumes.add({ status: 'in-use' })
    await refused(
      `Invalid volume: volume '${used.id}' status must be 'available'. Currently in 'in-use'`,
      [local, disk('volume', used.id)],
    )
    const { id } = volumes.add()
    await refused(
      'Cannot attach one or more volumes to multiple instances',
      [local, disk('volume', id)],
      { max_count: 2 },
    )
    await refused('Volume type gold could not be found.', [
      local,
      { source_type: 'blank', destination_type: 'volume', volume_size: 1, volume_type: 'gold' },
    ])
    const shared = volumes.add({ multiattach: true })
    await boot([local, disk('volume', shared.id)], {}, '2.59').expect(400)
    await boot([local, disk('volume', shared.id)], {}, '2.60').expect(202)
    assert.deepEqual(volumes.held(id), [])
  })
})
