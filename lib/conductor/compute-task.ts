import type { RequestContext } from '../context/index.js'
import {
  BuildRequestNotFound,
  HostMappingNotFound,
  InstanceMappingNotFound,
  NoValidHost,
  TooManyInstances,
} from '../exception/index.js'
import { notify } from '../notifications/index.js'
import {
  Aggregate,
  type BlockDeviceMapping,
  BlockDeviceMappingList,
  BuildRequest,
  type CellMapping,
  HostMapping,
  type Instance,
  InstanceAction,
  InstanceMapping,
  RequestSpec,
  type Selection,
  TagList,
} from '../objects/index.js'
import { type Endpoint, endpointOf } from '../rpc/index.js'
import { type AttachVolumeArgs, attachVolume } from './attach-volume.js'
import { buildInstances } from './build-instances.js'
import { cacheImagesOnHosts } from './cache-images.js'
import { buryInCell0 } from './cell0.js'
import { endInCell, endUnwritten } from './end-build.js'
import { legacyFilterProperties, limitsDict, withAttempt, withHost } from './filter-properties.js'
import { createBlockDevices, createTags, newInstance } from './instance-rows.js'
import { liveMigrateInstance, migrateServer } from './migrate-server.js'
import { endOverQuota } from './over-quota.js'
import { rebuildInstance } from './rebuild-instance.js'
import type {
  BuildInstancesArgs,
  LiveMigrateArgs,
  MigrateServerArgs,
  RebuildInstanceArgs,
  ScheduleAndBuildInstancesArgs,
  UnshelveInstanceArgs,
} from './rpcapi.js'
import { fillGroup, selectDestinations } from './scheduling.js'
import type { ConductorServices } from './services.js'
import { unshelveInstance } from './unshelve-instance.js'

interface CacheImagesArgs {
  readonly aggregate: object
  readonly image_ids: readonly string[]
}

/** One instance of a request, from its build request to its host. */
interface Placement {
  readonly buildRequest: BuildRequest
  readonly spec: RequestSpec
  readonly chosen: Selection
  readonly alternates: readonly Selection[]
  readonly instance: Instance
  readonly cell: CellMapping
}

/** The conductor's namespace `compute_task`: the work that spans hosts (contract: flows.md 2). */
export class ComputeTaskManager {
  readonly #services: ConductorServices

  constructor(services: ConductorServices) {
    this.#services = services
  }

  /** What the conductor offers in the namespace `compute_task`. */
  endpoint(): Endpoint {
    return endpointOf(this, {
      namespace: 'compute_task',
      version: '1.26',
      methods: [
        'schedule_and_build_instances',
        'build_instances',
        'cache_images',
        'rebuild_instance',
        'migrate_server',
        'live_migrate_instance',
        'unshelve_instance',
        'attach_volume',
      ],
    })
  }

