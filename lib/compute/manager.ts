import type { RequestContext } from '../context/index.js'
import { NotImplementedError } from '../exception/index.js'
import {
  type BlockDeviceMapping,
  ConsoleAuthToken,
  Instance,
  InstanceAction,
  InstanceList,
  type ShareMapping,
} from '../objects/index.js'
import type { Endpoint } from '../rpc/index.js'
import { KeyedLock } from '../util/keyed-lock.js'
import type { ComputeDriver, ConsoleProtocol } from '../virt/driver.js'
import { setAdminPassword } from './admin-password.js'
import { InstanceBuilder } from './build.js'
import { cacheImages } from './cache-images.js'
import { GuestConsoles } from './consoles.js'
import { GuestDiagnostics } from './diagnostics.js'
import {
  ExternalEventHandler,
  type ExternalEventsArgs,
  extendVolume,
  powerUpdate,
} from './external-event-handler.js'
import type { InstanceArgs } from './guards.js'
import { GuestActions } from './guest-actions.js'
import { GuestShares } from './guest-shares.js'
import { GuestVolumes } from './guest-volumes.js'
import { repairInstances } from './init-host.js'
import { InstanceEvents } from './instance-events.js'
import { GuestInterfaces } from './interfaces.js'
import { MethodGuards, type RpcMethods, rpcMethod, taking } from './method-guards.js'
import { confirmOldResizes } from './moves/confirm-old.js'
import { takeOver } from './moves/evacuate.js'
import { destroyEvacuated } from './moves/evacuated.js'
import { LiveMigrations } from './moves/live-source.js'
import { moveMethods } from './moves/methods.js'
import type { MoveTools } from './moves/parts.js'
import { repairArriving, repairLeaving, repairLive } from './moves/repair.js'
import { InstanceNetworks } from './networking.js'
import { syncPowerState, syncPowerStates } from './power-sync.js'
import { InstanceRebuilder, type RebuildArgs } from './rebuild.js'
import { GuestRescue } from './rescue.js'
import { ResourceTracker } from './resource-tracker.js'
import type { BuildAndRunInstanceArgs, RebootType } from './rpcapi.js'
import type { ComputeServices } from './services.js'
import { InstanceShelving } from './shelve.js'
import { InstanceSnapshots } from './snapshots.js'
import { SoftDeletion } from './soft-delete.js'
import { TaskState } from './states.js'
import { InstanceTerminator } from './terminate.js'
import { InstanceUnshelver, type UnshelveArgs } from './unshelve.js'
import { type ActByItself, InstanceUpkeep } from './upkeep.js'

/** A task that the service runs again and again; `spacing` in seconds, 0: each 60, below 0: never. */
export interface ComputePeriodicTask {
  readonly name: string
  readonly spacing: number
  readonly runImmediately?: boolean
  readonly run: () => Promise<void>
}

interface StopArgs extends InstanceArgs {
  readonly clean_shutdown?: boolean
}

interface RebootArgs extends InstanceArgs {
  readonly reboot_type: RebootType
}

interface RescueArgs extends InstanceArgs {
  readonly rescue_password?: string | null
  readonly rescue_image_ref?: string | null
  readonly clean_shutdown?: boolean
}

interface SnapshotArgs extends InstanceArgs {
  readonly image_id: string
}

interface ShelveArgs extends SnapshotArgs {
  readonly clean_shutdown?: boolean
}

interface BackupArgs extends SnapshotArgs {
  readonly backup_type: string
  readonly rotation: number
}

interface SetAdminPasswordArgs extends InstanceArgs {
  readonly new_pass?: string | null
}

interface AttachInterfaceArgs extends InstanceArgs {
  readonly network_id?: string | null
  readonly port_id?: string | null
  readonly requested_ip?: string | null
  readonly tag?: string | null
}

interface DetachInterfaceArgs extends InstanceArgs {
  readonly port_id?: string | null
}

interface MaintenanceArgs {
  readonly host: string
  readonly mode: boolean
}

interface ExtendVolumeArgs extends InstanceArgs {
  readonly volumeId: string
}

