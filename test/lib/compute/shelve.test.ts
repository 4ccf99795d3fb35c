import assert from 'node:assert/strict'
import {
  ComputeHostNotFound,
  InvalidRequest,
  UnshelveHostNotInAZ,
  UnshelveInstanceInvalidState,
} from '../../../lib/exception/index.js'
import { Aggregate, ComputeNode, RequestSpec } from '../../../lib/objects/index.js'
import { eachWithServer } from '../../support/action-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

const shelvedAway = (offloadTime: number) => {
  const tasks: (string | null)[] = []
  const at = eachWithServer({
    options: { shelvedOffloadTime: offloadTime },
    before: {
      snapshot: async () => {
        tasks.push((await at.asked()).taskState)
      },
    },
  })
  beforeEach(() => {
    tasks.length = 0
  })
  return Object.assign(at, {
    tasks,
    shelve: async () => at.cloud.servers.shelve(await at.asked()),
    unshelve: async (request: { zone?: string | null; host?: string } = {}) =>
      at.cloud.servers.unshelve(await at.asked(), { host: null, ...request }),
    snapshots: async () =>
      (await at.cloud.images.list(at.cloud.context, { filters: { image_type: 'snapshot' } })).map(
        ({ name, status }) => [name, status],
      ),
    leftovers: () => at.cloud.leftovers(at.uuid),
  })
}

describe('a shelved server that stays on its host', () => {
  const at = shelvedAway(60)

  it('is off, and an image; it starts again without a scheduler', async () => {
    await at.shelve()
    const shelved = await at.settled('shelved')
    assert.deepEqual([shelved.powerState, shelved.host], [4, 'compute-1'])
    assert.deepEqual(at.tasks, ['shelving_image_pending_upload'])
    const { shelved_host: host, shelved_at: since } = shelved.systemMetadata
    assert.equal(host, 'compute-1')
    assert.match(since ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+$/)
    assert.deepEqual(await at.snapshots(), [['server-1-shelved', 'active']])
    assert.deepEqual(await at.lastAction(), ['shelve', ['compute_shelve_instance', 'Success']])

    await at.unshelve()
    const active = await at.settled('active')
    assert.deepEqual([active.powerState, active.systemMetadata], [1, {}])
    assert.deepEqual(await at.lastAction(), ['unshelve', ['compute_start_instance', 'Success']])
    assert.deepEqual(await at.snapshots(), [])
  })

  it('leaves it when it is told to', async () => {
    await at.shelve()
    await at.settled('shelved')
    await at.cloud.servers.shelveOffload(await at.asked())
    const offloaded = await at.settled('shelved_offloaded')
    assert.equal(offloaded.host, null)
    assert.deepEqual(await at.leftovers(), ['port', 'row in cell1'])
    assert.deepEqual(await at.lastAction(), [
      'shelveOffload',
      ['compute_shelve_offload_instance', 'Success'],
    ])
  })

  it('leaves it after shelved_offload_time', async () => {
    await at.shelve()
    const shelved = await at.settled('shelved')
    await at.periodic('_poll_shelved_instances')
    assert.equal((await at.asked()).vmState, 'shelved')
    shelved.systemMetadata = {
      ...shelved.systemMetadata,
      shelved_at: new Date(Date.now() - 61_000).toISOString().replace('Z', '000'),
    }
    await shelved.save()
    await at.periodic('_poll_shelved_instances')
    await at.settled('shelved_offloaded')
  })

  it('cannot be told where to go', async () => {
    await at.shelve()
    await at.settled('shelved')
    await assert.rejects(at.unshelve({ zone: 'nova' }), UnshelveInstanceInvalidState)
    await assert.rejects(at.unshelve({ host: 'compute-1' }), UnshelveInstanceInvalidState)
  })

  it('is none when its guest cannot be switched off, and leaves no image', async () => {
    at.failing.add('power_off')
    await at.shelve()
    await at.settled('active')
    await at.lastAction()
    assert.deepEqual(await at.snapshots(), [])
  })

  it('is none when the snapshot fails: no image, and a server that is off', async () => {
    at.failing.add('snapshot')
    await at.shelve()
    await at.settled('active')
    assert.deepEqual(await at.snapshots(), [])
    assert.deepEqual(await at.lastAction(), ['shelve', ['compute_shelve_instance', 'Error']])
    await at.periodic('_sync_power_states')
    await at.settled('stopped')
  })

  it('takes its image along when it is deleted', async () => {
    await at.shelve()
    await at.settled('shelved')
    await at.cloud.servers.delete(at.cloud.context, await at.asked())
    await eventually('nothing is left', async () =>
      (await at.leftovers()).length === 0 ? true : undefined,
    )
    assert.deepEqual(await at.snapshots(), [])
  })
})

