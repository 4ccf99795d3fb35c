import assert from 'node:assert/strict'
import { eachWithServer } from '../../support/action-cloud.js'
import { NotificationListener, type PayloadPrimitive } from '../../support/notifications.js'
import { eventually } from '../../support/worker-cloud.js'

const conf = {
  oslo_messaging_notifications: { driver: ['messagingv2'] },
  notifications: {
    notification_format: 'both',
    notify_on_state_change: 'vm_and_task_state',
  },
} as const

describe('notifications of what fails, and of states', () => {
  const at = eachWithServer({ conf })
  let listener: NotificationListener
  beforeEach(async () => {
    const topics = ['notifications', 'versioned_notifications']
    listener = await NotificationListener.start('fake://', topics, { broker: at.cloud.broker })
    // What was told of the boot has waited in the queues; it is of no interest here.
    await listener.first('compute.instance.create.end')
    listener.heard.length = 0
  })
  afterEach(() => listener.close())

  const dataOf = async (type: string) => {
    const { message } = await listener.first(type)
    return (message.payload as PayloadPrimitive)['nova_object.data']
  }

  it('tell, as errors, what a reboot failed of', async () => {
    at.failing.add('reboot')
    const driver = at.cloud.hosts.get('compute-1')?.driver
    await driver?.powerOff(await at.asked())
    await at.cloud.servers.reboot(await at.asked(), 'HARD')
    await listener.first('reboot_instance')
    const errors = listener.heard
      .filter(({ message }) => message.priority === 'ERROR')
      .map(({ queue, message }) => [queue, message.event_type])
    assert.deepEqual(errors, [
      ['versioned_notifications.error', 'instance.reboot.error'],
      ['notifications.error', 'compute.instance.reboot.error'],
      ['versioned_notifications.error', 'compute.exception'],
      ['notifications.error', 'reboot_instance'],
    ])
    const { fault, state } = await dataOf('instance.reboot.error')
    const { exception, exception_message } = (fault as PayloadPrimitive)['nova_object.data']
    assert.deepEqual(
      { exception, exception_message, state },
      { exception: 'Error', exception_message: 'the hypervisor is on strike', state: 'error' },
    )
    const { message } = await listener.first('compute.instance.reboot.error')
    const { exception: text, message: told, code } = message.payload as Record<string, unknown>
    assert.deepEqual(
      { text, told, code },
      { text: "Error('the hypervisor is on strike')", told: 'Error', code: 500 },
    )
  })

  it('tell of each state that a server goes through, and of its new name', async () => {
    await at.cloud.servers.pause(await at.asked())
    await at.settled('paused')
    await listener.first('instance.pause.end')
    const instance = await at.asked()
    instance.displayName = 'another'
    await instance.save()
    const updates = () =>
      listener.heard
        .filter(({ message }) => message.event_type === 'instance.update')
        .map(({ message }) => (message.payload as PayloadPrimitive)['nova_object.data'])
    await eventually('the new name', async () =>
      updates().find(({ old_display_name: name }) => name === 'server-1'),
    )
    const states = updates().map(({ state_update: update, old_display_name: name }) => {
      const data = (update as PayloadPrimitive)['nova_object.data']
      return [data.old_state, data.state, data.old_task_state, data.new_task_state, name]
    })
    // As in nova: a task that comes from none is told as if it had been there before.
    assert.deepEqual(states[0], ['active', 'active', 'pausing', 'pausing', null])
    // A save that changes no state is told of as well, by the state that it leaves.
    const changes = states.filter(
      ([before, after, oldTask, task, name]) => before !== after || oldTask !== task || name,
    )
    assert.deepEqual(changes, [
      ['active', 'paused', 'pausing', null, null],
      ['paused', 'paused', null, null, 'server-1'],
    ])
  })
})
