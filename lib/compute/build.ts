import type { RequestContext } from '../context/index.js'
import {
  BuildAbortException,
  ComputeResourcesUnavailable,
  GroupAffinityViolation,
  InstanceUpdateConflict,
  RescheduledException,
  UnexpectedTaskStateError,
} from '../exception/index.js'
import type { NetworkInfo } from '../network/model.js'
import { notifying } from '../notifications/index.js'
import {
  type BlockDeviceMapping,
  BlockDeviceMappingList,
  Instance,
  InstanceGroup,
  InstanceList,
  RequestSpec,
} from '../objects/index.js'
import type { KeyedLock } from '../util/keyed-lock.js'
import { Semaphore } from '../util/semaphore.js'
import type { BlockDeviceInfo } from '../virt/driver.js'
import { blockDeviceInfo, nameBlockDevices } from './block-devices.js'
import { isGone, sortedFailure } from './build-failures.js'
import { addInstanceFault, traceback } from './faults.js'
import { revertTaskState, wrapInstanceEvent, wrapInstanceFault } from './guards.js'
import type { GuestVolumes } from './guest-volumes.js'
import type { InstanceNetworks } from './networking.js'
import { powerStateOf } from './power.js'
import type { Claim, ResourceTracker } from './resource-tracker.js'
import type { BuildAndRunInstanceArgs } from './rpcapi.js'
import type { ComputeServices } from './services.js'
import { TaskState, VmState } from './states.js'

/** `build_and_run_instance` with its objects as what they are. */
interface Build extends Omit<BuildAndRunInstanceArgs, 'instance' | 'request_spec'> {
  readonly instance: Instance
  readonly request_spec: RequestSpec | null
}

type BuildResult = 'active' | 'failed' | 'rescheduled' | 'rescheduled_by_policy'

export interface BuilderOptions {
  readonly services: ComputeServices
  readonly tracker: ResourceTracker
  readonly networks: InstanceNetworks
  readonly volumes: GuestVolumes
  /** The lock by instance that every method of the manager shares. */
  readonly locks: KeyedLock
}

/**
 * Builds instances: claim, networks, disks, guest (contract: flows.md 2). Whatever goes wrong, what
 * was made on the way is given back: to be built on another host, as an error, or because the
 * instance was deleted meanwhile.
 */
export class InstanceBuilder {
  readonly #services: ComputeServices
  readonly #tracker: ResourceTracker
  readonly #networks: InstanceNetworks
  readonly #volumes: GuestVolumes
  readonly #locks: KeyedLock
  readonly #builds: Semaphore
  readonly #running = new Set<Promise<void>>()

  constructor({ services, tracker, networks, volumes, locks }: BuilderOptions) {
    this.#services = services
    this.#tracker = tracker
    this.#networks = networks
    this.#volumes = volumes
    this.#locks = locks
    this.#builds = new Semaphore(services.options.maxConcurrentBuilds)
  }

  /** Builds under way, those that wait for their turn among them. */
  get running(): number {
    return this.#running.size
  }

