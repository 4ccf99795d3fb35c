import type { RequestContext } from '../context/index.js'
import {
  InvalidInput,
  InvalidVolume,
  MismatchVolumeAZException,
  MultiattachNotSupportedOldMicroversion,
  MultiattachToShelvedNotSupported,
  VolumeBDMNotFound,
  VolumeTaggedAttachToShelvedNotSupported,
} from '../exception/index.js'
import {
  BlockDeviceMapping,
  BlockDeviceMappingList,
  type Instance,
  InstanceAction,
  InstanceActionEvent,
} from '../objects/index.js'
import type { Volume, VolumeApi } from '../volume/api.js'
import { checkAction } from './checks.js'
import { holdVolume, reserveVolume } from './reserve-volume.js'
import type { ComputeRpcApi } from './rpcapi.js'
import { VmState } from './states.js'

export interface AttachOptions {
  readonly device: string | null
  readonly tag: string | null
  readonly deleteOnTermination: boolean
}

/** What a version of the API lets be done. */
export interface AttachRules {
  /** To servers that are shelved. */
  readonly shelved: boolean
  readonly multiattach: boolean
}

const states = [
  VmState.active,
  VmState.paused,
  VmState.stopped,
  VmState.resized,
  VmState.softDeleted,
]
const shelvedStates = [VmState.shelved, VmState.shelvedOffloaded]
const swapStates = [VmState.active, VmState.paused, VmState.resized]

/** Volumes of servers: attached, detached, swapped (contract: flows.md 10). */
export class VolumeAttachments {
  readonly #volumes: VolumeApi
  readonly #rpc: ComputeRpcApi
  /** `[cinder] cross_az_attach` */
  readonly #crossZones: boolean

  constructor(parts: {
    readonly volumes: VolumeApi
    readonly compute: ComputeRpcApi
    readonly crossZones: boolean
  }) {
    this.#volumes = parts.volumes
    this.#rpc = parts.compute
    this.#crossZones = parts.crossZones
  }

  /** Those of one server, in order of their making. */
  async list(instance: Instance): Promise<readonly BlockDeviceMapping[]> {
    // What waits for a cell has its volumes in its build request only.
    if (!instance.isSet('id')) return []
    return BlockDeviceMappingList.volumesOfInstances(instance.requireContext('volumes'), [
      instance.uuid,
    ])
  }

  /** @throws VolumeBDMNotFound */
  async find(instance: Instance, volumeId: string): Promise<BlockDeviceMapping> {
    if (!instance.isSet('id')) throw new VolumeBDMNotFound({ volume_id: volumeId })
    return BlockDeviceMapping.getByVolumeAndInstance(
      instance.requireContext('volumes'),
      volumeId,
      instance.uuid,
    )
  }

  /**
   * @returns the new row; the host connects it later
   * @throws VolumeNotFound (404), InvalidVolume, InvalidInput (400), DevicePathInUse, InstanceInvalidState (409)
   */
  async attach(
    instance: Instance,
    volumeId: string,
    options: AttachOptions,
    rules: AttachRules,
  ): Promise<BlockDeviceMapping> {
    const context = instance.requireContext('attach_volume')
    checkAction(context, instance, {
      name: 'attach_volume',
      vmStates: rules.shelved ? [...states, ...shelvedStates] : states,
    })
    const volume = await this.#volumes.get(context, volumeId)
    await this.#checkNew(instance, volume, rules)
    if (instance.vmState === VmState.shelvedOffloaded) {
      return this.#attachOffloaded(context, instance, volume, options)
    }
    checkAction(context, instance, {
      name: 'attach_volume',
      taskStates: 'any',
      needsHost: true,
      mustHaveLaunched: false,
    })
    const parts = { volumes: this.#volumes, compute: this.#rpc }
    const bdm = await reserveVolume(parts, context, instance, volume, options)
    await record(context, instance, 'attach_volume')
    await this.#rpc.attachVolume(context, instance, bdm)
    return bdm
  }

  async #checkNew(instance: Instance, volume: Volume, rules: AttachRules): Promise<void> {
    const known = await this.list(instance)
    if (known.some(bdm => bdm.get('volumeId') === volume.id)) {
      throw new InvalidVolume({
        reason: `volume ${volume.id} already attached to instance ${instance.uuid}`,
      })
    }
    if (volume.multiattach && !rules.multiattach) throw new MultiattachNotSupportedOldMicroversion()
    const [own, other] = [instance.get('availabilityZone'), volume.availabilityZone]
    if (!this.#crossZones && own && own !== other) {
      throw new MismatchVolumeAZException({
        reason: `server and volume are not in the same availability zone: ${own}, ${other}`,
      })
    }
  }

