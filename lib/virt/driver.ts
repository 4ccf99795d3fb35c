import type { Readable } from 'node:stream'
import type { RequestContext } from '../context/index.js'
import { NotImplementedError } from '../exception/index.js'
import type { NetworkInfo, Vif } from '../network/model.js'
import type { Diagnostics } from '../objects/index.js'
import type { PowerState } from './power-state.js'

/** What a driver reads of an Instance (lib/objects); the object itself fits. */
export interface DriverInstance {
  /** The row's id, of which hypervisors make the guest's name. */
  readonly id: number
  readonly uuid: string
  readonly displayName: string | null
  /** MiB */
  readonly memoryMb: number | null
  readonly vcpus: number | null
  /** GiB */
  readonly rootGb: number | null
  readonly ephemeralGb: number | null
}

export interface InstanceInfo {
  readonly state: PowerState
  /** The hypervisor's own id of the guest, when it has one. */
  readonly internalId?: string | null
}

/** The disks of a guest, as nova's block_device_info. */
export interface BlockDeviceInfo {
  readonly rootDeviceName: string | null
  readonly swap: Readonly<Record<string, unknown>> | null
  readonly ephemerals: readonly Readonly<Record<string, unknown>>[]
  readonly blockDeviceMapping: readonly Readonly<Record<string, unknown>>[]
  readonly image: readonly Readonly<Record<string, unknown>>[]
}

export interface SpawnOptions {
  /** Glance's image as a v1-style dict; `{}` when there is none. */
  readonly imageMeta: Readonly<Record<string, unknown>>
  /** `[path, base64 content]` */
  readonly injectedFiles: readonly (readonly [string, string])[]
  readonly adminPassword: string | null
  readonly networkInfo: NetworkInfo
  readonly blockDeviceInfo: BlockDeviceInfo | null
  /** False: defined, but off. Default true. */
  readonly powerOn?: boolean
}

export interface DestroyOptions {
  readonly networkInfo: NetworkInfo
  readonly blockDeviceInfo: BlockDeviceInfo | null
  /** Default true. */
  readonly destroyDisks?: boolean
}

export interface GuestOptions {
  readonly networkInfo: NetworkInfo
  readonly blockDeviceInfo: BlockDeviceInfo | null
}

/** What a driver reads of a Flavor (lib/objects); the object itself fits. */
export interface DriverFlavor {
  /** MiB */
  readonly memoryMb: number
  readonly vcpus: number
  /** GiB */
  readonly rootGb: number
  readonly ephemeralGb: number
}

export interface LeaveOptions extends GuestOptions, PowerOffOptions {
  /** The address of the host where the disks go. */
  readonly destination: string | null
  readonly flavor: DriverFlavor
}

export interface ArriveOptions extends GuestOptions {
  /** What `migrateDiskAndPowerOff` answered there. */
  readonly diskInfo: string | null
  /** Glance's image as a v1-style dict; `{}` when there is none. */
  readonly imageMeta: Readonly<Record<string, unknown>>
  /** The disks are to be of another size. */
  readonly resizeInstance: boolean
  readonly powerOn: boolean
}

export interface ReturnOptions extends GuestOptions {
  readonly powerOn: boolean
}

/** What hosts tell each other before a live migration: one of the `…LiveMigrateData` (lib/objects). */
export type MigrateData = object

export interface LiveMigrationRequest {
  /** null: as the storage of the two asks for */
  readonly blockMigration: boolean | null
  readonly diskOverCommit: boolean
}

export interface ComingOptions extends GuestOptions {
  /** What `getInstanceDiskInfo` answered on the host that is left. */
  readonly diskInfo: string | null
}

/** Bytes; null: not known. */
export interface LiveMigrationProgress {
  readonly memoryTotal: number | null
  readonly memoryProcessed: number | null
  readonly memoryRemaining: number | null
  readonly diskTotal: number | null
  readonly diskProcessed: number | null
  readonly diskRemaining: number | null
}

export interface LiveMigrationOptions {
  readonly destination: string
  readonly blockMigration: boolean | null
  readonly data: MigrateData
  /** Told now and then, and at the end. */
  readonly onProgress: (progress: LiveMigrationProgress) => Promise<void>
}

/** A live migration was ended because somebody asked for it: the guest runs on where it was. */
export class LiveMigrationAborted extends Error {
  override readonly name = 'LiveMigrationAborted'
}

