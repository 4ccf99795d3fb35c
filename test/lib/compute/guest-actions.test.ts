import assert from 'node:assert/strict'
import {
  InstanceActionEventList,
  InstanceActionList,
  InstanceFault,
} from '../../../lib/objects/index.js'
import { FakeDriver } from '../../../lib/virt/fake/index.js'
import { PowerState } from '../../../lib/virt/index.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

describe('actions on a guest', () => {
  let cloud: WorkerCloud
  let uuid = ''
  let failing: string | null = null
  beforeEach(async () => {
    failing = null
    cloud = await WorkerCloud.start([
      {
        host: 'compute-1',
        hook: method => {
          if (method === failing) throw new Error('the hypervisor is on strike')
        },
      },
    ])
    const [booted = ''] = await cloud.boot()
    uuid = booted
    await cloud.settled(uuid, 'active')
  })
  afterEach(() => cloud.stop())

  /** One action as the API sends it; the instance once no task is under way. */
  const act = async (
    action: 'stop' | 'start' | 'pause' | 'unpause' | 'suspend' | 'resume' | 'reboot',
    taskState: string,
    vmState: string,
  ) => {
    const instance = await cloud.find(uuid)
    assert.ok(instance)
    instance.taskState = taskState
    await instance.save({ expectedTaskState: [null] })
    const { compute } = cloud
    await cloud.act(instance, action, context => {
      switch (action) {
        case 'stop':
          return compute.stopInstance(context, instance)
        case 'start':
          return compute.startInstance(context, instance)
        case 'pause':
          return compute.pauseInstance(context, instance)
        case 'unpause':
          return compute.unpauseInstance(context, instance)
        case 'suspend':
          return compute.suspendInstance(context, instance)
        case 'resume':
          return compute.resumeInstance(context, instance)
        default:
          return compute.rebootInstance(
            context,
            instance,
            taskState === 'rebooting' ? 'SOFT' : 'HARD',
          )
      }
    })
    return cloud.settled(uuid, vmState)
  }

  const lastEvent = () =>
    eventually('the event ended', async () => {
      const [action] = await InstanceActionList.getByInstanceUuid(cloud.context, uuid)
      const [event] = await InstanceActionEventList.getByAction(cloud.context, action?.id ?? 0)
      return event?.result ? event : undefined
    })

  const table = [
    [
      ['stop', 'powering-off', 'stopped', 4],
      ['start', 'powering-on', 'active', 1],
    ],
    [
      ['pause', 'pausing', 'paused', 3],
      ['unpause', 'unpausing', 'active', 1],
    ],
    [
      ['suspend', 'suspending', 'suspended', 7],
      ['resume', 'resuming', 'active', 1],
    ],
    [
      ['reboot', 'rebooting', 'active', 1],
      ['reboot', 'rebooting_hard', 'active', 1],
    ],
  ] as const
  for (const steps of table) {
    it(`${steps.map(([name, task]) => `${name} (${task})`).join(' and ')} end in the states of nova`, async () => {
      for (const [action, task, vmState, power] of steps) {
        const instance = await act(action, task, vmState)
        assert.equal(instance.powerState, power)
        const event = await lastEvent()
        assert.deepEqual([event.event, event.result], [`compute_${action}_instance`, 'Success'])
      }
    })
  }

  it('that fail leave the state, a fault and an event in error, and no task', async () => {
    failing = 'pause'
    const instance = await act('pause', 'pausing', 'active')
    assert.equal(instance.powerState, 1)
    const event = await lastEvent()
    assert.deepEqual([event.event, event.result], ['compute_pause_instance', 'Error'])
    const fault = await InstanceFault.getLatestForInstance(cloud.context, uuid)
    // Not the hypervisor's own words: they are for the log.
    assert.deepEqual([fault?.code, fault?.message, fault?.host], [500, 'Error', 'compute-1'])
  })

  it('console output is answered, whole or the last lines', async () => {
    const instance = await cloud.find(uuid)
    assert.ok(instance)
    const whole = await cloud.compute.getConsoleOutput(cloud.context, instance, null)
    assert.match(whole, /^SeaBIOS/)
    const tail = await cloud.compute.getConsoleOutput(cloud.context, instance, 1)
    assert.equal(tail, 'server-1 login: ')
  })

  it('a guest that goes down by itself is stopped in the database too', async () => {
    const instance = await cloud.find(uuid)
    const { driver } = cloud.hosts.get('compute-1') ?? {}
    assert.ok(instance && driver instanceof FakeDriver)
    // The build's lock is given back a moment after the row says active.
    await cloud.hosts.get('compute-1')?.manager.idle()
    await driver.transition(instance, PowerState.shutdown)
    const stopped = await cloud.settled(uuid, 'stopped')
    assert.equal(stopped.powerState, 4)
  })

  it('interrupted ones are put right when the service starts again', async () => {
    await cloud.stopHost('compute-1')
    const instance = await cloud.find(uuid)
    assert.ok(instance)
    instance.vmState = 'building'
    instance.taskState = 'spawning'
    await instance.save()
    await cloud.addHost({ host: 'compute-1' })
    await cloud.settled(uuid, 'error')

    await cloud.stopHost('compute-1')
    const deleting = await cloud.find(uuid)
    assert.ok(deleting)
    deleting.taskState = 'deleting'
    await deleting.save()
    await cloud.addHost({ host: 'compute-1' })
    assert.deepEqual(await cloud.leftovers(uuid), [])
  })
})
