import { InstanceNotFound } from '../exception/index.js'
import type { Instance } from '../objects/index.js'
import type { ComputeDriver } from '../virt/driver.js'
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
