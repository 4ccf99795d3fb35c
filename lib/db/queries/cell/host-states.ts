import type { Kysely } from 'kysely'
import type { CellSchema } from '../../schema/cell.js'

/** What the scheduler reads of the compute nodes and services of a cell. */
export interface HostStateRow {
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

/** Every compute node of the cell that has a service; one query. */
export const hostStates = async (db: Kysely<CellSchema>): Promise<HostStateRow[]> => {
  const rows = await db
    .selectFrom('compute_nodes as n')
    .innerJoin('services as s', join =>
      join
        .onRef('s.host', '=', 'n.host')
        .on('s.binary', '=', 'nova-compute')
        .on('s.deleted', '=', 0),
    )
    .select([
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
    .execute()
  return rows.flatMap(({ uuid, host, hypervisor_hostname: node, ...rest }) =>
    uuid === null || host === null
      ? []
      : [{ ...rest, uuid, host, hypervisor_hostname: node ?? host }],
  )
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
