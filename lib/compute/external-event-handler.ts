import type { RequestContext } from '../context/index.js'
import { ExtendVolumeNotSupported, NotFound } from '../exception/index.js'
import { BlockDeviceMapping, type Instance, type InstanceExternalEvent } from '../objects/index.js'
import { PowerState } from '../virt/power-state.js'
import { connectionInfoOf } from './block-devices.js'
import type { InstanceEvents } from './instance-events.js'
import type { GuestInterfaces } from './interfaces.js'
import type { InstanceNetworks } from './networking.js'
import { powerStateOf } from './power.js'
import type { ComputeServices } from './services.js'
import { TaskState, VmState } from './states.js'

/** `external_instance_event`, as the manager takes it. */
export interface ExternalEventsArgs {
  readonly instances: readonly Instance[]
  readonly events: readonly InstanceExternalEvent[]
}

export interface ExternalEventParts {
  readonly services: ComputeServices
  readonly networks: InstanceNetworks
  readonly interfaces: GuestInterfaces
  readonly waiting: InstanceEvents
  /** The methods of the manager that some events lead to, below what guards them. */
  readonly extendVolume: (
    context: RequestContext,
    instance: Instance,
    volumeId: string,
  ) => Promise<void>
  readonly powerUpdate: (
    context: RequestContext,
    instance: Instance,
    target: string,
  ) => Promise<void>
}

/** What a host does about what other services tell of its instances (contract: flows.md 9). */
export class ExternalEventHandler {
  readonly #parts: ExternalEventParts

  constructor(parts: ExternalEventParts) {
    this.#parts = parts
  }

  /**
   * Each event by itself: one that fails, or waits for a build to end, holds up no other. Not least the one
   * that the build waits for.
   */
  async handle(context: RequestContext, { instances, events }: ExternalEventsArgs): Promise<void> {
    const { log } = this.#parts.services
    await Promise.all(
      events.map(async event => {
        const instance = instances.find(({ uuid }) => uuid === event.instanceUuid)
        if (!instance) return
        try {
          await this.#handle(context, instance, event)
        } catch (error) {
          const fields = { err: error, instance: instance.uuid, event: event.name }
          if (error instanceof NotFound) log.info(fields, 'an event came too late')
          else log.error(fields, 'cannot follow an event')
        }
      }),
    )
  }

  async #handle(
    context: RequestContext,
    instance: Instance,
    event: InstanceExternalEvent,
  ): Promise<void> {
    const { networks, interfaces, waiting, extendVolume, powerUpdate, services } = this.#parts
    const tag = event.get('tag') ?? null
    switch (event.name) {
      case 'network-changed':
        await networks.refresh(context, instance)
        return
      case 'network-vif-deleted':
        return interfaces.forget(context, instance, tag ?? '')
      case 'volume-extended':
        return extendVolume(context, instance, tag ?? '')
      case 'power-update':
        return powerUpdate(context, instance, tag ?? '')
      default: {
        const { name, status } = event
        if (waiting.deliver(instance.uuid, { name, tag, status })) return
        services.log.warn({ instance: instance.uuid, event: name, tag }, 'an unexpected event came')
      }
    }
  }
}

/** A volume in use has grown: the guest is to see it, where the hypervisor can tell it. */
export const extendVolume = async (
  { driver, log, volumes }: ComputeServices,
  context: RequestContext,
  instance: Instance,
  volumeId: string,
): Promise<void> => {
  const fields = { instance: instance.uuid, volume: volumeId }
  const bdm = await attachmentOf(context, instance, volumeId)
  if (!bdm) return log.warn(fields, 'a volume grew that is not attached')
  const { size } = await volumes.get(context, volumeId)
  const connection = connectionInfoOf(bdm)
  if (!connection) return log.warn(fields, 'a volume grew that has no connection')
  bdm.volumeSize = size
  await bdm.save()
  if (!driver.capabilities.supportsExtendVolume) throw new ExtendVolumeNotSupported()
  await driver.extendVolume(context, connection, instance, size * GIB)
}

const GIB = 1024 ** 3

const attachmentOf = async (
  context: RequestContext,
  instance: Instance,
  volumeId: string,
): Promise<BlockDeviceMapping | null> => {
  try {
    return await BlockDeviceMapping.getByVolumeAndInstance(context, volumeId, instance.uuid)
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

const powerTargets = new Map([
  [
    'POWER_ON',
    {
      from: VmState.stopped,
      task: TaskState.poweringOn,
      to: VmState.active,
      power: PowerState.running,
    },
  ],
  [
    'POWER_OFF',
    {
      from: VmState.active,
      task: TaskState.poweringOff,
      to: VmState.stopped,
      power: PowerState.shutdown,
    },
  ],
])

/** Somebody has switched the machine on or off, past nova: the instance follows, if it stands otherwise. */
export const powerUpdate = async (
  { driver, log }: ComputeServices,
  instance: Instance,
  target: string,
): Promise<void> => {
  const wanted = powerTargets.get(target)
  await instance.refresh()
  if (!wanted || instance.taskState !== null || instance.vmState !== wanted.from) {
    const { uuid, vmState, taskState } = instance
    log.info({ instance: uuid, target, vmState, taskState }, 'a power update changes nothing')
    return
  }
  instance.taskState = wanted.task
  await instance.save({ expectedTaskState: [null] })
  await driver.powerUpdateEvent(instance, wanted.power)
  instance.powerState = await powerStateOf(driver, instance)
  instance.vmState = wanted.to
  instance.taskState = null
  await instance.save({ expectedTaskState: wanted.task })
}
