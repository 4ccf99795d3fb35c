import { InstanceNotFound } from '../exception/index.js'
import type { Instance } from '../objects/index.js'
import type { ComputeDriver } from '../virt/driver.js'
import type { ComputeServices } from './services.js'
import { PowerState } from './states.js'

/** What the hypervisor says of the guest; NOSTATE when it has none. */
export const powerStateOf = async (
  driver: ComputeDriver,
  instance: Instance,
): Promise<PowerState> => {
  try {
    return (await driver.getInfo(instance)).state
  } catch (error) {
    if (error instanceof InstanceNotFound) return PowerState.noState
    throw error
  }
}

/** Off, or not there at all. */
export const isDown = (state: number | null): boolean =>
  state === PowerState.noState || state === PowerState.shutdown || state === PowerState.crashed

/** Switches a guest off; in a clean shutdown it may take its time to go down by itself. */
export const powerOff = (
  { driver, options }: ComputeServices,
  instance: Instance,
  cleanShutdown: boolean,
): Promise<void> =>
  driver.powerOff(
    instance,
    cleanShutdown
      ? { timeout: options.shutdownTimeout, retryInterval: options.shutdownRetryInterval }
      : {},
  )