interface PowerUpdateArgs extends InstanceArgs {
  readonly target: string
}

interface FixedIpArgs extends InstanceArgs {
  readonly network_id?: string | null
  readonly address?: string | null
}

interface ConsoleOutputArgs extends InstanceArgs {
  readonly tail_length: number | string | null
}

interface ConsoleArgs extends InstanceArgs {
  readonly console_type: string
}

interface ConsolePortArgs extends ConsoleArgs {
  readonly port: string | number
}

interface ReserveDeviceArgs extends InstanceArgs {
  readonly device?: string | null
  readonly volume_id: string
  readonly disk_bus?: string | null
  readonly device_type?: string | null
  readonly tag?: string | null
}

interface AttachVolumeArgs extends InstanceArgs {
  readonly bdm: BlockDeviceMapping
}

interface DetachVolumeArgs extends InstanceArgs {
  readonly volume_id: string
  readonly attachment_id?: string | null
}

interface SwapVolumeArgs extends InstanceArgs {
  readonly old_volume_id: string
  readonly new_volume_id: string
  readonly new_attachment_id: string
}

interface ShareArgs extends InstanceArgs {
  readonly share_mapping: ShareMapping
}

interface CacheImagesArgs {
  readonly image_ids: readonly string[]
}

interface VolumeSnapshotArgs extends InstanceArgs {
  readonly volume_id: string
  readonly snapshot_id?: string | null
  readonly create_info?: Readonly<Record<string, unknown>>
  readonly delete_info?: Readonly<Record<string, unknown>>
}

/**
 * nova-compute: runs the guests of one host. Methods on one instance run one after another; what
 * they do stands in modules of their own, and here how they are guarded.
 */
export class ComputeManager {
  readonly #services: ComputeServices
  readonly #locks = new KeyedLock()
  readonly #networks: InstanceNetworks
  readonly #actions: GuestActions
  readonly #softDeletion: SoftDeletion
  readonly #snapshots: InstanceSnapshots
  readonly #shelving: InstanceShelving
  readonly #volumes: GuestVolumes
  readonly #shares: GuestShares
  readonly #terminator: InstanceTerminator
  readonly #builder: InstanceBuilder
  readonly #upkeep: InstanceUpkeep
  readonly #events = new InstanceEvents()
  #live: LiveMigrations | undefined
  readonly #methods: RpcMethods
  readonly #shareMethods: RpcMethods
  readonly tracker: ResourceTracker

