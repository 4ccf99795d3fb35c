import { isServiceUp } from '../../lib/compute/service-up.js'
import type { RequestContext } from '../../lib/context/index.js'
import type { NetworkApi } from '../../lib/network/api.js'
import {
  type BlockDeviceMapping,
  BlockDeviceMappingList,
  Instance,
  type InstanceFault,
  InstanceFaultList,
  InstanceGroupList,
  RequestSpec,
  type Service,
  ServiceList,
} from '../../lib/objects/index.js'
import { mayShowFault, type ShownServer } from './documents.js'

export interface GatherOptions {
  readonly network: NetworkApi
  /** `[DEFAULT] service_down_time`, seconds */
  readonly serviceDownTime: number
  /** The caller may see them, at this version. */
  readonly hostStatus: boolean
  readonly lockedReasons: boolean
  readonly serverGroups: boolean
  /** The pinned zone and the hints: what the request asked for. */
  readonly requestSpecs: boolean
}

/**
 * Collects what documents of servers tell beside their rows: disks, groups, host status. One question
 * a kind and cell, however many servers.
 */
export const gather = async (
  context: RequestContext,
  instances: readonly Instance[],
  options: GatherOptions,
): Promise<ShownServer[]> => {
  const placed = byCell(instances.filter(instance => instance.isSet('id')))
  const [volumes, faults, lockedReasons, securityGroups, hostStatuses, specs, groups] =
    await Promise.all([
      volumesOf(placed),
      faultsOf(placed),
      options.lockedReasons ? lockedReasonsOf(instances, placed) : new Map<string, string>(),
      securityGroupsOf(context, instances, options.network),
      options.hostStatus
        ? hostStatusesOf(placed, options.serviceDownTime)
        : new Map<string, string>(),
      options.requestSpecs ? requestSpecsOf(context, instances) : new Map<string, RequestSpec>(),
      options.serverGroups ? groupsOf(context, instances) : null,
    ])
  return instances.map(instance => {
    const spec = specs.get(instance.uuid)
    return {
      instance,
      fault: faults.get(instance.uuid) ?? null,
      lockedReason: lockedReasons.get(instance.uuid) ?? null,
      securityGroups: securityGroups.get(instance.uuid) ?? null,
      volumes: volumes.get(instance.uuid) ?? [],
      hostStatus: instance.get('host') ? (hostStatuses.get(instance.host ?? '') ?? 'UNKNOWN') : '',
      serverGroups: groups && (groups.get(instance.uuid) ?? []),
      pinnedAvailabilityZone: spec?.availabilityZone ?? null,
      schedulerHints: spec ? flatHints(spec.schedulerHints ?? {}) : null,
    }
  })
}

/** Instances by the context of the cell they are in. */
const byCell = (instances: readonly Instance[]): Map<RequestContext, Instance[]> => {
  const cells = new Map<unknown, { context: RequestContext; instances: Instance[] }>()
  for (const instance of instances) {
    const context = instance.requireContext('show')
    const { data } = context
    const key = data.kind === 'direct' ? data.cell : data
    const cell = cells.get(key) ?? { context, instances: [] }
    cell.instances.push(instance)
    cells.set(key, cell)
  }
  return new Map([...cells.values()].map(cell => [cell.context, cell.instances]))
}

const volumesOf = async (
  placed: ReadonlyMap<RequestContext, readonly Instance[]>,
): Promise<Map<string, BlockDeviceMapping[]>> => {
  const found = new Map<string, BlockDeviceMapping[]>()
  await Promise.all(
    [...placed].map(async ([context, instances]) => {
      const volumes = await BlockDeviceMappingList.volumesOfInstances(
        context,
        instances.map(({ uuid }) => uuid),
      )
      for (const bdm of volumes) {
        const own = found.get(bdm.instanceUuid)
        if (own) own.push(bdm)
        else found.set(bdm.instanceUuid, [bdm])
      }
    }),
  )
  return found
}

