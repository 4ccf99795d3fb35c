import type { InstanceGroup, RequestSpec } from '../objects/index.js'
import { isRecord } from '../util/is-record.js'
import type { GuestCell } from './numa-fit.js'
import type { PciRequest } from './pci-fit.js'
import type { RequestGroup, SchedulerRequest } from './request.js'

/** Reads a RequestSpec once; what it leaves unset is as if it had not been asked for. */
export const readRequest = (spec: RequestSpec): SchedulerRequest => {
  const { flavor } = spec
  const destination = spec.get('requestedDestination')
  const group = spec.get('instanceGroup')
  return {
    instanceUuid: spec.get('instanceUuid') ?? null,
    projectId: spec.get('projectId') ?? null,
    userId: spec.get('userId') ?? null,
    numInstances: spec.get('numInstances') ?? 1,
    flavor: {
      id: flavor.get('id') ?? null,
      name: flavor.get('name') ?? '',
      vcpus: flavor.vcpus,
      memoryMb: flavor.memoryMb,
      rootGb: flavor.rootGb,
      ephemeralGb: flavor.get('ephemeralGb') ?? 0,
      swap: flavor.get('swap') ?? 0,
      extraSpecs: flavor.get('extraSpecs') ?? {},
    },
    imageId: spec.get('image')?.get('id') ?? null,
    imageProperties: imageProperties(spec),
    availabilityZone: spec.get('availabilityZone') ?? null,
    isBfv: spec.get('isBfv') ?? false,
    ignoreHosts: spec.get('ignoreHosts') ?? [],
    forceHosts: spec.get('forceHosts') ?? [],
    forceNodes: spec.get('forceNodes') ?? [],
    destination: destination
      ? {
          host: destination.get('host') ?? null,
          node: destination.get('node') ?? null,
          cellUuid: destination.get('cell')?.uuid ?? null,
          allowCrossCellMove: destination.get('allowCrossCellMove') ?? false,
        }
      : null,
    group: group ? readGroup(group) : null,
    hints: spec.get('schedulerHints') ?? {},
    retry: (spec.get('retry')?.get('hosts')?.objects ?? []).map(node => ({
      host: node.get('host') ?? '',
      node: node.get('hypervisorHostname') ?? null,
    })),
    pciRequests: pciRequests(spec),
    numaCells: numaCells(spec),
  }
}

const readGroup = (group: InstanceGroup): RequestGroup => ({
  uuid: group.uuid,
  policy: group.get('policy') ?? group.get('policies')?.[0] ?? null,
  maxServerPerHost: Number(group.get('_rules')?.max_server_per_host ?? 1),
  hosts: group.get('hosts') ?? [],
  members: group.get('members') ?? [],
})

const imageProperties = (spec: RequestSpec): Record<string, unknown> => {
  const properties = spec.get('image')?.get('properties')
  if (!properties) return {}
  return properties.toPrimitive()['nova_object.data'] as Record<string, unknown>
}

const pciRequests = (spec: RequestSpec): PciRequest[] =>
  (spec.get('pciRequests')?.get('requests') ?? []).map(request => ({
    count: request.count,
    specs: (request.get('spec') ?? []).filter(isRecord),
    numaPolicy: request.get('numaPolicy') ?? null,
  }))

const numaCells = (spec: RequestSpec): GuestCell[] | null => {
  const cells = spec.get('numaTopology')?.get('cells') ?? null
  if (!cells) return null
  return cells.map(cell => {
    const pinned = [...(cell.get('pcpuset') ?? [])].length
    return {
      cpus: [...(cell.get('cpuset') ?? [])].length + pinned,
      pinned,
      memory: cell.memory,
      pageSize: cell.get('pagesize') ?? null,
      threadPolicy: cell.get('cpuThreadPolicy') ?? null,
    }
  })
}
