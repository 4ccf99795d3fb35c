import assert from 'node:assert/strict'
import { InstanceNotRescuable, UnsupportedRescueImage } from '../../../lib/exception/index.js'
import { BlockDeviceMappingList } from '../../../lib/objects/index.js'
import { eachWithServer } from '../../support/action-cloud.js'

const request = { password: 'secret', imageRef: null, allowVolumeBacked: false }

describe('a rescue', () => {
  const at = eachWithServer({ options: { rescueTimeout: 60 } })
  const rescue = async (imageRef: string | null = null, allowVolumeBacked = false) =>
    at.cloud.servers.rescue(await at.asked(), { ...request, imageRef, allowVolumeBacked })
  const console = async () => at.cloud.servers.getConsoleOutput(await at.asked(), null)

  it('boots the server from its own image, and back', async () => {
    await rescue()
    const rescued = await at.settled('rescued')
    assert.equal(rescued.powerState, 1)
    assert.deepEqual(await at.lastAction(), ['rescue', ['compute_rescue_instance', 'Success']])
    assert.deepEqual(at.called, ['power_off', 'rescue'])
    assert.match(await console(), /^Rescue image image$/m)

    await at.cloud.servers.unrescue(await at.asked())
    await at.settled('active')
    assert.deepEqual(await at.lastAction(), ['unrescue', ['compute_unrescue_instance', 'Success']])
    assert.doesNotMatch(await console(), /Rescue image/)
  })

  it('boots it from the image that is asked for', async () => {
    const { id } = at.cloud.images.add({ name: 'rescue-disk' })
    await rescue(id)
    await at.settled('rescued')
    assert.match(await console(), new RegExp(`^Rescue image ${id}$`, 'm'))
  })

  it('refuses an image that is not there, or is but a list of volumes', async () => {
    const { id } = at.cloud.images.add({ properties: { block_device_mapping: [{}] } })
    for (const ref of [id, '8e4a07f8-0000-4000-8000-000000000000']) {
      await assert.rejects(rescue(ref), UnsupportedRescueImage)
    }
    assert.equal((await at.asked()).taskState, null)
  })

  it('refuses a server that boots from a volume', async () => {
    const [root] = await BlockDeviceMappingList.getByInstanceUuid(at.cloud.context, at.uuid)
    assert.ok(root)
    root.destinationType = 'volume'
    await root.save()
    for (const allowed of [false, true]) {
      // The image says nothing of hw_rescue_bus and hw_rescue_device.
      await assert.rejects(rescue(null, allowed), InstanceNotRescuable)
    }
  })

  it('that fails leaves the server in error, and says why', async () => {
    at.failing.add('rescue')
    await rescue()
    await at.settled('error')
    assert.deepEqual(await at.lastAction(), ['rescue', ['compute_rescue_instance', 'Error']])
    const fault = await at.fault()
    assert.equal(fault?.message, `Instance ${at.uuid} cannot be rescued: Driver Error: Error`)
  })

  it('whose end fails leaves the server in error', async () => {
    await rescue()
    await at.settled('rescued')
    at.failing.add('unrescue')
    await at.cloud.servers.unrescue(await at.asked())
    await at.settled('error')
    assert.deepEqual(await at.lastAction(), ['unrescue', ['compute_unrescue_instance', 'Error']])
  })

  it('ends by itself when rescue_timeout is over', async () => {
    await rescue()
    const rescued = await at.settled('rescued')
    await at.periodic('_poll_rescued_instances')
    assert.equal((await at.asked()).vmState, 'rescued')
    rescued.launchedAt = new Date(Date.now() - 61_000)
    await rescued.save()
    await at.periodic('_poll_rescued_instances')
    await at.settled('active')
    assert.deepEqual(await at.lastAction(), ['unrescue', ['compute_unrescue_instance', 'Success']])
  })

  it('that a crash interrupts is an error after the start', async () => {
    await at.cloud.stopHost('compute-1')
    await rescue()
    await at.cloud.addHost(at.hostOptions())
    await at.settled('error')
  })
})
