import { Instance, InstanceAction } from '../objects/index.js'
import type { Endpoint } from '../rpc/index.js'
import { KeyedLock } from '../util/keyed-lock.js'
import { InstanceBuilder } from './build.js'
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
import { InfoCacheHealer } from './heal-info-cache.js'
import { type RepairActions, repairInstance, repairInstances } from './init-host.js'
import { InstanceEvents } from './instance-events.js'
import { GuestInterfaces } from './interfaces.js'
import { MethodGuards, type RpcMethods, rpcMethod, taking } from './method-guards.js'
import { interfaceMethods, shareMethods, volumeMethods } from './methods/devices.js'
import { guestMethods } from './methods/guests.js'
import { hostMethods } from './methods/host.js'
import { inspectionMethods } from './methods/inspection.js'
import { endAbandonedLive } from './moves/abandoned-live.js'
import { destroyEvacuated } from './moves/evacuated.js'
import { LiveMigrations } from './moves/live-source.js'
import { moveMethods } from './moves/methods.js'
import type { MoveParts, MoveTools } from './moves/parts.js'
import { repairArriving, repairLeaving, repairLive, repairPreparing } from './moves/repair.js'
import { InstanceNetworks } from './networking.js'
import { type ComputePeriodicTask, computePeriodicTasks } from './periodic.js'
import { type PowerSyncOptions, syncPowerState } from './power-sync.js'
import { InstanceRebuilder } from './rebuild.js'
import { GuestRescue } from './rescue.js'
import { ResourceTracker } from './resource-tracker.js'
import type { BuildAndRunInstanceArgs } from './rpcapi.js'
import type { ComputeServices } from './services.js'
import { InstanceShelving } from './shelve.js'
import { InstanceSnapshots } from './snapshots.js'
import { SoftDeletion } from './soft-delete.js'
import { TaskState } from './states.js'
import { InstanceTerminator } from './terminate.js'
import { InstanceUnshelver } from './unshelve.js'
import { type ActByItself, InstanceUpkeep } from './upkeep.js'

interface ExtendVolumeArgs extends InstanceArgs {
  readonly volumeId: string
}

interface PowerUpdateArgs extends InstanceArgs {
  readonly target: string
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
  readonly #healer: InfoCacheHealer
  readonly #events = new InstanceEvents()
  readonly #live: LiveMigrations
  readonly #methods: RpcMethods
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
    this.#healer = new InfoCacheHealer(services, this.#networks)
    const guards = new MethodGuards(services, this.#locks)
    const stop = guards.event('stop_instance', (_context, { instance }) =>
      this.#actions.stop(instance, false),
    )
    const moves = { ...this.#moveTools(), stop }
    const live = new LiveMigrations(moves)
    this.#live = live
    this.#upkeep = new InstanceUpkeep({
      services,
      terminator: this.#terminator,
      locks: this.#locks,
      act: (...action) => this.#actByItself(...action),
      moves: this.#moveTools(),
      repair: (context, instance) => repairInstance(context, services, this.#repairs(), instance),
      endLive: () => endAbandonedLive(moves, live),
    })
    this.#methods = this.#methodTable(guards, moves)
  }

  /** Every method by its name on the wire, below what guards it. */
  #methodTable(guards: MethodGuards, moves: MoveParts): RpcMethods {
    const services = this.#services
    const networks = this.#networks
    const actions = this.#actions
    const interfaces = new GuestInterfaces(services, networks, this.#locks)
    const externalEvents = this.#externalEvents(guards, interfaces)
    return {
      ...moveMethods(moves, this.#live, guards),
      ...hostMethods(services, this.tracker),
      ...guestMethods(
        {
          moves,
          live: this.#live,
          actions,
          terminator: this.#terminator,
          rescue: new GuestRescue(services, networks),
          rebuilder: new InstanceRebuilder({
            services,
            networks,
            volumes: this.#volumes,
            waiting: this.#events,
            stop: moves.stop,
          }),
          shelving: this.#shelving,
          unshelver: new InstanceUnshelver(moves),
          softDeletion: this.#softDeletion,
          snapshots: this.#snapshots,
          giveUpWaiting: ({ uuid }) => this.#events.clear(uuid),
        },
        guards,
      ),
      ...volumeMethods(services, this.#volumes, guards),
      ...interfaceMethods(interfaces, guards),
      ...shareMethods(this.#shares, guards),
      ...inspectionMethods({ services, actions, networks }, guards),
      external_instance_event: rpcMethod((context, args: ExternalEventsArgs) =>
        externalEvents.handle(context, args),
      ),
      build_and_run_instance: rpcMethod((context, args: BuildAndRunInstanceArgs) =>
        this.#builder.start(context, args),
      ),
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
  endpoints(): readonly [Endpoint] {
    return [{ version: '6.4', methods: this.#methods }]
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
    const repairs = this.#repairs()
    const instances = await repairInstances(adminContext, this.#services, evacuated, repairs)
    driver.registerEventListener(({ uuid }) => this.#handleLifecycleEvent(uuid))
    if (instances.length > 0 && options.trackInstanceChanges) {
      await scheduler.updateInstanceInfo(adminContext, host, instances)
    }
  }

  #repairs(): RepairActions {
    return {
      terminate: (context, instance) => this.#terminator.terminate(context, instance),
      start: (context, instance) => this.#actions.start(context, instance),
      stop: (_context, instance) => this.#actions.stop(instance, true),
      reboot: (context, instance, type) => this.#actions.reboot(context, instance, type),
      unpause: (_context, instance) => this.#actions.unpause(instance),
      softDelete: (_context, instance) => this.#softDeletion.softDelete(instance),
      restore: (context, instance) => this.#softDeletion.restore(context, instance),
      shelveOffload: (context, instance) => this.#shelving.offload(context, instance, false),
      endPreparing: (context, instance) => repairPreparing(this.#moveTools(), context, instance),
      endLeaving: (context, instance) => repairLeaving(this.#moveTools(), context, instance),
      endArriving: (context, instance) => repairArriving(this.#moveTools(), context, instance),
      endLive: (context, instance) => repairLive(this.#moveTools(), context, instance),
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
    await this.#live.idle()
  }

  /** Resolves when no build is under way. */
  idle(): Promise<void> {
    return this.#builder.idle()
  }

  periodicTasks(): readonly ComputePeriodicTask[] {
    return computePeriodicTasks({
      services: this.#services,
      tracker: this.tracker,
      upkeep: this.#upkeep,
      healer: this.#healer,
      powerSync: this.#powerSync(),
    })
  }

  #powerSync(): PowerSyncOptions {
    return {
      services: this.#services,
      isBusy: uuid => this.#locks.isHeld(uuid),
      stop: (context, instance, force) =>
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

  /** The guest changed by itself: its row follows, unless a method of ours is the cause. */
  #handleLifecycleEvent(uuid: string): void {
    const { adminContext, log } = this.#services
    if (this.#locks.isHeld(uuid)) return
    Instance.getByUuid(adminContext, uuid, { expectedAttrs: [] })
      .then(instance => syncPowerState(adminContext, this.#powerSync(), instance))
      .catch(error => log.error({ err: error, instance: uuid }, 'cannot follow a lifecycle event'))
  }
}