export interface RescueOptions extends GuestOptions {
  /** Glance's image as a v1-style dict: what is booted. */
  readonly imageMeta: Readonly<Record<string, unknown>>
  readonly adminPassword: string
}

/** How a snapshot reports, in this order, and where it puts what it read. */
export interface SnapshotSink {
  /** The disk is being read. */
  readonly reading: () => Promise<void>
  /** All is read, the upload begins. */
  readonly sending: () => Promise<void>
  readonly upload: (
    data: Readable,
    format: { readonly diskFormat: string; readonly containerFormat: string },
  ) => Promise<void>
}

export interface PowerOffOptions {
  /** Seconds that the guest may take to go down by itself; 0: pull the plug. */
  readonly timeout?: number
  /** Seconds until it is asked again. */
  readonly retryInterval?: number
}

/** `{ driver_volume_type, data, serial }`, as the volume service said it. */
export type ConnectionInfo = Readonly<Record<string, unknown>>

/** What a driver reads of a ShareMapping (lib/objects); the object itself fits. */
export interface DriverShare {
  readonly shareId: string
  /** What the guest mounts it by. */
  readonly tag: string
  readonly shareProto: 'NFS' | 'CEPHFS'
  /** `host:/path` */
  readonly exportLocation: string
}

/** What is spoken on a console. */
export type ConsoleProtocol = 'vnc' | 'spice' | 'serial' | 'mks'

export interface ConsoleAddress {
  readonly host: string
  readonly port: number
  /** For an HTTP CONNECT before anything else. */
  readonly internalAccessPath: string | null
  /** SPICE only. */
  readonly tlsPort?: number | null
}

/** Something that another service tells of an instance: `network-vif-plugged` of a port. */
export interface AwaitedEvent {
  readonly name: string
  readonly tag: string | null
}

/** What nova-compute does for its driver. */
export interface VirtApi {
  /**
   * Does the work, and then waits until other services have told all these events. They count from
   * before the work begins.
   *
   * @throws InstanceEventTimeout when they take longer than that, counted from the work's end
   * @throws NovaException when one tells that it failed, or the instance is deleted meanwhile
   */
  waitForInstanceEvent<T>(
    instance: { readonly uuid: string },
    events: readonly AwaitedEvent[],
    timeoutSeconds: number,
    work: () => Promise<T>,
  ): Promise<T>
}

/** What a hypervisor can do beyond the least. */
export interface DriverCapabilities {
  /** Interfaces of a guest that runs. */
  readonly supportsAttachInterface: boolean
  /** And tells the guest what they are called. */
  readonly supportsTaggedAttachInterface: boolean
  /** Tells a guest that runs that a volume of its has grown. */
  readonly supportsExtendVolume: boolean
  /** Takes guests over from hosts that are down. */
  readonly supportsEvacuate: boolean
  /** A cold migration may end where it began. */
  readonly supportsMigrateToSameHost: boolean
}

/** What a node has and uses. */
export interface AvailableResource {
  readonly vcpus: number
  /** MiB */
  readonly memoryMb: number
  /** GiB */
  readonly localGb: number
  readonly vcpusUsed: number
  readonly memoryMbUsed: number
  readonly localGbUsed: number
  readonly hypervisorType: string
  /** major * 1000000 + minor * 1000 + patch, or as the driver counts */
  readonly hypervisorVersion: number
  readonly hypervisorHostname: string
  /** JSON */
  readonly cpuInfo: string
  /** GiB; null: unknown */
  readonly diskAvailableLeast: number | null
  /** `[architecture, hypervisor, mode]` */
  readonly supportedInstances: readonly (readonly [string, string, string])[]
  /** JSON of a NUMATopology, null when there is none to tell of. */
  readonly numaTopology: string | null
}

export type LifecycleTransition = 'started' | 'stopped' | 'paused' | 'resumed' | 'suspended'

/** Something happened to a guest that nobody here asked for. */
export interface LifecycleEvent {
  readonly uuid: string
  readonly transition: LifecycleTransition
}

/**
 * What nova-compute asks of a hypervisor: nova's driver interface, by its names. A method that a
 * driver does not override rejects with NotImplementedError, which the manager answers as nova does.
 *
 * Every method may take time and may reject; none may block the event loop, and each has a limit
 * of its own within which it settles.
 */
export abstract class ComputeDriver {
  #listener: ((event: LifecycleEvent) => void) | undefined

  readonly capabilities: DriverCapabilities = {
    supportsAttachInterface: false,
    supportsTaggedAttachInterface: false,
    supportsExtendVolume: false,
    supportsEvacuate: false,
    supportsMigrateToSameHost: false,
  }