  /**
   * Finds hosts for new instances, writes their rows to the cells of these hosts, and sends them
   * there. What finds no host ends in cell0; what its owner has deleted meanwhile leaves nothing.
   */
  async scheduleAndBuildInstances(
    context: RequestContext,
    args: ScheduleAndBuildInstancesArgs,
  ): Promise<void> {
    const buildRequests = args.build_requests.filter(one => one instanceof BuildRequest)
    const specs = args.request_specs.filter(one => one instanceof RequestSpec)
    const [first] = specs
    if (!first || specs.length !== buildRequests.length) {
      throw new TypeError(
        'schedule_and_build_instances needs a BuildRequest and a RequestSpec each',
      )
    }
    let selections: readonly (readonly Selection[])[]
    try {
      await fillGroup(context, first)
      selections = await selectDestinations(
        this.#services,
        context,
        first,
        specs.map(({ instanceUuid }) => instanceUuid),
      )
    } catch (reason) {
      this.#services.log.warn({ err: reason }, 'failed to schedule instances')
      // A scheduler whose answer did not come may have claimed all the same.
      for (const { instanceUuid } of reason instanceof NoValidHost ? [] : buildRequests) {
        await this.#services.claims.removeAllocations(context, instanceUuid)
      }
      await this.#bury(context, args, buildRequests, reason)
      return
    }
    const placements: Placement[] = []
    for (const [at, buildRequest] of buildRequests.entries()) {
      const spec = specs[at]
      const [chosen, ...alternates] = selections[at] ?? []
      if (!spec || !chosen) continue
      try {
        const placed = await this.#createInstance(context, args, {
          buildRequest,
          spec,
          chosen,
          alternates,
        })
        if (placed) placements.push(placed)
      } catch (error) {
        const { log } = this.#services
        const { instanceUuid } = buildRequest
        log.error({ err: error, instance: instanceUuid }, 'cannot write an instance to its cell')
        await this.#unwritten(context, args, { buildRequest, chosen }, error).catch(failure =>
          log.error(
            { err: failure, instance: instanceUuid },
            'cannot write down that a build failed: it is ended when it has waited too long',
          ),
        )
      }
    }
    if (placements.length > 0 && !(await this.#withinQuota(context, placements))) return
    for (const placement of placements) {
      try {
        await this.#send(context, args, placement)
      } catch (error) {
        await this.#failed(context, placement, error)
      }
    }
  }

  async #unwritten(
    context: RequestContext,
    args: ScheduleAndBuildInstancesArgs,
    { buildRequest, chosen }: Pick<Placement, 'buildRequest' | 'chosen'>,
    reason: unknown,
  ): Promise<void> {
    const { cellMapping } = await HostMapping.getByHost(context, chosen.serviceHost)
    await endUnwritten(context, this.#services, cellMapping, {
      buildRequests: [buildRequest],
      blockDevices: blockDevicesOf(args),
      tags: args.tags,
      reason,
    })
  }

  /** Others may have used what the API saw free; then none of the request is built. */
  async #withinQuota(context: RequestContext, placements: readonly Placement[]): Promise<boolean> {
    try {
      await this.#services.quota?.recheckInstances(context)
      return true
    } catch (reason) {
      if (!(reason instanceof TooManyInstances)) throw reason
      for (const placement of placements) {
        await endOverQuota(context, this.#services, placement, reason)
      }
      return false
    }
  }

  /** One instance could not be sent on: its owner sees why, and the others go on. */
  async #failed(
    context: RequestContext,
    { instance, cell }: Placement,
    reason: unknown,
  ): Promise<void> {
    const { log } = this.#services
    log.error({ err: reason, instance: instance.uuid }, 'cannot send an instance to its host')
    try {
      const inCell = instance.requireContext('save')
      await endInCell(context, inCell, this.#services, { cell, instance, reason })
    } catch (error) {
      log.error(
        { err: error, instance: instance.uuid },
        'cannot write down that a build failed: it is ended when it has waited too long',
      )
    }
  }

  /** @returns null when the instance goes no further: no cell for its host, or deleted already */
  async #createInstance(
    context: RequestContext,
    args: ScheduleAndBuildInstancesArgs,
    placed: Omit<Placement, 'instance' | 'cell'>,
  ): Promise<Placement | null> {
    const { buildRequest, chosen } = placed
    const uuid = buildRequest.instanceUuid
    let cell: CellMapping
    try {
      cell = (await HostMapping.getByHost(context, chosen.serviceHost)).cellMapping
    } catch (reason) {
      if (!(reason instanceof HostMappingNotFound)) throw reason
      this.#services.log.error({ err: reason, instance: uuid }, 'no host-to-cell mapping found')
      await this.#services.claims.removeAllocations(context, uuid)
      await this.#bury(context, args, [buildRequest], reason)
      return null
    }
    try {
      await BuildRequest.getByInstanceUuid(context, uuid)
    } catch (error) {
      if (!(error instanceof BuildRequestNotFound)) throw error
      this.#services.log.debug({ instance: uuid }, 'deleted before it was built')
      await this.#forget(context, uuid)
      return null
    }
    const inCell = await this.#services.cells.target(context, cell)
    const instance = newInstance(inCell, buildRequest)
    instance.availabilityZone = chosen.get('availabilityZone') ?? null
    await instance.create()
    return { ...placed, instance, cell }
  }

  /** Deleted while it had no row: the mapping and the claim are all that is left of it. */
  async #forget(context: RequestContext, uuid: string): Promise<void> {
    // By the mapping a claim is found again, should this be broken off.
    await this.#services.claims.removeAllocations(context, uuid)
    try {
      const mapping = await InstanceMapping.getByInstanceUuid(context, uuid)
      await mapping.destroy()
    } catch (error) {
      if (!(error instanceof InstanceMappingNotFound)) throw error
    }
  }

  async #send(
    context: RequestContext,
    args: ScheduleAndBuildInstancesArgs,
    { buildRequest, spec, chosen, alternates, instance, cell }: Placement,
  ): Promise<void> {
    const inCell = await this.#services.cells.target(context, cell)
    // It came from nowhere.
    await notify(inCell, 'instance.update', { instance, before: null, source: 'nova-conductor' })
    await InstanceAction.actionStart(inCell, instance.uuid, 'create', { wantResult: false })
    const bdms = await createBlockDevices(inCell, instance, blockDevicesOf(args))
    await createTags(inCell, instance, args.tags)

    const mapping = await InstanceMapping.getByInstanceUuid(context, instance.uuid)
    mapping.cellMapping = cell
    await mapping.save()
    if (!(await this.#claimBuildRequest(context, inCell, buildRequest, instance, bdms))) return

    const { maxAttempts, compute } = this.#services
    const properties = withAttempt(legacyFilterProperties(spec), instance.uuid, maxAttempts)
    await compute.buildAndRunInstance(inCell, chosen.serviceHost, {
      instance,
      image: args.image,
      request_spec: spec,
      filter_properties: withHost(properties, chosen),
      admin_password: args.admin_password,
      injected_files: args.injected_files,
      requested_networks: args.requested_networks,
      security_groups: securityGroupsOf(spec),
      block_device_mapping: bdms,
      node: chosen.nodename,
      limits: limitsDict(chosen.get('limits') ?? null),
      host_list: alternates,
      accel_uuids: [],
    })
  }

  /**
   * Takes the build request away: from now on its row is the instance.
   *
   * @returns false when its owner was first; the instance is taken back then
   */
  async #claimBuildRequest(
    context: RequestContext,
    inCell: RequestContext,
    buildRequest: BuildRequest,
    instance: Instance,
    bdms: BlockDeviceMappingList,
  ): Promise<boolean> {
    try {
      await buildRequest.bind(context).destroy()
      return true
    } catch (error) {
      if (!(error instanceof BuildRequestNotFound)) throw error
    }
    this.#services.log.info({ instance: instance.uuid }, 'deleted while it was scheduled')
    for (const bdm of bdms) await bdm.destroy()
    await TagList.destroy(inCell, instance.uuid)
    await instance.destroy()
    await this.#services.claims.removeAllocations(context, instance.uuid)
    return false
  }

  async #bury(
    context: RequestContext,
    args: ScheduleAndBuildInstancesArgs,
    buildRequests: readonly BuildRequest[],
    reason: unknown,
  ): Promise<void> {
    await buryInCell0(context, this.#services, {
      buildRequests,
      blockDevices: blockDevicesOf(args),
      tags: args.tags,
      reason,
    })
  }

  buildInstances(context: RequestContext, args: BuildInstancesArgs): Promise<void> {
    return buildInstances(this.#services, context, args)
  }

  async cacheImages(context: RequestContext, args: CacheImagesArgs): Promise<void> {
    const { aggregate, image_ids: imageIds } = args
    if (!(aggregate instanceof Aggregate)) throw new TypeError('cache_images needs an Aggregate')
    await cacheImagesOnHosts(context, this.#services, aggregate, imageIds)
  }

  unshelveInstance(context: RequestContext, args: UnshelveInstanceArgs): Promise<void> {
    return unshelveInstance(this.#services, context, args)
  }

  attachVolume(context: RequestContext, args: AttachVolumeArgs): Promise<BlockDeviceMapping> {
    return attachVolume(this.#services, context, args)
  }

  migrateServer(context: RequestContext, args: MigrateServerArgs): Promise<void> {
    return migrateServer(this.#services, context, args)
  }

  liveMigrateInstance(context: RequestContext, args: LiveMigrateArgs): Promise<void> {
    return liveMigrateInstance(this.#services, context, args)
  }

  rebuildInstance(context: RequestContext, args: RebuildInstanceArgs): Promise<void> {
    return rebuildInstance(this.#services, context, args)
  }
}

const blockDevicesOf = (args: ScheduleAndBuildInstancesArgs): readonly BlockDeviceMapping[] =>
  args.block_device_mapping instanceof BlockDeviceMappingList
    ? args.block_device_mapping.objects
    : []

/** Names or ids, whichever the request has (nova: `SecurityGroup.identifier`). */
const securityGroupsOf = (spec: RequestSpec): readonly string[] =>
  spec.get('securityGroups')?.objects.map(group => group.get('uuid') ?? group.name ?? '') ?? []
