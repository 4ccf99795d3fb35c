import type { RequestContext } from '../context/index.js'
import { InstanceNotRescuable } from '../exception/index.js'
import type { ImageDict } from '../image/api.js'
import type { Instance } from '../objects/index.js'
import { faultMessage } from './faults.js'
import { guestOptions } from './guest-options.js'
import type { InstanceNetworks } from './networking.js'
import { powerOff, powerStateOf } from './power.js'
import { generatePassword } from './server-names.js'
import type { ComputeServices } from './services.js'
import { TaskState, VmState } from './states.js'

export interface RescueOptions {
  readonly password: string | null
  /** null: the image that the server was made of */
  readonly imageRef: string | null
  readonly cleanShutdown: boolean
}

/** Boots guests from another disk, and back (contract: flows.md 4). Locks are the caller's. */
export class GuestRescue {
  readonly #services: ComputeServices
  readonly #networks: InstanceNetworks

  constructor(services: ComputeServices, networks: InstanceNetworks) {
    this.#services = services
    this.#networks = networks
  }

  /** @throws InstanceNotRescuable, and leaves it in error, when the hypervisor fails */
  async rescue(context: RequestContext, instance: Instance, options: RescueOptions): Promise<void> {
    const { driver } = this.#services
    const guest = await guestOptions(context, this.#networks, instance)
    const imageMeta = await this.#image(context, instance, options.imageRef)
    try {
      await powerOff(this.#services, instance, options.cleanShutdown)
      await driver.rescue(context, instance, {
        ...guest,
        imageMeta: { ...imageMeta },
        adminPassword: options.password ?? generatePassword(this.#services.options.passwordLength),
      })
    } catch (error) {
      instance.vmState = VmState.error
      await instance.save()
      const failure = new InstanceNotRescuable({
        instance_id: instance.uuid,
        reason: `Driver Error: ${faultMessage(error)}`,
      })
      failure.cause = error
      throw failure
    }
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.rescued
    instance.taskState = null
    instance.launchedAt = new Date()
    await instance.save({ expectedTaskState: TaskState.rescuing })
  }

  /** What was asked for; else what the server's own image was made of; else that image. */
  #image(context: RequestContext, instance: Instance, imageRef: string | null): Promise<ImageDict> {
    const ref = imageRef || instance.systemMetadata.image_base_image_ref || instance.imageRef || ''
    return this.#services.image.get(context, ref)
  }

  async unrescue(context: RequestContext, instance: Instance): Promise<void> {
    const { driver } = this.#services
    const guest = await guestOptions(context, this.#networks, instance)
    try {
      await driver.unrescue(context, instance, guest)
    } catch (error) {
      instance.vmState = VmState.error
      await instance.save()
      throw error
    }
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.active
    instance.taskState = null
    await instance.save({ expectedTaskState: TaskState.unrescuing })
  }
}