  #virtApi: VirtApi | undefined

  /** Given once, before {@link initHost}. */
  useVirtApi(virtApi: VirtApi): void {
    this.#virtApi = virtApi
  }

  protected get virtApi(): VirtApi {
    if (!this.#virtApi) throw new Error('this driver was given no virt API')
    return this.#virtApi
  }

  /** Called once, before anything else. */
  initHost(_host: string): Promise<void> {
    return notImplemented('init_host')
  }

  async cleanupHost(_host: string): Promise<void> {}

  /** @throws InstanceNotFound */
  getInfo(_instance: DriverInstance): Promise<InstanceInfo> {
    return notImplemented('get_info')
  }

  listInstanceUuids(): Promise<readonly string[]> {
    return notImplemented('list_instance_uuids')
  }

  async getNumInstances(): Promise<number> {
    return (await this.listInstanceUuids()).length
  }

  async instanceExists(instance: DriverInstance): Promise<boolean> {
    return (await this.listInstanceUuids()).includes(instance.uuid)
  }

  /** hypervisor hostnames */
  getAvailableNodes(): Promise<readonly string[]> {
    return notImplemented('get_available_nodes')
  }

  async nodeIsAvailable(nodename: string): Promise<boolean> {
    return (await this.getAvailableNodes()).includes(nodename)
  }

  getAvailableResource(_nodename: string): Promise<AvailableResource> {
    return notImplemented('get_available_resource')
  }

  /**
   * Switches the host itself.
   *
   * @param _action  `startup`, `shutdown`, `reboot`
   */
  hostPowerAction(_action: string): Promise<string> {
    return notImplemented('host_power_action')
  }

  /** @returns `on_maintenance` or `off_maintenance`, else why not */
  hostMaintenanceMode(_host: string, _mode: boolean): Promise<string> {
    return notImplemented('host_maintenance_mode')
  }

  /** @returns `enabled` or `disabled`, else why not */
  setHostEnabled(_enabled: boolean): Promise<string> {
    return notImplemented('set_host_enabled')
  }

  getHostUptime(): Promise<string> {
    return notImplemented('get_host_uptime')
  }

  /** Early hook of a build, and its undoing. */
  async prepareForSpawn(_instance: DriverInstance): Promise<void> {}
  async failedSpawnCleanup(_instance: DriverInstance): Promise<void> {}

  /** Creates and boots the guest; on return it is complete. */
  spawn(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: SpawnOptions,
  ): Promise<void> {
    return notImplemented('spawn')
  }

  /** Powers off and removes. A guest that is not there is no error. */
  destroy(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: DestroyOptions,
  ): Promise<void> {
    return notImplemented('destroy')
  }

  reboot(
    _context: RequestContext,
    _instance: DriverInstance,
    _rebootType: 'SOFT' | 'HARD',
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('reboot')
  }

  pause(_instance: DriverInstance): Promise<void> {
    return notImplemented('pause')
  }

  unpause(_instance: DriverInstance): Promise<void> {
    return notImplemented('unpause')
  }

  suspend(_context: RequestContext, _instance: DriverInstance): Promise<void> {
    return notImplemented('suspend')
  }

  resume(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('resume')
  }

  /** After the host itself was rebooted: brings the guest back. */
  resumeStateOnHostBoot(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('resume_state_on_host_boot')
  }

  powerOff(_instance: DriverInstance, _options?: PowerOffOptions): Promise<void> {
    return notImplemented('power_off')
  }

  powerOn(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('power_on')
  }

  /** Boots the guest from another image; its own root disk is there too. */
  rescue(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: RescueOptions,
  ): Promise<void> {
    return notImplemented('rescue')
  }

  /** Boots the guest from its own root disk again. */
  unrescue(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('unrescue')
  }

  /** The address of the host, where other hosts send disks to; null: not known. */
  async getHostIpAddr(): Promise<string | null> {
    return null
  }

  /** Whether the disks of a guest can be reached from here, as on storage that hosts share. */
  async instanceOnDisk(_instance: DriverInstance): Promise<boolean> {
    return false
  }

  /**
   * The first half of a cold migration, on the host that is left: the guest goes off, its disks go over,
   * and a copy stays for the way back.
   *
   * @returns what the other half needs to know
   */
  migrateDiskAndPowerOff(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: LeaveOptions,
  ): Promise<string | null> {
    return notImplemented('migrate_disk_and_power_off')
  }

  /** The second half, on the host where it goes. */
  finishMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: ArriveOptions,
  ): Promise<void> {
    return notImplemented('finish_migration')
  }