describe('a shelved server that leaves its host', () => {
  const at = shelvedAway(0)
  const shelved = async () => {
    await at.shelve()
    return at.settled('shelved_offloaded')
  }

  it('gives the room back, and comes back from its snapshot', async () => {
    const offloaded = await shelved()
    assert.deepEqual([offloaded.host, offloaded.node, offloaded.powerState], [null, null, 4])
    assert.deepEqual(await at.leftovers(), ['port', 'row in cell1'])
    assert.equal(at.cloud.networks.hosts.get(at.uuid), undefined)
    assert.deepEqual(await at.lastAction(), ['shelve', ['compute_shelve_instance', 'Success']])
    const used = async () =>
      (await ComputeNode.getByNodename(at.cloud.context, 'compute-1')).vcpusUsed
    await eventually('no room is used', async () => ((await used()) === 0 ? true : undefined))

    await at.unshelve()
    const active = await at.settled('active')
    assert.deepEqual([active.host, active.powerState, active.systemMetadata], ['compute-1', 1, {}])
    assert.equal(active.imageRef, 'image')
    assert.deepEqual(await at.lastAction(3), [
      'unshelve',
      ['get_image_info', 'Success'],
      ['schedule_instances', 'Success'],
      ['compute_unshelve_instance', 'Success'],
    ])
    assert.deepEqual(await at.leftovers(), [
      'allocation',
      'port',
      'guest on compute-1',
      'row in cell1',
    ])
    assert.equal(at.cloud.networks.hosts.get(at.uuid), 'compute-1')
    assert.deepEqual(await at.snapshots(), [])
    assert.equal(await used(), 1)
  })

  it('goes to the host and zone that are asked for', async () => {
    await at.cloud.addHost({ host: 'compute-2' })
    const aggregate = new Aggregate(at.cloud.context, {
      name: 'a',
      metadata: { availability_zone: 'zone-2' },
    })
    await aggregate.create()
    await aggregate.addHost('compute-2')
    await shelved()
    await assert.rejects(at.unshelve({ zone: 'zone-3' }), InvalidRequest)
    await assert.rejects(at.unshelve({ host: 'compute-3' }), ComputeHostNotFound)
    await assert.rejects(at.unshelve({ zone: 'zone-2', host: 'compute-1' }), UnshelveHostNotInAZ)
    await at.unshelve({ zone: 'zone-2', host: 'compute-2' })
    const there = await at.settled('active')
    assert.deepEqual([there.host, there.availabilityZone], ['compute-2', 'zone-2'])
    const pinned = async () =>
      (await RequestSpec.getByInstanceUuid(at.cloud.context, at.uuid)).availabilityZone
    assert.equal(await pinned(), 'zone-2')
  })

  it('stays shelved when no host has room', async () => {
    await shelved()
    await at.cloud.boot(1, { vcpus: 1000 })
    await eventually('the host is full', async () =>
      (await ComputeNode.getByNodename(at.cloud.context, 'compute-1')).vcpusUsed >= 1000
        ? true
        : undefined,
    )
    await at.unshelve()
    const still = await at.settled('shelved_offloaded')
    assert.equal(still.host, null)
    assert.deepEqual(await at.lastAction(2), [
      'unshelve',
      ['get_image_info', 'Success'],
      ['schedule_instances', 'Error'],
    ])
    assert.match((await at.fault())?.message ?? '', /^No valid host was found/)
  })

  it('is in error when its image is gone', async () => {
    const { systemMetadata } = await shelved()
    await at.cloud.images.delete(at.cloud.context, systemMetadata.shelved_image_id ?? '')
    await at.unshelve()
    await at.settled('error')
    assert.deepEqual(await at.lastAction(), ['unshelve', ['get_image_info', 'Error']])
    assert.match((await at.fault())?.message ?? '', /cannot be found/)
  })

  it('stays shelved when the hypervisor fails, with nothing left on the host', async () => {
    await shelved()
    at.failing.add('spawn')
    await at.unshelve()
    await at.lastAction(3)
    const still = await at.settled('shelved_offloaded')
    assert.deepEqual([still.host, still.taskState], [null, null])
    assert.deepEqual(await at.leftovers(), ['port', 'row in cell1'])
    assert.deepEqual((await at.snapshots()).length, 1)
    at.failing.clear()
    await at.unshelve()
    await at.settled('active')
  })

  it('leaves it after a crash in between', async () => {
    at.failing.add('destroy')
    await at.shelve()
    await at.lastAction()
    await at.cloud.stopHost('compute-1')
    const stuck = await at.asked()
    stuck.taskState = 'shelving_offloading'
    await stuck.save()
    at.failing.clear()
    await at.cloud.addHost(at.hostOptions())
    await at.settled('shelved_offloaded')
    assert.deepEqual(await at.leftovers(), ['port', 'row in cell1'])
  })
})
