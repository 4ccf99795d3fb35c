import { randomUUID } from 'node:crypto'
import type { Database } from '../../lib/db/database.js'
import type { ApiSchema } from '../../lib/db/schema/api.js'
import type { CellSchema } from '../../lib/db/schema/cell.js'
import { setInventory } from '../../lib/scheduler/claims.js'

export interface HostRow {
  readonly host: string
  readonly vcpus?: number
  /** MiB */
  readonly memoryMb?: number
  /** GiB */
  readonly localGb?: number
  readonly disabled?: boolean
  readonly lastSeenUp?: Date
}

/** Writes a compute host as its nova-compute would: service, node, inventory. @returns the node's uuid */
export const insertHost = async (
  api: Database<ApiSchema>,
  cell: Database<CellSchema>,
  { host, vcpus = 16, memoryMb = 32_768, localGb = 500, disabled = false, lastSeenUp }: HostRow,
): Promise<string> => {
  const uuid = randomUUID()
  const now = new Date()
  await cell.kysely
    .insertInto('services')
    .values({
      host,
      binary: 'nova-compute',
      topic: 'compute',
      report_count: 1,
      disabled: disabled ? 1 : 0,
      deleted: 0,
      forced_down: 0,
      version: 64,
      uuid: randomUUID(),
      created_at: now,
      last_seen_up: lastSeenUp ?? now,
    })
    .execute()
  await cell.kysely
    .insertInto('compute_nodes')
    .values({
      uuid,
      host,
      hypervisor_hostname: host,
      vcpus,
      memory_mb: memoryMb,
      local_gb: localGb,
      vcpus_used: 0,
      memory_mb_used: 0,
      local_gb_used: 0,
      free_ram_mb: memoryMb,
      free_disk_gb: localGb,
      hypervisor_type: 'fake',
      hypervisor_version: 1000,
      cpu_info: '{"arch": "x86_64"}',
      supported_instances: '[["x86_64", "fake", "hvm"]]',
      stats: '{"num_instances": "0"}',
      cpu_allocation_ratio: 1,
      ram_allocation_ratio: 1,
      disk_allocation_ratio: 1,
      deleted: 0,
      created_at: now,
    })
    .execute()
  const of = (total: number) => ({
    total,
    reserved: 0,
    min_unit: 1,
    max_unit: total,
    step_size: 1,
    allocation_ratio: 1,
  })
  await setInventory(
    api,
    { uuid, name: host },
    { VCPU: of(vcpus), MEMORY_MB: of(memoryMb), DISK_GB: of(localGb) },
  )
  return uuid
}