  /** There is no way back: what was kept for it goes. Nothing kept is no error. */
  confirmMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _networkInfo: NetworkInfo,
  ): Promise<void> {
    return notImplemented('confirm_migration')
  }

  /** The way back, on the host that was left. */
  finishRevertMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: ReturnOptions,
  ): Promise<void> {
    return notImplemented('finish_revert_migration')
  }

  /**
   * Whether this host can take the guest; asked before anything moves, on the destination.
   *
   * @throws Invalid, MigrationPreCheckError when it cannot
   */
  checkCanLiveMigrateDestination(
    _context: RequestContext,
    _instance: DriverInstance,
    _request: LiveMigrationRequest,
  ): Promise<MigrateData> {
    return notImplemented('check_can_live_migrate_destination')
  }

  /** The same on the source, which knows by now what the destination said. */
  checkCanLiveMigrateSource(
    _context: RequestContext,
    _instance: DriverInstance,
    _data: MigrateData,
  ): Promise<MigrateData> {
    return notImplemented('check_can_live_migrate_source')
  }

  async cleanupLiveMigrationDestinationCheck(
    _context: RequestContext,
    _data: MigrateData,
  ): Promise<void> {}

  /** What the destination has to know of the disks; null: nothing. */
  async getInstanceDiskInfo(_instance: DriverInstance): Promise<string | null> {
    return null
  }

  /** Makes the destination ready for the guest. */
  preLiveMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _data: MigrateData,
    _options: ComingOptions,
  ): Promise<MigrateData> {
    return notImplemented('pre_live_migration')
  }

  /**
   * Moves the guest while it runs; on return it is there.
   *
   * @throws LiveMigrationAborted after {@link liveMigrationAbort}
   */
  liveMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: LiveMigrationOptions,
  ): Promise<void> {
    return notImplemented('live_migration')
  }

  /** Has it come to its end now, if need be by a pause of the guest. */
  liveMigrationForceComplete(_instance: DriverInstance): Promise<void> {
    return notImplemented('live_migration_force_complete')
  }

  liveMigrationAbort(_instance: DriverInstance): Promise<void> {
    return notImplemented('live_migration_abort')
  }

  /** Clears away what the source still has of a guest that went. */
  postLiveMigrationAtSource(
    _context: RequestContext,
    _instance: DriverInstance,
    _networkInfo: NetworkInfo,
  ): Promise<void> {
    return notImplemented('post_live_migration_at_source')
  }

  /** Completes the guest that came. */
  postLiveMigrationAtDestination(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('post_live_migration_at_destination')
  }

  /** Undoes {@link preLiveMigration}. */
  rollbackLiveMigrationAtDestination(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: DestroyOptions,
  ): Promise<void> {
    return notImplemented('rollback_live_migration_at_destination')
  }

  /** Puts a guest away that may be wanted back. */
  softDelete(_instance: DriverInstance): Promise<void> {
    return notImplemented('soft_delete')
  }

  restore(_instance: DriverInstance): Promise<void> {
    return notImplemented('restore')
  }

  /** Copies the root disk into an image; a running guest runs on. */
  snapshot(
    _context: RequestContext,
    _instance: DriverInstance,
    _imageId: string,
    _sink: SnapshotSink,
  ): Promise<void> {
    return notImplemented('snapshot')
  }

  setAdminPassword(_instance: DriverInstance, _password: string): Promise<void> {
    return notImplemented('set_admin_password')
  }

  /** Has the guest's kernel write a dump of itself. */
  triggerCrashDump(_instance: DriverInstance): Promise<void> {
    return notImplemented('trigger_crash_dump')
  }

  async injectNetworkInfo(_instance: DriverInstance, _networkInfo: NetworkInfo): Promise<void> {}

  /** Looks after guests whose reboot takes longer than it should (seconds). */
  async pollRebootingInstances(
    _timeout: number,
    _instances: readonly DriverInstance[],
  ): Promise<void> {}

  getConsoleOutput(_context: RequestContext, _instance: DriverInstance): Promise<string> {
    return notImplemented('get_console_output')
  }

  /** Where a console of the guest listens. @throws InstanceNotFound, ConsoleTypeUnavailable */
  getConsole(
    _context: RequestContext,
    _instance: DriverInstance,
    protocol: ConsoleProtocol,
  ): Promise<ConsoleAddress> {
    return notImplemented(`get_${protocol}_console`)
  }

  /** What the hypervisor counts of a guest, by its own names. */
  getDiagnostics(_instance: DriverInstance): Promise<Readonly<Record<string, unknown>>> {
    return notImplemented('get_diagnostics')
  }

  getInstanceDiagnostics(_instance: DriverInstance): Promise<Diagnostics> {
    return notImplemented('get_instance_diagnostics')
  }

  /** Before there is a guest that needs it. @returns false: it is there already */
  cacheImage(_context: RequestContext, _imageId: string): Promise<boolean> {
    return notImplemented('cache_image')
  }

  /** Who this host is, for a volume service: `ip`, `host`, `initiator`, … */
  getVolumeConnector(_instance: DriverInstance): Promise<Readonly<Record<string, unknown>>> {
    return notImplemented('get_volume_connector')
  }

  /** Plugs a volume into a guest, running or not. */
  attachVolume(
    _context: RequestContext,
    _connectionInfo: ConnectionInfo,
    _instance: DriverInstance,
    _mountpoint: string,
    _options: { readonly diskBus: string | null; readonly deviceType: string | null },
  ): Promise<void> {
    return notImplemented('attach_volume')
  }

  /** The guest sees that its volume has grown. @param _size  bytes */
  extendVolume(
    _context: RequestContext,
    _connectionInfo: ConnectionInfo,
    _instance: DriverInstance,
    _size: number,
  ): Promise<void> {
    return notImplemented('extend_volume')
  }

  /** One that is not there is no error. */
  detachVolume(
    _context: RequestContext,
    _connectionInfo: ConnectionInfo,
    _instance: DriverInstance,
    _mountpoint: string,
  ): Promise<void> {
    return notImplemented('detach_volume')
  }

  /** Copies while the guest runs, and goes on with the copy. @param resizeTo  GiB */
  swapVolume(
    _context: RequestContext,
    _oldConnectionInfo: ConnectionInfo,
    _newConnectionInfo: ConnectionInfo,
    _instance: DriverInstance,
    _mountpoint: string,
    _resizeTo: number,
  ): Promise<void> {
    return notImplemented('swap_volume')
  }

  /** Does what a volume service needs for a snapshot of a volume in use. */
  volumeSnapshotCreate(
    _context: RequestContext,
    _instance: DriverInstance,
    _volumeId: string,
    _createInfo: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return notImplemented('volume_snapshot_create')
  }

  volumeSnapshotDelete(
    _context: RequestContext,
    _instance: DriverInstance,
    _volumeId: string,
    _snapshotId: string,
    _deleteInfo: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return notImplemented('volume_snapshot_delete')
  }

  /** Makes a share there for a guest that is about to be switched on. One that is there is no error. */
  mountShare(
    _context: RequestContext,
    _instance: DriverInstance,
    _share: DriverShare,
  ): Promise<void> {
    return notImplemented('mount_share')
  }

  /** For a guest that is off. One that is not there is no error. */
  umountShare(
    _context: RequestContext,
    _instance: DriverInstance,
    _share: DriverShare,
  ): Promise<void> {
    return notImplemented('umount_share')
  }

  /** Somebody else has switched the guest's machine on or off. */
  powerUpdateEvent(_instance: DriverInstance, _power: PowerState): Promise<void> {
    return notImplemented('power_update_event')
  }

  /** Plugs an interface into a guest. @throws InterfaceAttachFailed when it has it already */
  attachInterface(_context: RequestContext, _instance: DriverInstance, _vif: Vif): Promise<void> {
    return notImplemented('attach_interface')
  }

  /** @throws InterfaceDetachFailed when the guest has no such interface */
  detachInterface(_context: RequestContext, _instance: DriverInstance, _vif: Vif): Promise<void> {
    return notImplemented('detach_interface')
  }

  async plugVifs(_instance: DriverInstance, _networkInfo: NetworkInfo): Promise<void> {}
  async unplugVifs(_instance: DriverInstance, _networkInfo: NetworkInfo): Promise<void> {}

  /** One listener; a later one replaces it. */
  registerEventListener(listener: (event: LifecycleEvent) => void): void {
    this.#listener = listener
  }

  protected emitEvent(event: LifecycleEvent): void {
    this.#listener?.(event)
  }
}

const notImplemented = (method: string): Promise<never> =>
  Promise.reject(new NotImplementedError(`the driver does not implement ${method}`))
