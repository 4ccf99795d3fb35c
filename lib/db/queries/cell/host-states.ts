import type { Kysely } from 'kysely'
import type { CellSchema } from '../../schema/cell.js'

/** What the scheduler reads of the compute nodes and services of a cell. */
export interface HostStateRow {
  readonly id: number
  readonly updated_at: Date | null
  readonly host_ip: string | null
  readonly metrics: string | null
  readonly pci_stats: string | null
  readonly numa_topology: string | null
  readonly uuid: string
  readonly host: string
  readonly hypervisor_hostname: string
  readonly vcpus: number
  readonly vcpus_used: number
  /** MiB */
  readonly memory_mb: number
  readonly free_ram_mb: number | null
  /** GiB */
  readonly local_gb: number
  readonly free_disk_gb: number | null
  readonly disk_available_least: number | null
  readonly hypervisor_type: string
  readonly hypervisor_version: number
  readonly cpu_info: string
  readonly supported_instances: string | null
  readonly stats: string | null
  readonly cpu_allocation_ratio: number | null
  readonly ram_allocation_ratio: number | null
  readonly disk_allocation_ratio: number | null
  readonly disabled: number | null
  readonly forced_down: number | null
  readonly last_seen_up: Date | null
  readonly service_created_at: Date | null
}

/**
 * Every compute node of the cell that has a service; one query.
 *
 * @param ids  only these nodes
 */
export const hostStates = async (
  db: Kysely<CellSchema>,
  ids?: readonly number[],
): Promise<HostStateRow[]> => {
  let query = db
    .selectFrom('compute_nodes as n')
    .innerJoin('services as s', join =>
      join
        .onRef('s.host', '=', 'n.host')
        .on('s.binary', '=', 'nova-compute')
        .on('s.deleted', '=', 0),
    )
    .select([
      'n.id',
      'n.updated_at',
      'n.host_ip',
      'n.metrics',
      'n.pci_stats',
      'n.numa_topology',
      'n.uuid',
      'n.host',
      'n.hypervisor_hostname',
      'n.vcpus',
      'n.vcpus_used',
      'n.memory_mb',
      'n.free_ram_mb',
      'n.local_gb',
      'n.free_disk_gb',
      'n.disk_available_least',
      'n.hypervisor_type',
      'n.hypervisor_version',
      'n.cpu_info',
      'n.supported_instances',
      'n.stats',
      'n.cpu_allocation_ratio',
      'n.ram_allocation_ratio',
      'n.disk_allocation_ratio',
      's.disabled',
      's.forced_down',
      's.last_seen_up',
      's.created_at as service_created_at',
    ])
    .where('n.deleted', '=', 0)
    .orderBy('n.id')
  if (ids) query = query.where('n.id', 'in', ids)
  const rows = await query.execute()
  return rows.flatMap(({ uuid, host, hypervisor_hostname: node, ...rest }) =>
    uuid === null || host === null
      ? []
      : [{ ...rest, uuid, host, hypervisor_hostname: node ?? host }],
  )
}

/** The few columns that tell whether anything else of a node has to be read again. */
export interface HostPulse {
  readonly id: number
  readonly updated_at: Date | null
  readonly disabled: number | null
  readonly forced_down: number | null
  readonly last_seen_up: Date | null
  readonly service_created_at: Date | null
}

/** Of the same nodes, in the same order, as `hostStates`. */
export const hostPulses = (db: Kysely<CellSchema>): Promise<HostPulse[]> =>
  db
    .selectFrom('compute_nodes as n')
    .innerJoin('services as s', join =>
      join
        .onRef('s.host', '=', 'n.host')
        .on('s.binary', '=', 'nova-compute')
        .on('s.deleted', '=', 0),
    )
    .select([
      'n.id',
      'n.updated_at',
      's.disabled',
      's.forced_down',
      's.last_seen_up',
      's.created_at as service_created_at',
    ])
    .where('n.deleted', '=', 0)
    .orderBy('n.id')
    .execute()

/** Ids of the flavors of the servers on each host. */
export const flavorsOnHosts = async (
  db: Kysely<CellSchema>,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> => {
  const rows = await db
    .selectFrom('instances')
    .select(['host', 'instance_type_id'])
    .distinct()
    .where('deleted', '=', 0)
    .where('host', 'is not', null)
    .execute()
  const flavors = new Map<string, Set<number>>()
  for (const { host, instance_type_id: id } of rows) {
    if (host === null || id === null) continue
    flavors.set(host, (flavors.get(host) ?? new Set()).add(id))
  }
  return flavors
}

/** Image properties of the servers on each host, without their prefix `image_`. */
export const imagesOnHosts = async (
  db: Kysely<CellSchema>,
): Promise<ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>> => {
  const rows = await db
    .selectFrom('instances as i')
    .innerJoin('instance_system_metadata as m', 'm.instance_uuid', 'i.uuid')
    .select(['i.host', 'i.uuid', 'm.key', 'm.value'])
    .where('i.deleted', '=', 0)
    .where('m.deleted', '=', 0)
    .where('i.host', 'is not', null)
    .where('m.key', 'like', 'image%')
    .execute()
  const hosts = new Map<string, Map<string, Record<string, string>>>()
  for (const { host, uuid, key, value } of rows) {
    if (host === null || uuid === null || !key.startsWith('image_') || value === null) continue
    const servers = hosts.get(host) ?? new Map<string, Record<string, string>>()
    const properties = servers.get(uuid) ?? {}
    properties[key.slice('image_'.length)] = value
    hosts.set(host, servers.set(uuid, properties))
  }
  return new Map([...hosts].map(([host, servers]) => [host, [...servers.values()]]))
}

/** Hosts whose nova-compute takes nothing new: asked at every decision, so only these few rows. */
export const closedHosts = async (
  db: Kysely<CellSchema>,
): Promise<
  { readonly host: string; readonly disabled: boolean; readonly forcedDown: boolean }[]
> => {
  const rows = await db
    .selectFrom('services')
    .select(['host', 'disabled', 'forced_down'])
    .where('binary', '=', 'nova-compute')
    .where('deleted', '=', 0)
    .where(eb => eb.or([eb('disabled', '=', 1), eb('forced_down', '=', 1)]))
    .execute()
  return rows.flatMap(({ host, disabled, forced_down: forcedDown }) =>
    host === null ? [] : [{ host, disabled: disabled === 1, forcedDown: forcedDown === 1 }],
  )
}

/** Where these instances are, as far as they have a host. */
export const hostsOfInstances = async (
  db: Kysely<CellSchema>,
  uuids: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (uuids.length === 0) return new Map()
  const rows = await db
    .selectFrom('instances')
    .select(['uuid', 'host'])
    .where('uuid', 'in', uuids)
    .where('deleted', '=', 0)
    .where('host', 'is not', null)
    .execute()
  return new Map(
    rows.flatMap(({ uuid, host }): [string, string][] => (uuid && host ? [[uuid, host]] : [])),
  )
}