  /** Begins a build and returns: a build may take its time, the message's turn is short. */
  start(context: RequestContext, args: BuildAndRunInstanceArgs): void {
    const { instance, request_spec: spec } = args
    if (!(instance instanceof Instance)) {
      throw new TypeError('build_and_run_instance needs an Instance')
    }
    const build: Build = {
      ...args,
      instance,
      request_spec: spec instanceof RequestSpec ? spec : null,
    }
    const running = this.#locks
      .run(instance.uuid, () => this.#builds.run(() => this.#build(context, build)))
      .catch(error => {
        this.#services.log.error({ err: error, instance: instance.uuid }, 'build failed')
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Resolves when no build is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #build(context: RequestContext, build: Build): Promise<void> {
    const { host, log, allocations } = this.#services
    const guarded = revertTaskState(log)(
      wrapInstanceEvent(
        host,
        'compute__do_build_and_run_instance',
      )(wrapInstanceFault(host)((_context, args: Build) => this.#tryBuild(context, args))),
    )
    const result = await guarded(context, build)
    if (result === 'failed') {
      await allocations.removeAllocations(context, build.instance.uuid)
    }
    if (result === 'active') this.#tracker.buildSucceeded()
    else if (result !== 'rescheduled_by_policy') this.#tracker.buildFailed()
  }

  async #tryBuild(context: RequestContext, build: Build): Promise<BuildResult> {
    const { instance } = build
    const { log } = this.#services
    try {
      instance.vmState = VmState.building
      instance.taskState = null
      // Building still: who sent it may have given it up, not knowing that it came through.
      await instance.save({
        expectedVmState: VmState.building,
        expectedTaskState: [TaskState.scheduling, null],
      })
    } catch (error) {
      const isOver =
        error instanceof UnexpectedTaskStateError || error instanceof InstanceUpdateConflict
      if (!isGone(error) && !isOver) throw error
      log.info({ instance: instance.uuid }, 'instance disappeared before build')
      return 'failed'
    }
    try {
      await this.#buildHere(context, build)
      return 'active'
    } catch (error) {
      if (error instanceof RescheduledException) return this.#reschedule(context, build, error)
      if (isGone(error)) {
        log.info({ instance: instance.uuid }, 'instance disappeared during build')
        await this.#releaseNetworks(context, build)
        return 'failed'
      }
      if (error instanceof BuildAbortException) {
        log.error({ instance: instance.uuid }, error.message)
      } else {
        log.error({ err: error, instance: instance.uuid }, 'unexpected build failure')
      }
      await this.#fail(context, build, error)
      return 'failed'
    }
  }

  async #buildHere(context: RequestContext, build: Build): Promise<void> {
    const { instance } = build
    const { name } = build.image
    const imageName = typeof name === 'string' ? name : ''
    try {
      await notifying(context, 'instance.create', { instance, imageName }, () =>
        this.#make(context, build),
      )
    } catch (error) {
      throw sortedFailure(error, instance)
    }
    if (this.#services.options.trackInstanceChanges) {
      await this.#services.scheduler.updateInstanceInfo(
        context,
        this.#services.host,
        new InstanceList(context, { objects: [instance] }),
      )
    }
  }

  async #make(context: RequestContext, build: Build): Promise<void> {
    const { instance } = build
    let claim: Claim | undefined
    let spawned = false
    try {
      const nodename = build.node ?? this.#tracker.nodename
      if (!nodename) throw new ComputeResourcesUnavailable({ reason: 'this host has no node yet' })
      claim = await this.#tracker.instanceClaim(instance, nodename, build.limits ?? {})
      await this.#validateGroupPolicy(context, build)
      const { networkInfo, disks } = await this.#resources(context, build)
      instance.vmState = VmState.building
      instance.taskState = TaskState.spawning
      await instance.save({ expectedTaskState: TaskState.blockDeviceMapping })
      spawned = true
      await this.#services.driver.spawn(context, instance, {
        imageMeta: build.image,
        injectedFiles: build.injected_files ?? [],
        adminPassword: build.admin_password ?? null,
        networkInfo,
        blockDeviceInfo: disks,
      })
      await this.#activate(context, instance)
    } catch (error) {
      // Also when a deletion waits for our lock: whether one does cannot be told from here.
      if (spawned) await this.#destroyGuest(context, instance)
      await claim?.abort(context)
      throw error
    }
  }

  /** Networks and disks, at the same time: neither waits for the other. */
  async #resources(
    context: RequestContext,
    build: Build,
  ): Promise<{ networkInfo: NetworkInfo; disks: BlockDeviceInfo }> {
    const { instance } = build
    instance.vmState = VmState.building
    instance.taskState = TaskState.networking
    await instance.save({ expectedTaskState: [null] })
    const allocating = this.#networks.allocate(
      context,
      instance,
      build.requested_networks,
      build.security_groups ?? [],
    )
    // Whatever happens below, its outcome is awaited before anything is given back.
    const outcome = allocating.then(
      () => null,
      error => error as unknown,
    )
    try {
      const bdms =
        build.block_device_mapping instanceof BlockDeviceMappingList
          ? build.block_device_mapping
          : await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
      await nameBlockDevices(instance, bdms.objects)
      instance.taskState = TaskState.blockDeviceMapping
      await instance.save({ expectedTaskState: TaskState.networking })
      await this.#prepareVolumes(context, instance, bdms.objects)
      const disks = blockDeviceInfo(instance, bdms.objects)
      return { networkInfo: await allocating, disks }
    } catch (error) {
      await outcome
      throw error
    }
  }

  /** No other host would fare better with volumes that cannot be had. */
  async #prepareVolumes(
    context: RequestContext,
    instance: Instance,
    bdms: readonly BlockDeviceMapping[],
  ): Promise<void> {
    try {
      await this.#volumes.prepare(context, instance, bdms)
    } catch (error) {
      if (isGone(error)) throw error
      const { uuid } = instance
      this.#services.log.error({ err: error, instance: uuid }, 'cannot prepare the volumes')
      const reason = error instanceof Error ? error.message : String(error)
      throw new BuildAbortException({ instance_uuid: uuid, reason })
    }
  }

  async #releaseVolumes(context: RequestContext, instance: Instance): Promise<void> {
    try {
      const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
      await this.#volumes.release(context, instance, objects)
    } catch (error) {
      const fields = { err: error, instance: instance.uuid }
      this.#services.log.error(fields, 'cannot release the volumes of a build that failed')
    }
  }

  async #activate(context: RequestContext, instance: Instance): Promise<void> {
    instance.powerState = await powerStateOf(this.#services.driver, instance)
    instance.vmState = VmState.active
    instance.taskState = null
    instance.launchedAt ??= new Date()
    try {
      await instance.save({ expectedTaskState: TaskState.spawning })
    } catch (error) {
      // A conductor that died may have written it, and not lived to say so.
      const row = await Instance.getByUuid(context, instance.uuid)
      const isWritten = row.vmState === VmState.active && row.taskState === null
      if (!isWritten || row.host !== this.#services.host) throw error
    }
  }

  /** Two builds may have been sent to hosts that the policy keeps apart: the later one gives way. */
  async #validateGroupPolicy(
    context: RequestContext,
    { request_spec: spec }: Build,
  ): Promise<void> {
    const hint = spec?.get('schedulerHints')?.group?.[0]
    if (!spec || !hint) return
    const { host } = this.#services
    const group = await InstanceGroup.getByInstanceUuid(context, spec.instanceUuid)
    const policy = group.get('policy') ?? group.get('policies')?.[0]
    const others = group.members?.filter(uuid => uuid !== spec.instanceUuid) ?? []
    if (others.length === 0) return
    if (policy === 'anti-affinity') {
      const here = new Set(await InstanceList.getUuidsByHost(context, host))
      const most = Number(group.get('_rules')?.max_server_per_host ?? 1)
      if (others.filter(uuid => here.has(uuid)).length >= most) {
        throw new GroupAffinityViolation({ policy: 'Anti-affinity' })
      }
    } else if (policy === 'affinity') {
      const hosts = await group.getHosts({ exclude: [spec.instanceUuid] })
      if (hosts.length > 0 && !hosts.includes(host)) {
        throw new GroupAffinityViolation({ policy: 'Affinity' })
      }
    }
  }

  async #reschedule(
    context: RequestContext,
    build: Build,
    error: RescheduledException,
  ): Promise<BuildResult> {
    const { instance, filter_properties: properties } = build
    const { allocations, computeTask, log } = this.#services
    const retry = properties.retry
    if (!retry) {
      log.error({ err: error, instance: instance.uuid }, 'build failed, and is not to be retried')
      await this.#fail(context, build, error)
      return 'failed'
    }
    log.info({ instance: instance.uuid, reason: error.kwargs.reason }, 'rescheduling the build')
    await this.#releaseNetworks(context, build)
    try {
      takeOffHost(instance)
      instance.vmState = VmState.building
      instance.availabilityZone = null
      instance.taskState = TaskState.scheduling
      await instance.save({ expectedTaskState: buildTaskStates })
    } catch (failure) {
      if (!isGone(failure)) throw failure
      return 'failed'
    }
    await allocations.removeAllocations(context, instance.uuid)
    await computeTask.buildInstances(context, {
      instances: [instance],
      image: build.image,
      filter_properties: {
        ...properties,
        retry: {
          ...retry,
          exc: traceback(error.cause ?? error).split(/(?<=\n)/),
          exc_reason: String(error.kwargs.reason),
        },
      },
      admin_password: build.admin_password ?? null,
      injected_files: build.injected_files ?? [],
      requested_networks: build.requested_networks ?? null,
      security_groups: build.security_groups ?? [],
      block_device_mapping: build.block_device_mapping,
      request_spec: build.request_spec,
      host_lists: build.host_list ? [build.host_list] : null,
    })
    const byPolicy = error.cause instanceof GroupAffinityViolation
    return byPolicy ? 'rescheduled_by_policy' : 'rescheduled'
  }

  /** The end of it: error, fault, nothing left. */
  async #fail(context: RequestContext, build: Build, error: unknown): Promise<void> {
    const { instance } = build
    const { host, log } = this.#services
    await this.#releaseNetworks(context, build)
    await this.#releaseVolumes(context, instance)
    try {
      await addInstanceFault(context, host, instance, error)
      takeOffHost(instance)
      instance.vmState = VmState.error
      instance.taskState = null
      await instance.save({ expectedTaskState: buildTaskStates })
    } catch (failure) {
      if (!isGone(failure)) throw failure
      log.info({ instance: instance.uuid }, 'instance disappeared while its build failed')
    }
  }

  async #releaseNetworks(context: RequestContext, build: Build): Promise<void> {
    try {
      await this.#networks.deallocate(context, build.instance, build.requested_networks)
    } catch (error) {
      // The build's own failure is the one to tell; ports left behind are said aloud.
      const fields = { err: error, instance: build.instance.uuid }
      this.#services.log.error(fields, 'cannot release the networks of a build that failed')
    }
  }

  async #destroyGuest(context: RequestContext, instance: Instance): Promise<void> {
    try {
      await this.#services.driver.destroy(context, instance, {
        networkInfo: this.#networks.cached(instance),
        blockDeviceInfo: null,
      })
    } catch (error) {
      const fields = { err: error, instance: instance.uuid }
      this.#services.log.error(fields, 'cannot remove the guest of a build that failed')
    }
  }
}

/** Where a build may stand when it fails; any other task is someone else's. */
const buildTaskStates = [
  null,
  TaskState.networking,
  TaskState.blockDeviceMapping,
  TaskState.spawning,
]

const takeOffHost = (instance: Instance): void => {
  instance.host = null
  instance.node = null
  instance.launchedOn = null
}
