import type { ComputeTaskRpcApi } from '../conductor/rpcapi.js'
import type { NovaConf } from '../conf/index.js'
import type { RequestContext } from '../context/index.js'
import { InstanceNotFound } from '../exception/index.js'
import type { ImageApi, ImageDict } from '../image/api.js'
import type { Log } from '../log/index.js'
import type { NetworkApi } from '../network/api.js'
import { BlockDeviceMappingList, type Diagnostics, type Instance } from '../objects/index.js'
import type { Claims } from '../placement/allocations.js'
import type { SchedulerRpcApi } from '../scheduler/rpcapi.js'
import type { ShareApi } from '../share/api.js'
import type { VolumeApi } from '../volume/api.js'
import { changePassword } from './actions/change-password.js'
import { confirmResize, revertResize } from './actions/end-resize.js'
import { type EvacuateRequest, evacuate } from './actions/evacuate.js'
import { consoleOutput, diagnostics, instanceDiagnostics } from './actions/inspect.js'
import {
  addFixedIp,
  attachInterface,
  detachInterface,
  removeFixedIp,
} from './actions/interfaces.js'
import { type LiveMigrateRequest, liveMigrate } from './actions/live-migrate.js'
import { isLockedByOther, lock, unlock } from './actions/lock.js'
import { pin } from './actions/pin.js'
import { type RebuildRequest, rebuild } from './actions/rebuild.js'
import { type RescueRequest, rescue } from './actions/rescue.js'
import { resetState } from './actions/reset-state.js'
import { migrate, type ResizeRequest, resize } from './actions/resize.js'
import { restore } from './actions/restore.js'
import { shelve, shelveOffload } from './actions/shelve.js'
import { type BackupRequest, backup, type SnapshotRequest, snapshot } from './actions/snapshot.js'
import { type UnshelveRequest, unshelve } from './actions/unshelve.js'
import { AggregateApi } from './aggregate-api.js'
import { AssistedSnapshots } from './assisted-snapshots.js'
import { AvailabilityZones } from './availability-zones.js'
import type { Cells } from './cells.js'
import { checkAction } from './checks.js'
import { ConsoleApi } from './console-api.js'
import type { CreateRequest } from './create/create-request.js'
import { type CreatedServers, ServerCreator } from './create/server-creator.js'
import { ServerDeleter } from './delete-server.js'
import { ExternalEvents } from './external-events.js'
import { changeWaiting, findServer, isVisible } from './find-server.js'
import { HostControl } from './host-control.js'
import { refreshNetworkInfo } from './info-cache.js'
import type { WantedInterface } from './interfaces.js'
import { type ListOptions, listServers } from './listing.js'
import { MigrationApi } from './migration-api.js'
import { emptyPassword } from './password.js'
import { type PowerAction, powerActions, runPowerAction } from './power-actions.js'
import type { ProviderMirror } from './provider-mirror.js'
import { QuotaEngine } from './quota.js'
import type { ComputeRpcApi } from './rpcapi.js'
import { ServerShares } from './server-shares.js'
import { VmState } from './states.js'
import { VolumeAttachments } from './volume-attachments.js'
import { isVolumeBacked } from './volume-backed.js'

export interface ComputeApiParts {
  readonly conf: NovaConf
  readonly images: ImageApi
  readonly network: NetworkApi
  readonly volumes: VolumeApi
  readonly shares: ShareApi
  readonly log: Log
  readonly conductor: ComputeTaskRpcApi
  readonly compute: ComputeRpcApi
  readonly scheduler: SchedulerRpcApi
  readonly cells: Cells
  /** To give back what a server has claimed that no host will ever give back. */
  readonly claims: Pick<Claims, 'removeAllocations'>
  /** Hosts as Placement knows them. */
  readonly providers: ProviderMirror
}

/** As {@link ListOptions}; what becomes of cells that are down follows from `partial`. */
export type ListRequest = Omit<ListOptions, 'downCells'> & { readonly partial?: boolean }

/** What of a server may be changed by PUT /servers/{id}. Absent: stays. */
export interface ServerChanges {
  readonly displayName?: string
  readonly displayDescription?: string | null
  readonly autoDiskConfig?: boolean
  readonly accessIpV4?: string
  readonly accessIpV6?: string
  readonly hostname?: string
}

const metadataStates = [VmState.active, VmState.paused, VmState.suspended, VmState.stopped]

/**
 * nova.compute.api: what the API asks of servers. It checks state and quota, writes through objects,
 * and leaves the work to conductor and compute by message. An instance that it gives is bound to a
 * context aimed at its cell, and acts there.
 */
