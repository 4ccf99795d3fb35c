import type { InstanceGroup, RequestSpec } from '../objects/index.js'
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
      name: flavor.get('name') ?? '',
      vcpus: flavor.vcpus,
      memoryMb: flavor.memoryMb,
      rootGb: flavor.rootGb,
      ephemeralGb: flavor.get('ephemeralGb') ?? 0,
      swap: flavor.get('swap') ?? 0,
      extraSpecs: flavor.get('extraSpecs') ?? {},
    },
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
        }
      : null,
    group: group ? readGroup(group) : null,
    hints: spec.get('schedulerHints') ?? {},
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
