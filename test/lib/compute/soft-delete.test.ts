import assert from 'node:assert/strict'
import { TooManyInstances } from '../../../lib/exception/index.js'
import { InstanceMapping, Quotas } from '../../../lib/objects/index.js'
import { eachWithServer } from '../../support/action-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

describe('a deletion that is deferred', () => {
  const at = eachWithServer({
    options: { reclaimInstanceInterval: 60 },
    conf: { DEFAULT: { reclaim_instance_interval: 60 } },
  })
  const remove = async () => at.cloud.servers.delete(at.cloud.context, await at.asked())
  const isQueued = async () =>
    (await InstanceMapping.getByInstanceUuid(at.cloud.context, at.uuid)).queuedForDelete
  const gone = () =>
    eventually('nothing is left', async () =>
      (await at.cloud.leftovers(at.uuid)).length === 0 ? true : undefined,
    )

  it('keeps the server switched off, and restores it', async () => {
    await remove()
    const kept = await at.settled('soft-delete')
    assert.equal(kept.powerState, 4)
    assert.ok(kept.get('deletedAt'))
    assert.equal(await isQueued(), true)
    assert.deepEqual(await at.lastAction(), ['delete', ['compute_soft_delete_instance', 'Success']])

    await at.cloud.servers.restore(await at.asked())
    const restored = await at.settled('active')
    assert.deepEqual([restored.powerState, restored.get('deletedAt')], [1, null])
    assert.equal(await isQueued(), false)
    assert.deepEqual(await at.lastAction(), ['restore', ['compute_restore_instance', 'Success']])
  })

  it('ends after reclaim_instance_interval', async () => {
    await remove()
    const kept = await at.settled('soft-delete')
    await at.periodic('_reclaim_queued_deletes')
    assert.equal((await at.asked()).vmState, 'soft-delete')
    kept.deletedAt = new Date(Date.now() - 61_000)
    await kept.save()
    await at.periodic('_reclaim_queued_deletes')
    await gone()
  })

  it('gives way to a deletion by force', async () => {
    await remove()
    await at.settled('soft-delete')
    await at.cloud.servers.forceDelete(at.cloud.context, await at.asked())
    await gone()
  })

  it('does not count against the quota, and so the restore asks for room', async () => {
    await remove()
    await at.settled('soft-delete')
    await Quotas.createLimit(at.cloud.context, 'project', 'instances', 0)
    const instance = await at.asked()
    await assert.rejects(at.cloud.servers.restore(instance), TooManyInstances)
    assert.equal((await at.asked()).vmState, 'soft-delete')
  })

  it('that fails leaves the server as it was', async () => {
    at.failing.add('soft_delete')
    await remove()
    await at.settled('active')
    assert.deepEqual(await at.lastAction(), ['delete', ['compute_soft_delete_instance', 'Error']])
  })

  it('that a crash interrupts is finished after the start', async () => {
    await at.cloud.stopHost('compute-1')
    await remove()
    await at.cloud.addHost(at.hostOptions())
    await at.settled('soft-delete')
    await at.cloud.stopHost('compute-1')
    await at.cloud.servers.restore(await at.asked())
    await at.cloud.addHost(at.hostOptions())
    await at.settled('active')
  })

  it('is none for a server that never ran', async () => {
    const instance = await at.asked()
    instance.launchedAt = null
    await instance.save()
    await remove()
    await gone()
  })
})
