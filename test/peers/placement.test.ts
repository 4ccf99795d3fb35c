import assert from 'node:assert/strict'
import { PlacementPeer } from '../support/placement-peer.js'
import { eventually, WorkerCloud } from '../support/worker-cloud.js'

const unlimited = { quota: { instances: -1, cores: -1, ram: -1 } }
const tiny = { DISK_GB: 1, MEMORY_MB: 512, VCPU: 1 }

describe('a cloud with OpenStack’s Placement', function () {
  this.timeout(60_000)
  let placement: PlacementPeer
  let cloud: WorkerCloud

  before(async function () {
    placement = await PlacementPeer.start(this)
  })
  after(() => placement?.stop())
  beforeEach(async () => {
    cloud = await WorkerCloud.start([{ host: 'compute-1' }, { host: 'compute-2' }], unlimited, {
      placement: placement.service(),
    })
  })
  afterEach(async () => {
    await cloud.stop()
    await placement.forget()
  })

  it('claims what a server takes, and gives it back when the server is deleted', async () => {
    const [uuid = ''] = await cloud.boot()
    const { host } = await cloud.settled(uuid, 'active')
    assert.deepEqual((await placement.allocations())[host ?? ''], { [uuid]: tiny })
    await cloud.delete(uuid)
    await eventually(
      'it to be gone',
      async () => (await cloud.find(uuid)) === undefined || undefined,
    )
    assert.deepEqual(await placement.allocations(), { 'compute-1': {}, 'compute-2': {} })
  })
})
