import assert from 'node:assert/strict'
import { InstanceFault } from '../../../lib/objects/index.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

describe('a guest whose ports come up late', () => {
  let cloud: WorkerCloud
  const start = async (vifPlug: { timeout: number; isFatal: boolean } | null) => {
    cloud = await WorkerCloud.start([{ host: 'compute-1', vifPlug }])
    cloud.networks.isSlow = true
    const [uuid = ''] = await cloud.boot()
    return uuid
  }
  afterEach(() => cloud.stop())

  const spawned = (uuid: string) =>
    eventually('the guest is there', async () => {
      const uuids = await cloud.hosts.get('compute-1')?.driver.listInstanceUuids()
      return uuids?.includes(uuid) || undefined
    })
  const tell = async (serverUuid: string, status: 'completed' | 'failed') => {
    const [tag = ''] = [...cloud.networks.ports].find(([, owner]) => owner === serverUuid) ?? []
    const event = { serverUuid, name: 'network-vif-plugged' as const, status, tag }
    assert.deepEqual(await cloud.servers.externalEvents.send(cloud.context, [event]), [200])
  }

  it('is active when the network service has plugged them', async () => {
    const uuid = await start({ timeout: 60, isFatal: true })
    await spawned(uuid)
    assert.equal((await cloud.find(uuid))?.taskState, 'spawning')
    await tell(uuid, 'completed')
    await cloud.settled(uuid, 'active')

    await cloud.servers.reboot(await cloud.asked(uuid), 'HARD')
    // An event that nobody waits for yet is dropped: the network service says it for each plug.
    await eventually('it runs again', async () => {
      await tell(uuid, 'completed')
      return (await cloud.find(uuid))?.taskState === null || undefined
    })
    await cloud.settled(uuid, 'active')
  })

  it('is an error when they cannot be plugged, and that is fatal', async () => {
    const uuid = await start({ timeout: 60, isFatal: true })
    await spawned(uuid)
    await tell(uuid, 'failed')
    await cloud.settled(uuid, 'error')
    const fault = await InstanceFault.getLatestForInstance(cloud.context, uuid)
    assert.match(fault?.message ?? '', /aborted/)
    assert.deepEqual(await cloud.hosts.get('compute-1')?.driver.listInstanceUuids(), [])
  })

  it('is an error when they do not come up in time', async () => {
    const uuid = await start({ timeout: 0.01, isFatal: true })
    await cloud.settled(uuid, 'error')
  })

  it('is active without them when that is not fatal', async () => {
    const uuid = await start({ timeout: 0.01, isFatal: false })
    await cloud.settled(uuid, 'active')
  })

  it('is waited for by no hypervisor that is not asked to', async () => {
    const uuid = await start(null)
    await cloud.settled(uuid, 'active')
  })
})