  constructor(services: ComputeServices) {
    this.#services = services
    this.tracker = new ResourceTracker(services)
    this.#networks = new InstanceNetworks(services)
    this.#shares = new GuestShares(services)
    const shares = this.#shares
    this.#actions = new GuestActions(services, this.#networks, shares)
    this.#softDeletion = new SoftDeletion(services, this.#networks)
    this.#volumes = new GuestVolumes(services)
    const volumes = this.#volumes
    const { tracker } = this
    const networks = this.#networks
    this.#snapshots = new InstanceSnapshots(services)
    const snapshots = this.#snapshots
    this.#shelving = new InstanceShelving({ services, tracker, networks, snapshots, volumes })
    this.#terminator = new InstanceTerminator({ services, tracker, networks, volumes, shares })
    this.#builder = new InstanceBuilder({
      services,
      tracker,
      networks,
      volumes,
      locks: this.#locks,
    })
    this.#upkeep = new InstanceUpkeep({
      services,
      terminator: this.#terminator,
      locks: this.#locks,
      act: (...action) => this.#actByItself(...action),
    })
    const guards = new MethodGuards(services, this.#locks)
    const methods = this.#methodTable(guards)
    this.#shareMethods = guards.recordedExclusive({
      allow_share: taking<ShareArgs>((context, args) => shares.allow(context, args.share_mapping)),
      deny_share: taking<ShareArgs>((context, args) =>
        shares.deny(context, args.instance, args.share_mapping),
      ),
    })
    this.#methods = {
      ...methods,
      // A build that waits for an event holds the lock that its deletion wants.
      terminate_instance: rpcMethod((context, args: InstanceArgs) => {
        this.#events.clear(args.instance.uuid)
        return methods.terminate_instance?.(context, { ...args })
      }),
    }
  }

  /** Every method by its name on the wire, below what guards it. */
  #methodTable(guards: MethodGuards): RpcMethods {
    const { driver } = this.#services
    const actions = this.#actions
    const rescue = new GuestRescue(this.#services, this.#networks)
    const stop = guards.event('stop_instance', (_context, { instance }) =>
      actions.stop(instance, false),
    )
    const rebuilder = new InstanceRebuilder({
      services: this.#services,
      networks: this.#networks,
      stop,
    })
    const moveParts = { ...this.#moveTools(), stop }
    const live = new LiveMigrations(moveParts)
    this.#live = live
    const moves = moveMethods(moveParts, live, guards)
    const snapshots = this.#snapshots
    const unshelver = new InstanceUnshelver({
      services: this.#services,
      tracker: this.tracker,
      networks: this.#networks,
      volumes: this.#volumes,
    })
    const softDeletion = this.#softDeletion
    const volumes = this.#volumes
    const consoles = new GuestConsoles(this.#services)
    const diagnostics = new GuestDiagnostics(this.#services)
    const open = (protocol: ConsoleProtocol) =>
      taking<ConsoleArgs>((context, args) =>
        consoles.open(context, args.instance, protocol, args.console_type),
      )
    const interfaces = new GuestInterfaces(this.#services, this.#networks, this.#locks)
    const externalEvents = this.#externalEvents(guards, interfaces)
    return {
      ...moves,
      external_instance_event: rpcMethod((context, args: ExternalEventsArgs) =>
        externalEvents.handle(context, args),
      ),
      build_and_run_instance: rpcMethod((context, args: BuildAndRunInstanceArgs) =>
        this.#builder.start(context, args),
      ),
      get_host_uptime: rpcMethod(() => driver.getHostUptime()),
      host_power_action: rpcMethod((_context, { action }: { readonly action: string }) =>
        driver.hostPowerAction(action),
      ),
      host_maintenance_mode: rpcMethod((_context, args: MaintenanceArgs) =>
        driver.hostMaintenanceMode(args.host, args.mode),
      ),
      set_host_enabled: rpcMethod((_context, { enabled }: { readonly enabled: boolean }) =>
        setHostEnabled(driver, enabled),
      ),
      cache_images: rpcMethod((context, args: CacheImagesArgs) =>
        cacheImages(context, this.#services, args.image_ids),
      ),
      volume_snapshot_create: rpcMethod((context, args: VolumeSnapshotArgs) =>
        driver.volumeSnapshotCreate(context, args.instance, args.volume_id, args.create_info ?? {}),
      ),
      volume_snapshot_delete: rpcMethod((context, args: VolumeSnapshotArgs) =>
        driver.volumeSnapshotDelete(
          context,
          args.instance,
          args.volume_id,
          args.snapshot_id ?? '',
          args.delete_info ?? {},
        ),
      ),
      ...guards.exclusive({
        terminate_instance: (context, { instance }) =>
          this.#terminator.terminate(context, instance),
        start_instance: (context, { instance }) => actions.start(context, instance),
        stop_instance: taking<StopArgs>((_context, args) =>
          actions.stop(args.instance, args.clean_shutdown !== false),
        ),
        reboot_instance: taking<RebootArgs>((context, args) =>
          actions.reboot(context, args.instance, args.reboot_type),
        ),
        pause_instance: (_context, { instance }) => actions.pause(instance),
        unpause_instance: (_context, { instance }) => actions.unpause(instance),
        suspend_instance: (context, { instance }) => actions.suspend(context, instance),
        resume_instance: (context, { instance }) => actions.resume(context, instance),
        rescue_instance: taking<RescueArgs>((context, args) =>
          rescue.rescue(context, args.instance, {
            password: args.rescue_password ?? null,
            imageRef: args.rescue_image_ref ?? null,
            cleanShutdown: args.clean_shutdown !== false,
          }),
        ),
        rebuild_instance: taking<RebuildArgs>((context, args) =>
          args.recreate ? takeOver(moveParts, context, args) : rebuilder.rebuild(context, args),
        ),
        shelve_instance: taking<ShelveArgs>((context, args) =>
          this.#shelving.shelve(
            context,
            args.instance,
            args.image_id,
            args.clean_shutdown !== false,
          ),
        ),
        shelve_offload_instance: taking<StopArgs>((context, args) =>
          this.#shelving.offload(context, args.instance, args.clean_shutdown !== false),
        ),
        unshelve_instance: taking<UnshelveArgs>((context, args) =>
          unshelver.unshelve(context, args),
        ),
        unrescue_instance: (context, { instance }) => rescue.unrescue(context, instance),
        soft_delete_instance: (_context, { instance }) => softDeletion.softDelete(instance),
        restore_instance: (context, { instance }) => softDeletion.restore(context, instance),
        set_admin_password: taking<SetAdminPasswordArgs>((_context, args) =>
          setAdminPassword(this.#services, args.instance, args.new_pass ?? null),
        ),
      }),
      ...guards.shared({
        snapshot_instance: taking<SnapshotArgs>((context, args) =>
          snapshots.snapshot(context, args.instance, args.image_id),
        ),
        backup_instance: taking<BackupArgs>((context, args) =>
          snapshots.backup(context, args.instance, {
            imageId: args.image_id,
            backupType: args.backup_type,
            rotation: args.rotation,
          }),
        ),
      }),
      ...guards.faultedExclusive({
        reserve_block_device_name: taking<ReserveDeviceArgs>((context, args) =>
          volumes.reserveDeviceName(context, args.instance, {
            device: args.device ?? null,
            volumeId: args.volume_id,
            diskBus: args.disk_bus ?? null,
            deviceType: args.device_type ?? null,
            tag: args.tag ?? null,
          }),
        ),
      }),
      ...guards.recordedExclusive({
        attach_volume: taking<AttachVolumeArgs>((context, args) =>
          volumes.attach(context, args.instance, args.bdm),
        ),
        detach_volume: taking<DetachVolumeArgs>((context, args) =>
          volumes.detach(context, args.instance, args.volume_id, args.attachment_id ?? null),
        ),
        swap_volume: taking<SwapVolumeArgs>((context, args) =>
          volumes.swap(context, args.instance, {
            old: args.old_volume_id,
            new: args.new_volume_id,
            newAttachment: args.new_attachment_id,
          }),
        ),
      }),
      ...guards.recorded({
        trigger_crash_dump: (_context, { instance }) => driver.triggerCrashDump(instance),
        attach_interface: taking<AttachInterfaceArgs>((context, args) =>
          interfaces.attach(context, args.instance, {
            networkId: args.network_id ?? null,
            portId: args.port_id ?? null,
            requestedIp: args.requested_ip ?? null,
            tag: args.tag ?? null,
          }),
        ),
        detach_interface: taking<DetachInterfaceArgs>((context, args) =>
          interfaces.detach(context, args.instance, args.port_id ?? ''),
        ),
      }),
      ...guards.faulted({
        add_fixed_ip_to_instance: taking<FixedIpArgs>((context, args) =>
          interfaces.addFixedIp(context, args.instance, args.network_id ?? ''),
        ),
        remove_fixed_ip_from_instance: taking<FixedIpArgs>((context, args) =>
          interfaces.removeFixedIp(context, args.instance, args.address ?? ''),
        ),
        inject_network_info: async (context, { instance }) =>
          driver.injectNetworkInfo(instance, await this.#networks.refresh(context, instance)),
        get_console_output: taking<ConsoleOutputArgs>((context, args) =>
          actions.consoleOutput(context, args.instance, args.tail_length ?? null),
        ),
        get_vnc_console: open('vnc'),
        get_spice_console: open('spice'),
        get_serial_console: open('serial'),
        get_mks_console: open('mks'),
        validate_console_port: taking<ConsolePortArgs>((context, args) =>
          consoles.isPort(context, args.instance, args.port, args.console_type),
        ),
        get_diagnostics: (_context, { instance }) => diagnostics.map(instance),
        get_instance_diagnostics: (_context, { instance }) => diagnostics.objects(instance),
      }),
    }
  }

  #moveTools(): MoveTools {
    const { tracker } = this
    return {
      services: this.#services,
      tracker,
      networks: this.#networks,
      volumes: this.#volumes,
      locks: this.#locks,
    }
  }

  /** Two kinds of them lead to methods that leave the traces of one that somebody asked for. */
  #externalEvents(guards: MethodGuards, interfaces: GuestInterfaces): ExternalEventHandler {
    const services = this.#services
    const methods = {
      ...guards.recorded({
        extend_volume: taking<ExtendVolumeArgs>((context, args) =>
          extendVolume(services, context, args.instance, args.volumeId),
        ),
      }),
      ...guards.exclusive({
        power_update: taking<PowerUpdateArgs>((_context, args) =>
          powerUpdate(services, args.instance, args.target),
        ),
      }),
    }
    return new ExternalEventHandler({
      services,
      networks: this.#networks,
      interfaces,
      waiting: this.#events,
      extendVolume: async (context, instance, volumeId) => {
        await methods.extend_volume?.(context, { instance, volumeId })
      },
      powerUpdate: async (context, instance, target) => {
        await methods.power_update?.(context, { instance, target })
      },
    })
  }

  /** What the service offers on topic `compute`. */
  endpoints(): readonly [Endpoint, Endpoint] {
    return [
      { version: '6.2', methods: this.#methods },
      // Of what came after 6.2 these only.
      { version: '6.4', methods: this.#shareMethods },
    ]
  }

  /** Builds under way, those that wait for their turn among them. */
  get runningBuilds(): number {
    return this.#builder.running
  }

  /** Repairs what an earlier life left. */
  async initHost(): Promise<void> {
    const { driver, host, scheduler, adminContext, options } = this.#services
    driver.useVirtApi(this.#events)
    await driver.initHost(host)
    const evacuated = await destroyEvacuated(adminContext, this.#services)
    const instances = await repairInstances(adminContext, this.#services, evacuated, {
      terminate: (context, instance) => this.#terminator.terminate(context, instance),
      start: (context, instance) => this.#actions.start(context, instance),
      stop: (_context, instance) => this.#actions.stop(instance, true),
      reboot: (context, instance, type) => this.#actions.reboot(context, instance, type),
      softDelete: (_context, instance) => this.#softDeletion.softDelete(instance),
      restore: (context, instance) => this.#softDeletion.restore(context, instance),
      shelveOffload: (context, instance) => this.#shelving.offload(context, instance, false),
      endLeaving: (context, instance) => repairLeaving(this.#moveTools(), context, instance),
      endArriving: (context, instance) => repairArriving(this.#moveTools(), context, instance),
      endLive: (context, instance) => repairLive(this.#moveTools(), context, instance),
    })
    driver.registerEventListener(({ uuid }) => this.#handleLifecycleEvent(uuid))
    if (instances.length > 0 && options.trackInstanceChanges) {
      await scheduler.updateInstanceInfo(adminContext, host, instances)
    }
  }

  /** Node and inventory exist before the first message can come. */
  async preStartHook(): Promise<void> {
    await this.tracker.updateAvailableResource(this.#services.adminContext)
  }

  /** Lets builds end, then closes the hypervisor. */
  async cleanupHost(): Promise<void> {
    this.#events.close()
    await this.idle()
    await this.#services.driver.cleanupHost(this.#services.host)
    // The driver ends those that are under way: their guests stay here.
    await this.#live?.idle()
  }

  /** Resolves when no build is under way. */
  idle(): Promise<void> {
    return this.#builder.idle()
  }

  periodicTasks(): readonly ComputePeriodicTask[] {
    const { adminContext, options } = this.#services
    return [
      {
        name: 'update_available_resource',
        spacing: options.updateResourcesInterval,
        run: () => this.tracker.updateAvailableResource(adminContext),
      },
      {
        name: '_sync_power_states',
        spacing: options.syncPowerStateInterval,
        runImmediately: true,
        run: () => syncPowerStates(adminContext, this.#powerSync()),
      },
      {
        name: '_sync_scheduler_instance_info',
        spacing: options.trackInstanceChanges ? options.schedulerInstanceSyncInterval : -1,
        run: () => this.#syncScheduler(),
      },
      {
        name: '_cleanup_expired_console_auth_tokens',
        spacing: options.instanceDeleteInterval,
        run: () => ConsoleAuthToken.cleanExpiredConsoleAuths(adminContext),
      },
      {
        name: '_cleanup_running_deleted_instances',
        spacing: options.runningDeletedInstancePollInterval || -1,
        runImmediately: true,
        run: () => this.#upkeep.cleanRunningDeleted(),
      },
      {
        name: '_reclaim_queued_deletes',
        spacing: eachTick(options.reclaimInstanceInterval),
        run: () => this.#upkeep.reclaimDeleted(),
      },
      {
        name: '_poll_shelved_instances',
        spacing: options.shelvedOffloadTime > 0 ? options.shelvedPollInterval : -1,
        run: () => this.#upkeep.offloadShelved(),
      },
      {
        name: '_poll_rescued_instances',
        spacing: eachTick(options.rescueTimeout),
        run: () => this.#upkeep.endLongRescues(),
      },
      {
        name: '_poll_unconfirmed_resizes',
        spacing: eachTick(options.resizeConfirmWindow),
        run: () => confirmOldResizes(this.#services),
      },
      {
        name: '_check_instance_build_time',
        spacing: eachTick(options.instanceBuildTimeout),
        run: () => this.#upkeep.failLongBuilds(),
      },
      {
        name: 'finish_abandoned',
        spacing: Math.min(60, options.abandonedAfter),
        run: () => this.#upkeep.finishAbandoned(),
      },
      {
        name: '_poll_rebooting_instances',
        spacing: eachTick(options.rebootTimeout),
        run: () => this.#upkeep.pollReboots(),
      },
    ]
  }

  #powerSync() {
    return {
      services: this.#services,
      isBusy: (uuid: string) => this.#locks.isHeld(uuid),
      stop: (context: RequestContext, instance: Instance, force: boolean) =>
        this.#actByItself(context, instance, {
          recordedAs: 'stop',
          sets: TaskState.poweringOff,
          method: 'stop_instance',
          args: { clean_shutdown: !force },
        }),
    }
  }

  /** A method of ours that nobody asked for, with the traces of one that somebody did. */
  async #actByItself(...[context, instance, action]: Parameters<ActByItself>): Promise<void> {
    instance.taskState = action.sets
    await instance.save({ expectedTaskState: [null] })
    await InstanceAction.actionStart(context, instance.uuid, action.recordedAs, {
      wantResult: false,
    })
    await this.#methods[action.method]?.(context, { instance, ...action.args })
  }

  async #syncScheduler(): Promise<void> {
    const { adminContext, host, scheduler } = this.#services
    const uuids = await InstanceList.getUuidsByHost(adminContext, host)
    await scheduler.syncInstanceInfo(adminContext, host, uuids)
  }

  /** The guest changed by itself: its row follows, unless a method of ours is the cause. */
  #handleLifecycleEvent(uuid: string): void {
    const { adminContext, log } = this.#services
    if (this.#locks.isHeld(uuid)) return
    Instance.getByUuid(adminContext, uuid, { expectedAttrs: [] })
      .then(instance => syncPowerState(adminContext, this.#powerSync(), instance))
      .catch(error => log.error({ err: error, instance: uuid }, 'cannot follow a lifecycle event'))
  }
}

/** A task that runs at each tick when its option is set, and not at all when that is 0. */
const eachTick = (option: number): number => (option > 0 ? 0 : -1)

/** Few hypervisors care; those that do not are told by the service's row. */
const setHostEnabled = async (driver: ComputeDriver, enabled: boolean): Promise<string> => {
  try {
    return await driver.setHostEnabled(enabled)
  } catch (error) {
    if (!(error instanceof NotImplementedError)) throw error
    return enabled ? 'enabled' : 'disabled'
  }
}
