import assert from 'node:assert/strict'
import { BuildRequest } from '../../../lib/objects/index.js'
import { policyDefaults } from '../../../lib/policy/index.js'
import { IMAGE_ID } from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'
import { addFlavor, bootOf, stranger } from '../../support/servers.js'

describe('block devices of POST /servers', () => {
  const as = eachWithApi()

  beforeEach(() => addFlavor(as.current(), { flavorid: '1', ephemeralGb: 2, swap: 64 }))

  /** source, destination, boot index and size of each, in order. */
  const devices = async (server: object, version?: string) => {
    const { body } = await bootOf(as.current())(server, 'member', version).expect(202)
    const { blockDeviceMappings } = await BuildRequest.getByInstanceUuid(
      as.current().context,
      body.server.id,
    )
    return blockDeviceMappings.objects.map(disk => [
      disk.sourceType,
      disk.destinationType,
      disk.bootIndex,
      disk.volumeSize,
    ])
  }

  const ofFlavor = [
    ['blank', 'local', -1, 2],
    ['blank', 'local', -1, 64],
  ]
  const root = ['image', 'local', 0, null]

  it('are the image and what the flavor brings', async () => {
    assert.deepEqual(await devices({}), [root, ...ofFlavor])
  })

  it('take what the request says in place of what the flavor brings', async () => {
    const image = { source_type: 'image', destination_type: 'local', uuid: IMAGE_ID, boot_index: 0 }
    const half = { source_type: 'blank', destination_type: 'local', volume_size: '1' }
    assert.deepEqual(await devices({ block_device_mapping_v2: [image, half] }), [
      root,
      ['blank', 'local', null, 1],
      ofFlavor[1],
    ])
    // What takes a device away that the image would bring leaves nothing.
    assert.deepEqual(
      await devices({ block_device_mapping_v2: [{ device_name: 'vdb', no_device: true }] }),
      [root, ...ofFlavor],
    )
  })

  it('boot from a volume, in the form of today and of old', async () => {
    const bootable = () => as.current().volumes.add({ bootable: true, size: 3 }).id
    const volume = {
      source_type: 'volume',
      destination_type: 'volume',
      uuid: bootable(),
      boot_index: '0',
    }
    const booted = ['volume', 'volume', 0, 3]
    assert.deepEqual(await devices({ imageRef: '', block_device_mapping_v2: [volume] }), [
      booted,
      ...ofFlavor,
    ])
    const legacy = () => [{ device_name: 'vda', volume_id: bootable() }]
    assert.deepEqual(await devices({ imageRef: '', block_device_mapping: legacy() }), [
      booted,
      ...ofFlavor,
    ])
    // With an image it is the image that boots, whatever the device is called.
    assert.deepEqual(await devices({ block_device_mapping: legacy() }), [
      root,
      ['volume', 'volume', -1, 3],
      ...ofFlavor,
    ])
  })
})

describe('POST /servers where volumes and networks are kept for administrators', () => {
  const rule = 'os_compute_api:servers:create'
  const kept = [`${rule}:attach_volume`, `${rule}:attach_network`]
  const as = eachWithApi({
    policy: {
      defaults: policyDefaults.map(one => (kept.includes(one.name) ? { ...one, check: '!' } : one)),
    },
  })
  beforeEach(() => addFlavor(as.current()))

  it('answers 403 when it would attach one', async () => {
    const boot = bootOf(as.current())
    const uuid = stranger()
    const denied = (what: string) => ({
      forbidden: { code: 403, message: `Policy doesn't allow ${rule}:${what} to be performed.` },
    })
    const volume = { source_type: 'volume', destination_type: 'volume', uuid, boot_index: 0 }
    await boot({ imageRef: '', block_device_mapping_v2: [volume] }).expect(
      403,
      denied('attach_volume'),
    )
    await boot({ networks: [{ uuid }] }).expect(403, denied('attach_network'))
    await boot({ networks: 'auto' }).expect(403, denied('attach_network'))
    await boot({ networks: [] }).expect(202)
    await boot({ networks: 'none' }).expect(202)
  })
})