export class ComputeApi {
  readonly quota: QuotaEngine
  readonly zones: AvailabilityZones
  readonly aggregates: AggregateApi
  readonly migrations: MigrationApi
  readonly consoles: ConsoleApi
  readonly attachments: VolumeAttachments
  readonly shares: ServerShares
  readonly assistedSnapshots: AssistedSnapshots
  readonly cells: Cells
  readonly externalEvents: ExternalEvents
  readonly hosts: HostControl
  readonly providers: ProviderMirror
  readonly #parts: ComputeApiParts
  readonly #creator: ServerCreator
  readonly #deleter: ServerDeleter

  constructor(parts: ComputeApiParts) {
    this.#parts = parts
    this.cells = parts.cells
    this.providers = parts.providers
    this.externalEvents = new ExternalEvents(parts)
    this.hosts = new HostControl({
      ...parts,
      serviceDownTime: parts.conf.DEFAULT.service_down_time,
    })
    this.quota = new QuotaEngine(parts.conf, parts.cells)
    this.zones = new AvailabilityZones(parts.conf)
    this.aggregates = new AggregateApi({
      cells: parts.cells,
      scheduler: parts.scheduler,
      conductor: parts.conductor,
      images: parts.images,
      providers: parts.providers,
      defaultZone: parts.conf.DEFAULT.default_availability_zone,
    })
    this.migrations = new MigrationApi(parts)
    this.consoles = new ConsoleApi(parts)
    this.attachments = new VolumeAttachments({
      ...parts,
      crossZones: parts.conf.cinder.cross_az_attach,
    })
    this.shares = new ServerShares(parts)
    this.assistedSnapshots = new AssistedSnapshots(parts)
    this.#creator = new ServerCreator({ ...parts, quota: this.quota, zones: this.zones })
    this.#deleter = new ServerDeleter(parts)
  }

  create(context: RequestContext, request: CreateRequest): Promise<CreatedServers> {
    return this.#creator.create(context, request)
  }

  /**
   * One server by uuid, wherever it is: waiting in its build request, or in a cell. As in nova, another
   * project's is there for administrators only.
   *
   * @param expectedAttrs  parts to load with it, by their names on the wire
   * @param partial  with its cell down, what the API database knows of it is an answer too (`isUnavailable`)
   * @throws InstanceNotFound (404)
   */
  async get(
    context: RequestContext,
    uuid: string,
    expectedAttrs: readonly string[] = defaultAttrs,
    { partial = false }: { readonly partial?: boolean } = {},
  ): Promise<Instance> {
    const { cells } = this
    const found = await findServer(context, cells, uuid, { expectedAttrs, partial })
    if (!found || !isVisible(context, found)) throw new InstanceNotFound({ instance_id: uuid })
    return found
  }

  /**
   * @param partial  servers of cells that are down are shown as far as they are known (`isUnavailable`);
   *   else `[api] list_records_by_skipping_down_cells` decides whether they are left out
   */
  list(context: RequestContext, { partial = false, ...options }: ListRequest): Promise<Instance[]> {
    const maySkip = this.#parts.conf.api.list_records_by_skipping_down_cells
    const downCells = partial ? 'partial' : maySkip ? 'skip' : 'fail'
    return listServers(context, this.cells, { ...options, downCells }, uuid =>
      this.get(context.with({ readDeleted: 'yes' }), uuid, []),
    )
  }

  /** Changes what is told of a server; one that waits for a cell takes the changes along. */
  async update(instance: Instance, changes: ServerChanges): Promise<void> {
    await this.#change(instance, changes)
  }

  /** Pins a server to its zone (2.104). @throws InvalidInput (409) for another zone than its own */
  pin(instance: Instance, zone: string | null): Promise<void> {
    return pin(instance, zone)
  }