/** The newest fault of those whose status lets it be shown; most lists have none. */
const faultsOf = async (
  placed: ReadonlyMap<RequestContext, readonly Instance[]>,
): Promise<Map<string, InstanceFault>> => {
  const lists = await Promise.all(
    [...placed].map(async ([context, instances]) => {
      const uuids = instances.filter(mayShowFault).map(({ uuid }) => uuid)
      return uuids.length
        ? (await InstanceFaultList.getLatestByInstanceUuids(context, uuids)).objects
        : []
    }),
  )
  return new Map(lists.flat().map(fault => [fault.instanceUuid, fault]))
}

/** Why those that are locked are; most lists have none. One that waits for a host has it at hand. */
const lockedReasonsOf = async (
  instances: readonly Instance[],
  placed: ReadonlyMap<RequestContext, readonly Instance[]>,
): Promise<Map<string, string | null>> => {
  const known = instances
    .filter(one => one.locked && hasMetadata(one))
    .map(one => [one.uuid, one.systemMetadata.locked_reason ?? null] as const)
  const asked = await Promise.all(
    [...placed].map(([context, members]) => {
      const unknown = members.filter(one => one.locked && !hasMetadata(one))
      return unknown.length ? Instance.lockedReasons(context, unknown) : []
    }),
  )
  return new Map([...known, ...asked.flatMap(reasons => [...reasons])])
}

const hasMetadata = (instance: Instance): boolean => instance.isSet('systemMetadata')

const securityGroupsOf = async (
  context: RequestContext,
  instances: readonly Instance[],
  network: NetworkApi,
): Promise<Map<string, readonly string[]>> => {
  // Without an interface there is no group; asking would be in vain.
  const attached = instances.filter(
    instance => (instance.infoCache?.get('networkInfo') ?? '[]') !== '[]',
  )
  if (attached.length === 0) return new Map()
  const groups = await network.securityGroupsOf(
    context,
    attached.map(({ uuid }) => uuid),
  )
  return new Map([...groups].map(([uuid, refs]) => [uuid, refs.map(({ name }) => name)]))
}

const hostStatusesOf = async (
  placed: ReadonlyMap<RequestContext, readonly Instance[]>,
  downTime: number,
): Promise<Map<string, string>> => {
  const statuses = new Map<string, string>()
  await Promise.all(
    [...placed.keys()].map(async context => {
      const services = await ServiceList.getByBinary(context, 'nova-compute', {
        includeDisabled: true,
      })
      for (const service of services.objects) {
        statuses.set(service.host ?? '', statusOfHost(service, downTime))
      }
    }),
  )
  return statuses
}

const statusOfHost = (service: Service, downTime: number): string => {
  if (service.forcedDown) return 'DOWN'
  if (!isServiceUp(service, downTime)) return 'UNKNOWN'
  return service.disabled ? 'MAINTENANCE' : 'UP'
}

const requestSpecsOf = async (
  context: RequestContext,
  instances: readonly Instance[],
): Promise<Map<string, RequestSpec>> => {
  const specs = await RequestSpec.ofInstances(
    context,
    instances.map(({ uuid }) => uuid),
  )
  return new Map(specs.map(spec => [spec.instanceUuid, spec]))
}

/** Server → the group it is in, of which there is one at most. */
export const groupsOf = async (
  context: RequestContext,
  instances: readonly Instance[],
): Promise<Map<string, readonly string[]>> => {
  const groups = await InstanceGroupList.uuidsOfInstances(
    context,
    instances.map(({ uuid }) => uuid),
  )
  return new Map([...groups].map(([uuid, group]) => [uuid, [group]]))
}

/** Hints are kept as lists; one that holds a single text is shown as that. */
const flatHints = (hints: Readonly<Record<string, readonly string[]>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(hints).map(([key, values]) => [key, values.length === 1 ? values[0] : values]),
  )
