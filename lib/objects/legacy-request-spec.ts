import type { RequestSpec } from './request-spec.js'

/** What a request was before it was an object: read by computes before 5.1 and schedulers before 4.3. */
export const legacyRequestSpec = (spec: RequestSpec): Readonly<Record<string, unknown>> => {
  const flavor = spec.get('flavor')
  const image = spec.get('image')
  return {
    num_instances: spec.get('numInstances') ?? 1,
    image: image ? image.toPrimitive() : {},
    instance_properties: {
      ...set({
        numa_topology: spec.get('numaTopology'),
        pci_requests: spec.get('pciRequests'),
        project_id: spec.get('projectId'),
        user_id: spec.get('userId'),
        availability_zone: spec.get('availabilityZone'),
        uuid: spec.get('instanceUuid'),
      }),
      ...(flavor && {
        root_gb: flavor.rootGb,
        ephemeral_gb: flavor.ephemeralGb,
        memory_mb: flavor.memoryMb,
        vcpus: flavor.vcpus,
      }),
    },
    instance_type: flavor ?? {},
  }
}

/** What beside it said where the server may go: only what was asked for. */
export const legacySchedulingProperties = (
  spec: RequestSpec,
): Readonly<Record<string, unknown>> => {
  const group = spec.get('instanceGroup')
  const hints = spec.get('schedulerHints')
  return {
    ...asked({
      ignore_hosts: spec.get('ignoreHosts'),
      force_hosts: spec.get('forceHosts'),
      force_nodes: spec.get('forceNodes'),
      requested_destination: spec.get('requestedDestination'),
    }),
    ...(group && {
      group_updated: true,
      group_hosts: group.get('hosts') ?? [],
      group_policies: [group.get('policy') ?? null],
      group_members: group.get('members') ?? [],
      group_uuid: group.get('uuid') ?? null,
    }),
    ...(hints && Object.keys(hints).length > 0 && { scheduler_hints: mapHints(hints) }),
  }
}

/** One value stands for itself. */
const mapHints = (hints: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(
    Object.entries(hints).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )

const set = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

const asked = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value && !(Array.isArray(value) && value.length === 0),
    ),
  )
