import { addInstanceFault } from '../compute/faults.js'
import type { FilterProperties } from '../compute/rpcapi.js'
import { VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import {
  BuildRequestNotFound,
  InstanceInfoCacheNotFound,
  InstanceNotFound,
  MaxRetriesExceeded,
} from '../exception/index.js'
import {
  BlockDeviceMappingList,
  BuildRequest,
  Instance,
  NetworkRequestList,
  RequestSpec,
  Selection,
} from '../objects/index.js'
import { claimFirst } from './claim-first.js'
import { limitsDict, withAttempt, withHost } from './filter-properties.js'
import type { BuildInstancesArgs } from './rpcapi.js'
import { cellContextOf, selectDestinations } from './scheduling.js'
import type { ConductorServices } from './services.js'
import { tellFailed } from './tell-failed.js'

/** One instance on its way to its next host. */
interface Next {
  readonly instance: Instance
  readonly spec: RequestSpec
  readonly properties: FilterProperties
  /** Alternates from earlier; null: none were named */
  readonly hosts: readonly Selection[] | null
}

/**
 * Sends on what a host could not build: to the next of its alternates that has room, or, without
 * alternates from earlier, to what the scheduler chooses now.
 */
export const buildInstances = async (
  services: ConductorServices,
  context: RequestContext,
  args: BuildInstancesArgs,
): Promise<void> => {
  const instances = args.instances.filter(one => one instanceof Instance)
  for (const [at, instance] of instances.entries()) {
    const inCell = await cellContextOf(services, context, instance)
    instance.bind(inCell)
    try {
      const { filter_properties: before, host_lists: lists } = args
      const properties = withAttempt(before, instance.uuid, services.maxAttempts)
      const spec = await specOf(context, args, instance)
      const hosts = lists ? (lists[at] ?? []).filter(host => host instanceof Selection) : null
      await buildNext(services, inCell, args, { instance, spec, properties, hosts })
    } catch (error) {
      await giveUp(services, context, inCell, args, instance, error)
    }
  }
}

const specOf = async (
  context: RequestContext,
  { request_spec: spec }: BuildInstancesArgs,
  { uuid }: Instance,
): Promise<RequestSpec> =>
  spec instanceof RequestSpec ? spec : RequestSpec.getByInstanceUuid(context, uuid)

const buildNext = async (
  services: ConductorServices,
  inCell: RequestContext,
  args: BuildInstancesArgs,
  { instance, spec, properties, hosts: known }: Next,
): Promise<void> => {
  const { claims, compute, log } = services
  const hosts = known
    ? await claimFirst(inCell, claims, known, instance, spec)
    : ((await selectDestinations(services, inCell, spec, [instance.uuid]))[0] ?? [])
  const [chosen, ...alternates] = hosts
  if (!chosen) throw exhausted(instance)
  try {
    instance.availabilityZone = chosen.get('availabilityZone') ?? null
    await instance.save()
  } catch (error) {
    if (!(error instanceof InstanceNotFound || error instanceof InstanceInfoCacheNotFound)) {
      throw error
    }
    log.debug({ instance: instance.uuid }, 'deleted while it was rescheduled')
    await claims.removeAllocations(inCell, instance.uuid)
    return
  }
  await compute.buildAndRunInstance(inCell, chosen.serviceHost, {
    instance,
    image: args.image,
    request_spec: spec,
    filter_properties: withHost(properties, chosen),
    admin_password: args.admin_password,
    injected_files: args.injected_files,
    requested_networks: args.requested_networks,
    security_groups: args.security_groups,
    block_device_mapping: await BlockDeviceMappingList.getByInstanceUuid(inCell, instance.uuid),
    node: chosen.nodename,
    limits: limitsDict(chosen.get('limits') ?? null),
    host_list: alternates,
    accel_uuids: [],
  })
}

/** No host is left, or none was found: the instance stays where it is, in error. */
const giveUp = async (
  { host, log, network, claims }: ConductorServices,
  context: RequestContext,
  inCell: RequestContext,
  args: BuildInstancesArgs,
  instance: Instance,
  reason: unknown,
): Promise<void> => {
  log.warn({ err: reason, instance: instance.uuid }, 'cannot build an instance anywhere')
  await claims.removeAllocations(context, instance.uuid)
  if ((args.filter_properties.retry?.num_attempts ?? 0) <= 1) {
    await dropBuildRequest(context, instance)
  }
  try {
    instance.vmState = VmState.error
    instance.taskState = null
    await instance.save()
    await addInstanceFault(inCell, host, instance, reason)
    await tellFailed(inCell, 'build_instances', instance, reason, args.request_spec)
    const requested = args.requested_networks
    await network.deallocateForInstance(inCell, instance, {
      requestedNetworks: requested instanceof NetworkRequestList ? requested : null,
    })
  } catch (error) {
    if (!(error instanceof InstanceNotFound)) throw error
  }
}

const dropBuildRequest = async (context: RequestContext, { uuid }: Instance): Promise<void> => {
  try {
    await (await BuildRequest.getByInstanceUuid(context, uuid)).destroy()
  } catch (error) {
    if (!(error instanceof BuildRequestNotFound)) throw error
  }
}

const exhausted = ({ uuid }: Instance): MaxRetriesExceeded =>
  new MaxRetriesExceeded({
    reason: `Exhausted all hosts available for retrying build failures for instance ${uuid}.`,
  })
