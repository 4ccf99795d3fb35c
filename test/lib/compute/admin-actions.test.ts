import assert from 'node:assert/strict'
import { InstanceInvalidState, InstancePasswordSetFailed } from '../../../lib/exception/index.js'
import { Instance } from '../../../lib/objects/index.js'
import { eachWithServer } from '../../support/action-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

describe('a password', () => {
  const at = eachWithServer()
  const change = async () => at.cloud.servers.changePassword(await at.asked(), 'new')

  it('is set in the running guest, while the caller waits', async () => {
    await change()
    assert.deepEqual(at.called, ['set_admin_password'])
    assert.equal((await at.asked()).taskState, null)
    assert.deepEqual(await at.lastAction(), [
      'changePassword',
      ['compute_set_admin_password', 'Success'],
    ])
  })

  it('that cannot be set is an error without a word of what it was', async () => {
    at.failing.add('set_admin_password')
    await assert.rejects(change(), {
      name: 'InstancePasswordSetFailed',
      message: `Failed to set admin password on ${at.uuid} because error setting admin password`,
    })
    const instance = await at.settled('active')
    assert.equal(instance.taskState, null)
    assert.equal((await at.lastAction())?.[1]?.[1], 'Error')
  })

  it('is refused by a guest that is not running', async () => {
    const instance = await at.asked()
    await at.cloud.hosts.get('compute-1')?.driver.powerOff(instance)
    await assert.rejects(change(), InstancePasswordSetFailed)
    await at.settled('active')
  })

  it('of a locked server is refused without saying that it is locked', async () => {
    const instance = await at.asked()
    instance.locked = true
    await instance.save()
    const asOwner = await at.cloud.servers.get(at.cloud.context.with({ isAdmin: false }), at.uuid)
    await assert.rejects(at.cloud.servers.changePassword(asOwner, 'new'), {
      message: `Instance ${at.uuid} is in an invalid state for 'changePassword'`,
      code: 409,
    })
  })
})

describe('a reset of the state', () => {
  const at = eachWithServer()

  it('forgets what was under way, and is an action without events', async () => {
    const stuck = await at.asked()
    stuck.taskState = 'pausing'
    await stuck.save()
    await at.cloud.servers.resetState(await at.asked(), 'error')
    const { vmState, taskState } = await Instance.getByUuid(at.cloud.context, at.uuid)
    assert.deepEqual([vmState, taskState], ['error', null])
    assert.deepEqual(await at.lastAction(0), ['resetState'])
    await at.cloud.servers.resetState(await at.asked(), 'active')
    await at.settled('active')
  })
})

describe('other actions of a host', () => {
  const at = eachWithServer({
    options: { instanceBuildTimeout: 60, rebootTimeout: 60 },
  })

  it('trigger_crash_dump reaches the guest, and changes no state', async () => {
    await at.cloud.servers.triggerCrashDump(await at.asked())
    assert.deepEqual(await at.lastAction(), [
      'trigger_crash_dump',
      ['compute_trigger_crash_dump', 'Success'],
    ])
    assert.deepEqual(at.called, ['trigger_crash_dump'])
    const instance = await at.asked()
    instance.vmState = 'stopped'
    await instance.save()
    await assert.rejects(at.cloud.servers.triggerCrashDump(await at.asked()), InstanceInvalidState)
  })

  it('injectNetworkInfo leaves a fault when it fails, and no action', async () => {
    at.failing.add('inject_network_info')
    await at.cloud.servers.injectNetworkInfo(await at.asked())
    const fault = await eventually('the fault', async () => (await at.fault()) ?? undefined)
    assert.equal(fault.code, 500)
    assert.equal((await at.lastAction())?.[0], 'create')
  })

  it('a build that takes too long is an error', async () => {
    const instance = await at.asked()
    instance.vmState = 'building'
    await instance.save()
    await at.periodic('_check_instance_build_time')
    assert.equal((await at.asked()).vmState, 'building')
    await at.cloud.cell1.kysely
      .updateTable('instances')
      .set({ created_at: new Date(Date.now() - 61_000) })
      .execute()
    await at.periodic('_check_instance_build_time')
    assert.equal((await at.asked()).vmState, 'error')
  })

  it('the guest of an instance that was deleted without its host is taken away', async () => {
    const instance = await at.asked()
    await instance.destroy()
    assert.deepEqual(await at.cloud.leftovers(at.uuid), [
      'allocation',
      'port',
      'guest on compute-1',
    ])
    await at.periodic('_cleanup_running_deleted_instances')
    assert.deepEqual(await at.cloud.leftovers(at.uuid), ['allocation'])
  })
})
