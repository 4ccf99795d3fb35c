import type { Diagnostics, Instance } from '../objects/index.js'
import { PowerState, powerStateName } from '../virt/power-state.js'
import { invalidState } from './checks.js'
import { powerStateOf } from './power.js'
import type { ComputeServices } from './services.js'

/** What the hypervisor counts of a guest that runs. */
export class GuestDiagnostics {
  readonly #services: ComputeServices

  constructor(services: ComputeServices) {
    this.#services = services
  }

  /** The free map of the driver. @throws InstanceInvalidState unless it runs */
  async map(instance: Instance): Promise<Readonly<Record<string, unknown>>> {
    await this.#mustRun(instance, 'get_diagnostics')
    return this.#services.driver.getDiagnostics(instance)
  }

  /** @throws as {@link map} */
  async objects(instance: Instance): Promise<Diagnostics> {
    await this.#mustRun(instance, 'get_instance_diagnostics')
    return this.#services.driver.getInstanceDiagnostics(instance)
  }

  async #mustRun(instance: Instance, method: string): Promise<void> {
    const state = await powerStateOf(this.#services.driver, instance)
    if (state === PowerState.running) return
    throw invalidState(instance, method, 'power state', powerStateName(state))
  }
}
