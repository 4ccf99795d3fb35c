import type { RequestContext } from '../context/index.js'
import { InstanceNotFound, NotImplementedError } from '../exception/index.js'
import { type Instance, InstanceList } from '../objects/index.js'
import { isDown, powerStateOf } from './power.js'
import type { ComputeServices } from './services.js'
import { PowerState, powerStateName, VmState } from './states.js'

/** Vm states whose power is nobody's business here. */
const leftAlone: ReadonlySet<string | null> = new Set([
  VmState.building,
  VmState.rescued,
  VmState.resized,
  VmState.suspended,
  VmState.error,
])

export interface PowerSyncOptions {
  readonly services: ComputeServices
  /** Whether something is at work on the instance now. */
  readonly isBusy: (uuid: string) => boolean
  /** Stops the guest as if a user had asked; `force`: it must go down whatever the row says. */
  readonly stop: (context: RequestContext, instance: Instance, force: boolean) => Promise<void>
}

/**
 * Brings rows in line with the guests: `power_state` always, and by a stop when a guest went down
 * by itself or runs that should not (contract: flows.md 11, power sync rules).
 */
export const syncPowerStates = async (
  context: RequestContext,
  options: PowerSyncOptions,
): Promise<void> => {
  const { host, log } = options.services
  const instances = await InstanceList.getByHost(context, host, {
    expectedAttrs: [],
    useSlave: true,
  })
  for (const instance of instances) {
    try {
      await syncPowerState(context, options, instance)
    } catch (error) {
      log.error({ err: error, instance: instance.uuid }, 'cannot sync the power state')
    }
  }
}

/** One instance: also what a lifecycle event of the driver asks for. */
export const syncPowerState = async (
  context: RequestContext,
  { services, isBusy, stop }: PowerSyncOptions,
  instance: Instance,
): Promise<void> => {
  const { driver, host, log } = services
  if (instance.taskState !== null || isBusy(instance.uuid)) return
  const power = await stateOf(driver, instance)
  if (power === null) return
  try {
    await instance.refresh({ useSlave: true })
  } catch (error) {
    if (error instanceof InstanceNotFound) return
    throw error
  }
  // Moved or taken up by someone while the driver was asked.
  if (instance.host !== host || instance.taskState !== null) return
  if (instance.powerState !== power) {
    instance.powerState = power
    await instance.save()
  }
  const { vmState } = instance
  if (leftAlone.has(vmState)) return
  const told = { instance: instance.uuid, vm_state: vmState, power: powerStateName(power) }
  switch (vmState) {
    case VmState.active:
      if (
        power === PowerState.shutdown ||
        power === PowerState.crashed ||
        power === PowerState.suspended
      ) {
        log.warn(told, 'the guest went down by itself: stopping the instance')
        await stop(context, instance, false)
      } else if (power !== PowerState.running) {
        log.warn(told, 'the guest is not running, and is left as it is')
      }
      return
    case VmState.stopped:
      if (isDown(power)) return
      log.warn(told, 'the guest runs and should not: stopping it')
      return stop(context, instance, true)
    case VmState.paused:
      if (power !== PowerState.shutdown && power !== PowerState.crashed) return
      log.warn(told, 'the paused guest went down: stopping the instance')
      return stop(context, instance, true)
    default:
      if (power === PowerState.running) log.warn(told, 'the guest of a deleted instance runs')
  }
}

const stateOf = async (
  driver: ComputeServices['driver'],
  instance: Instance,
): Promise<PowerState | null> => {
  try {
    return await powerStateOf(driver, instance)
  } catch (error) {
    if (error instanceof NotImplementedError) return null
    throw error
  }
}