  async #change(instance: Instance, changes: Partial<Instance>): Promise<void> {
    if (!instance.isSet('id') && (await changeWaiting(instance, changes))) return
    const placed = instance.isSet('id')
      ? instance
      : // Its build request is gone, so by now it is in its cell.
        await this.get(instance.requireContext('update'), instance.uuid)
    Object.assign(placed, changes)
    await placed.save()
    if (placed !== instance) Object.assign(instance, changes)
  }

  /** @returns the id of the new interface's port */
  attachInterface(instance: Instance, wanted: WantedInterface): Promise<string> {
    return attachInterface(this.#parts.compute, instance, wanted)
  }

  detachInterface(instance: Instance, portId: string): Promise<void> {
    return detachInterface(this.#parts.compute, instance, portId)
  }

  addFixedIp(instance: Instance, networkId: string): Promise<void> {
    return addFixedIp(this.#parts.compute, instance, networkId)
  }

  removeFixedIp(instance: Instance, address: string): Promise<void> {
    return removeFixedIp(this.#parts.compute, instance, address)
  }

  /** What the network service says of the server's interfaces now; remembered, for it is shown. */
  async refreshNetworkInfo(instance: Instance): Promise<void> {
    const context = instance.requireContext('refresh')
    await refreshNetworkInfo(this.#parts.network, context, instance)
  }

  /** DELETE. Done already, or under way: no error. */
  delete(context: RequestContext, instance: Instance): Promise<void> {
    return this.#delete(context, instance, false)
  }

  /** The same, at once and for good, whatever `[DEFAULT] reclaim_instance_interval` says. */
  forceDelete(context: RequestContext, instance: Instance): Promise<void> {
    return this.#delete(context, instance, true)
  }

  async #delete(context: RequestContext, instance: Instance, force: boolean): Promise<void> {
    if (await this.#deleter.delete(context, instance, force)) return
    // Once in a cell it stays there, so the second look finds it.
    await this.#deleter.delete(context, await this.get(context, instance.uuid), force)
  }

  /** @throws TooManyInstances (403) */
  restore(instance: Instance): Promise<void> {
    return restore({ ...this.#parts, quota: this.quota }, instance)
  }

  start(instance: Instance): Promise<void> {
    return this.#power(instance, powerActions.start)
  }

  stop(instance: Instance): Promise<void> {
    return this.#power(instance, powerActions.stop)
  }

  reboot(instance: Instance, type: 'SOFT' | 'HARD'): Promise<void> {
    const { rebootHard, rebootSoft } = powerActions
    return this.#power(instance, type === 'HARD' ? rebootHard : rebootSoft)
  }

  pause(instance: Instance): Promise<void> {
    return this.#power(instance, powerActions.pause)
  }

  unpause(instance: Instance): Promise<void> {
    return this.#power(instance, powerActions.unpause)
  }

  suspend(instance: Instance): Promise<void> {
    return this.#power(instance, powerActions.suspend)
  }

  resume(instance: Instance): Promise<void> {
    return this.#power(instance, powerActions.resume)
  }

  /** @throws UnsupportedRescueImage, InstanceNotRescuable (400) */
  rescue(instance: Instance, request: RescueRequest): Promise<void> {
    return rescue(this.#parts, instance, request)
  }

  unrescue(instance: Instance): Promise<void> {
    return this.#power(instance, powerActions.unrescue)
  }

  /** Whether the server's root disk is a volume. */
  async isVolumeBacked(instance: Instance): Promise<boolean> {
    if (!instance.isSet('id')) return false
    const context = instance.requireContext('volumes')
    return isVolumeBacked(
      (await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)).objects,
    )
  }

  /** @returns the image, which has no bytes yet */
  snapshot(instance: Instance, request: SnapshotRequest): Promise<ImageDict> {
    return snapshot(this.#parts, instance, request)
  }

  /** @throws InvalidRequest (400) for a server that boots from a volume */
  backup(instance: Instance, request: BackupRequest): Promise<ImageDict> {
    return backup(this.#parts, instance, request)
  }

  /** @throws ImageNotFound, KeypairNotFound, ImageNotActive, …; QuotaError (403) */
  rebuild(context: RequestContext, instance: Instance, request: RebuildRequest): Promise<void> {
    return rebuild({ ...this.#parts, quota: this.quota }, context, instance, request)
  }

  shelve(instance: Instance): Promise<void> {
    return shelve(this.#parts, instance)
  }

  shelveOffload(instance: Instance): Promise<void> {
    return shelveOffload(this.#parts, instance)
  }

  /** @throws InvalidRequest, ComputeHostNotFound (400); UnshelveHostNotInAZ (409) */
  unshelve(instance: Instance, request: UnshelveRequest): Promise<void> {
    return unshelve({ ...this.#parts, zones: this.zones }, instance, request)
  }

  /** @throws FlavorNotFound, CannotResizeDisk, … (400), TooManyInstances (403), ServiceUnavailable (409) */
  resize(context: RequestContext, instance: Instance, request: ResizeRequest): Promise<void> {
    return resize({ ...this.#parts, quota: this.quota }, context, instance, request)
  }

  /** @throws ComputeHostNotFound, CannotMigrateToSameHost (400), ServiceUnavailable (409) */
  migrate(instance: Instance, host: string | null): Promise<void> {
    return migrate({ ...this.#parts, quota: this.quota }, instance, host)
  }

  /** @throws ComputeHostNotFound; unless async, what forbids it (400) */
  liveMigrate(instance: Instance, request: LiveMigrateRequest): Promise<void> {
    return liveMigrate(this.#parts.conductor, instance, request)
  }

  /** @throws ComputeServiceInUse (400), ComputeHostNotFound */
  evacuate(instance: Instance, request: EvacuateRequest): Promise<void> {
    return evacuate(this.#parts, instance, request)
  }

  /** @throws MigrationNotFoundByStatus (400) */
  confirmResize(instance: Instance): Promise<void> {
    return confirmResize(this.#parts.compute, instance)
  }

  /** @throws MigrationNotFoundByStatus (400), TooManyInstances (403) */
  revertResize(instance: Instance): Promise<void> {
    const { quota, zones } = this
    return revertResize({ ...this.#parts, quota, zones }, instance)
  }

  triggerCrashDump(instance: Instance): Promise<void> {
    return this.#power(instance, powerActions.triggerCrashDump)
  }

  /** @throws InstancePasswordSetFailed, NotImplementedError, … what the host says */
  changePassword(instance: Instance, password: string): Promise<void> {
    return changePassword(this.#parts.compute, instance, password)
  }

  /** For administrators: the server is active, or in error, and nothing is under way. */
  resetState(instance: Instance, vmState: 'active' | 'error'): Promise<void> {
    return resetState(instance, vmState)
  }

  async injectNetworkInfo(instance: Instance): Promise<void> {
    const context = instance.requireContext('injectNetworkInfo')
    checkAction(context, instance, {
      name: 'injectNetworkInfo',
      taskStates: 'any',
      mustHaveLaunched: false,
      needsHost: true,
    })
    await this.#parts.compute.injectNetworkInfo(context, instance)
  }

  #power(instance: Instance, action: PowerAction): Promise<void> {
    return runPowerAction(this.#parts.compute, instance, action)
  }

  /** Locks by the caller: as owner or, from another project, as admin. */
  lock(context: RequestContext, instance: Instance, reason: string | null): Promise<void> {
    return lock((...change) => this.#change(...change), context, instance, reason)
  }

  unlock(instance: Instance): Promise<void> {
    return unlock((...change) => this.#change(...change), instance)
  }

  /** Whether the lock is not the caller's own side's: owner and administrators undo each their own. */
  isLockedByOther(context: RequestContext, instance: Instance): boolean {
    return isLockedByOther(context, instance)
  }

  /**
   * @param length  lines from the end; null: all
   * @throws InstanceNotReady (409), and what the host says: ConsoleNotAvailable, …
   */
  getConsoleOutput(instance: Instance, length: number | null): Promise<string> {
    return consoleOutput(this.#parts.compute, instance, length)
  }

  /**
   * The driver's free map (up to 2.47), or a Diagnostics.
   *
   * @throws InstanceNotReady, InstanceInvalidState (409), NotImplementedError
   */
  getDiagnostics(instance: Instance): Promise<unknown> {
    return diagnostics(this.#parts.compute, instance)
  }

  getInstanceDiagnostics(instance: Instance): Promise<Diagnostics> {
    return instanceDiagnostics(this.#parts.compute, instance)
  }

  /** Forgets the password that the server has told through its metadata service. */
  async clearPassword(instance: Instance): Promise<void> {
    const systemMetadata = { ...instance.systemMetadata, ...emptyPassword }
    await this.#change(instance, { systemMetadata })
  }

  /**
   * What `uptime` says on a host.
   *
   * @param cell  a context aimed at the host's cell
   * @throws NotImplementedError (by the driver), HostNotFound, MessagingTimeout
   */
  hostUptime(cell: RequestContext, host: string): Promise<string> {
    return this.#parts.compute.getHostUptime(cell, host)
  }

  /** The server's metadata becomes just this. @throws MetadataLimitExceeded (403), InstanceInvalidState (409) */
  async replaceMetadata(
    context: RequestContext,
    instance: Instance,
    metadata: Readonly<Record<string, string>>,
    action = 'update metadata',
  ): Promise<void> {
    checkAction(context, instance, {
      name: action,
      vmStates: metadataStates,
      taskStates: 'any',
    })
    await this.quota.checkMetadata(context, Object.keys(metadata).length)
    instance.metadata = { ...metadata }
    await instance.save()
  }
}

const defaultAttrs = ['metadata', 'system_metadata', 'info_cache', 'flavor']
