import type { RequestContext } from '../context/index.js'
import { NotImplementedError } from '../exception/index.js'
import type { Instance } from '../objects/index.js'
import { guestOptions } from './guest-options.js'
import type { InstanceNetworks } from './networking.js'
import { powerStateOf } from './power.js'
import type { ComputeServices } from './services.js'
import { TaskState, VmState } from './states.js'

/** Guests that are deleted but kept for a while (contract: flows.md 3). Locks are the caller's. */
export class SoftDeletion {
  readonly #services: ComputeServices
  readonly #networks: InstanceNetworks

  constructor(services: ComputeServices, networks: InstanceNetworks) {
    this.#services = services
    this.#networks = networks
  }

  /** A hypervisor that knows nothing of the kind switches the guest off. */
  async softDelete(instance: Instance): Promise<void> {
    const { driver } = this.#services
    await driver.softDelete(instance).catch(unlessImplemented(() => driver.powerOff(instance)))
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.softDeleted
    instance.taskState = null
    await instance.save({ expectedTaskState: TaskState.softDeleting })
  }

  async restore(context: RequestContext, instance: Instance): Promise<void> {
    const { driver } = this.#services
    await driver.restore(instance).catch(
      unlessImplemented(async () => {
        const guest = await guestOptions(context, this.#networks, instance)
        await driver.powerOn(context, instance, guest)
      }),
    )
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.active
    instance.taskState = null
    await instance.save({ expectedTaskState: TaskState.restoring })
  }
}

const unlessImplemented =
  (fallback: () => Promise<void>) =>
  (error: unknown): Promise<void> => {
    if (!(error instanceof NotImplementedError)) throw error
    return fallback()
  }