  /** No host has it: it is connected where the server will come back. */
  async #attachOffloaded(
    context: RequestContext,
    instance: Instance,
    volume: Volume,
    options: AttachOptions,
  ): Promise<BlockDeviceMapping> {
    if (options.tag !== null) throw new VolumeTaggedAttachToShelvedNotSupported()
    if (volume.multiattach) throw new MultiattachToShelvedNotSupported()
    const bdm = new BlockDeviceMapping(context, {
      sourceType: 'volume',
      destinationType: 'volume',
      instanceUuid: instance.uuid,
      bootIndex: null,
      volumeId: volume.id,
      deviceName: options.device,
      guestFormat: null,
      diskBus: null,
      deviceType: null,
      tag: null,
    })
    await recorded(context, instance, 'attach_volume', async () => {
      await bdm.create()
      const { deleteOnTermination } = options
      await holdVolume(this.#volumes, context, instance, bdm, deleteOnTermination)
    })
    return bdm
  }

  /** @throws VolumeBDMNotFound, VolumeNotFound (404), InvalidVolume (400), InstanceInvalidState (409) */
  async detach(instance: Instance, volumeId: string, rules: AttachRules): Promise<void> {
    const context = instance.requireContext('detach_volume')
    checkAction(context, instance, {
      name: 'detach_volume',
      vmStates: rules.shelved ? [...states, ...shelvedStates] : states,
    })
    const volume = await this.#volumes.get(context, volumeId)
    const bdm = await this.find(instance, volumeId)
    const offloaded = instance.vmState === VmState.shelvedOffloaded
    if (bdm.get('bootIndex') === 0 && !offloaded) {
      throw new InvalidVolume({ reason: 'Cannot detach a root device volume' })
    }
    if (offloaded) {
      await this.#detachOffloaded(context, instance, bdm)
      return
    }
    checkAction(context, instance, {
      name: 'detach_volume',
      taskStates: 'any',
      needsHost: true,
      mustHaveLaunched: false,
    })
    await this.#volumes.beginDetaching(context, volume.id)
    await record(context, instance, 'detach_volume')
    await this.#rpc.detachVolume(context, instance, volume.id, bdm.get('attachmentId') ?? null)
  }

  async #detachOffloaded(
    context: RequestContext,
    instance: Instance,
    bdm: BlockDeviceMapping,
  ): Promise<void> {
    await recorded(context, instance, 'detach_volume', async () => {
      const attachmentId = bdm.get('attachmentId')
      if (attachmentId) await this.#volumes.attachmentDelete(context, attachmentId)
      if (bdm.get('deleteOnTermination')) {
        await this.#volumes.delete(context, bdm.volumeId ?? '')
      }
      await bdm.destroy()
    })
  }

  /**
   * For the volume service alone, while it migrates a volume.
   *
   * @throws VolumeNotFound, VolumeBDMNotFound (404), InvalidVolume (400), InstanceInvalidState (409)
   */
  async swap(instance: Instance, old: Volume, next: Volume): Promise<void> {
    const context = instance.requireContext('swap_volume')
    checkAction(context, instance, { name: 'swap_volume', vmStates: swapStates, needsHost: true })
    await this.find(instance, old.id)
    if (!old.attachments.some(({ serverId }) => serverId === instance.uuid)) {
      throw new InvalidVolume({ reason: 'Old volume is attached to a different instance.' })
    }
    if (next.attachments.length > 0) {
      throw new InvalidVolume({ reason: 'New volume must be detached in order to swap.' })
    }
    if (next.size < old.size) {
      throw new InvalidVolume({ reason: 'New volume must be the same size or larger.' })
    }
    if (old.attachments.length > 1) {
      throw new InvalidVolume({ reason: 'A volume of several servers cannot be swapped.' })
    }
    await this.#volumes.beginDetaching(context, old.id)
    let reserved: string | null = null
    try {
      const { id } = await this.#volumes.attachmentCreate(context, next.id, instance.uuid)
      reserved = id
      await record(context, instance, 'swap_volume')
      const ids = { old: old.id, new: next.id, newAttachment: id }
      await this.#rpc.swapVolume(context, instance, ids)
    } catch (error) {
      await this.#volumes.rollDetaching(context, old.id)
      if (reserved) await this.#volumes.attachmentDelete(context, reserved)
      throw error
    }
  }

  /** Whether the volume goes with its server. */
  async keepOrDelete(bdm: BlockDeviceMapping, deleteOnTermination: boolean): Promise<void> {
    if (bdm.get('deleteOnTermination') === deleteOnTermination) return
    bdm.deleteOnTermination = deleteOnTermination
    await bdm.save()
  }
}

/** What other members of an update must say, if they say anything: what is there. @throws InvalidInput */
export const checkUnchanged = (
  given: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, unknown>>,
): void => {
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(known, name) && value !== known[name]) {
      throw new InvalidInput({ reason: `The ${name} of a volume attachment cannot be changed.` })
    }
  }
}

const record = (context: RequestContext, { uuid }: Instance, action: string) =>
  InstanceAction.actionStart(context, uuid, action, { wantResult: false })

/** An action that the API does by itself, with its event. */
const recorded = async (
  context: RequestContext,
  instance: Instance,
  action: string,
  work: () => Promise<void>,
): Promise<void> => {
  await record(context, instance, action)
  const event = `api_${action}`
  await InstanceActionEvent.eventStart(context, instance.uuid, event, { wantResult: false })
  let failure: unknown
  try {
    await work()
  } catch (error) {
    failure = error
    throw error
  } finally {
    await InstanceActionEvent.eventFinishWithFailure(context, instance.uuid, event, {
      excVal: failure === undefined ? null : String(failure),
      excTb: null,
      wantResult: false,
    })
  }
}
