import type { RequestContext } from '../context/index.js'
import type { Instance } from '../objects/index.js'
import { addInstanceFault } from './faults.js'
import { guestOptions } from './guest-options.js'
import type { GuestShares } from './guest-shares.js'
import type { InstanceNetworks } from './networking.js'
import { isDown, powerOff, powerStateOf } from './power.js'
import type { RebootType } from './rpcapi.js'
import type { ComputeServices } from './services.js'
import { forgetShelving } from './shelve.js'
import {
  hardRebootTaskStates,
  PowerState,
  softRebootTaskStates,
  TaskState,
  VmState,
} from './states.js'

/** What can be done to a guest that runs, or ran (contract: flows.md 4). Locks are the caller's. */
export class GuestActions {
  readonly #services: ComputeServices
  readonly #networks: InstanceNetworks
  readonly #shares: GuestShares

  constructor(services: ComputeServices, networks: InstanceNetworks, shares: GuestShares) {
    this.#services = services
    this.#networks = networks
    this.#shares = shares
  }

  async stop(instance: Instance, cleanShutdown: boolean): Promise<void> {
    const { driver } = this.#services
    const expected: (string | null)[] = [TaskState.poweringOff]
    // Who finds the guest down already may come without a task (power sync).
    if (isDown(await powerStateOf(driver, instance))) expected.push(null)
    await powerOff(this.#services, instance, cleanShutdown)
    await this.#shares.umountAll(instance.requireContext('stop'), instance)
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.stopped
    instance.taskState = null
    await instance.save({ expectedTaskState: expected })
  }

  async start(context: RequestContext, instance: Instance): Promise<void> {
    const { driver } = this.#services
    await this.#shares.mountAll(context, instance)
    await driver.powerOn(context, instance, await guestOptions(context, this.#networks, instance))
    // One that was shelved and had not left its host yet comes back by this too.
    await forgetShelving(context, this.#services, instance)
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.active
    instance.taskState = null
    await instance.save({ expectedTaskState: TaskState.poweringOn })
  }

  async reboot(context: RequestContext, instance: Instance, type: RebootType): Promise<void> {
    const { driver, host, log } = this.#services
    const soft = type === 'SOFT'
    const options = await guestOptions(context, this.#networks, instance)
    const pending = soft ? TaskState.rebootPending : TaskState.rebootPendingHard
    const started = soft ? TaskState.rebootStarted : TaskState.rebootStartedHard
    instance.powerState = await powerStateOf(driver, instance)
    instance.taskState = pending
    await instance.save({ expectedTaskState: soft ? softRebootTaskStates : hardRebootTaskStates })
    instance.taskState = started
    await instance.save({ expectedTaskState: pending })

    const oldVmState = instance.vmState
    try {
      // A guest that was off needs them; of one that runs they are there.
      if (!soft) await this.#shares.mountAll(context, instance)
      await driver.reboot(context, instance, type, options)
    } catch (error) {
      // A guest that runs all the same is not in error for a reboot that did not happen.
      if ((await powerStateOf(driver, instance)) !== PowerState.running) {
        instance.vmState = VmState.error
        instance.taskState = null
        await instance.save()
        throw error
      }
      log.error({ err: error, instance: instance.uuid }, 'reboot failed, but the guest runs')
      await addInstanceFault(context, host, instance, error)
    }
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = instance.powerState === PowerState.running ? VmState.active : oldVmState
    instance.taskState = null
    await instance.save()
  }

  async pause(instance: Instance): Promise<void> {
    const { driver } = this.#services
    await driver.pause(instance)
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.paused
    instance.taskState = null
    await instance.save({ expectedTaskState: TaskState.pausing })
  }

  async unpause(instance: Instance): Promise<void> {
    const { driver } = this.#services
    await driver.unpause(instance)
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.active
    instance.taskState = null
    await instance.save({ expectedTaskState: TaskState.unpausing })
  }

  async suspend(context: RequestContext, instance: Instance): Promise<void> {
    const { driver } = this.#services
    const oldVmState = instance.vmState
    await driver.suspend(context, instance)
    instance.systemMetadata = { ...instance.systemMetadata, old_vm_state: oldVmState }
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.suspended
    instance.taskState = null
    await instance.save({ expectedTaskState: TaskState.suspending })
  }

  async resume(context: RequestContext, instance: Instance): Promise<void> {
    const { driver } = this.#services
    await driver.resume(context, instance, await guestOptions(context, this.#networks, instance))
    const { old_vm_state: oldVmState, ...systemMetadata } = instance.systemMetadata
    instance.systemMetadata = systemMetadata
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = oldVmState === VmState.paused ? VmState.paused : VmState.active
    instance.taskState = null
    await instance.save({ expectedTaskState: TaskState.resuming })
  }

  /** @param tailLength  last lines wanted; null or negative: all */
  async consoleOutput(
    context: RequestContext,
    instance: Instance,
    tailLength: number | string | null,
  ): Promise<string> {
    const output = await this.#services.driver.getConsoleOutput(context, instance)
    const lines = tailLength === null || tailLength === '' ? -1 : Math.trunc(Number(tailLength))
    if (!(lines >= 0)) return output
    return lines === 0 ? '' : output.split('\n').slice(-lines).join('\n')
  }
}
