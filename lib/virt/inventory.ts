import type { Inventory } from '../placement/provider-tree.js'
import type { AvailableResource } from './host.js'

/** The resource classes that every hypervisor has. */
export type HostResource = 'VCPU' | 'MEMORY_MB' | 'DISK_GB'

/** What nova.conf says of what a host gives away. */
export interface InventoryOptions {
  /** `[DEFAULT] reserved_host_*`: kept for the host itself; DISK_GB in GiB */
  readonly reserved: Readonly<Record<HostResource, number>>
  /** `[DEFAULT] *_allocation_ratio`: counts always; null: what a new host begins with may be changed from outside */
  readonly fixedRatios: Readonly<Record<HostResource, number | null>>
  /** `[DEFAULT] initial_*_allocation_ratio` */
  readonly initialRatios: Readonly<Record<HostResource, number>>
}

/**
 * The inventory of a host that is nothing but a host.
 *
 * @param known  what is said of it so far
 */
export const hostInventory = (
  { vcpus, memoryMb, localGb }: AvailableResource,
  { reserved, fixedRatios, initialRatios }: InventoryOptions,
  known: Inventory,
): Inventory => {
  const totals: Readonly<Record<HostResource, number>> = {
    VCPU: vcpus,
    MEMORY_MB: memoryMb,
    DISK_GB: localGb,
  }
  const names = Object.keys(totals) as HostResource[]
  return Object.fromEntries(
    names
      // Placement knows no inventory of nothing.
      .filter(name => totals[name] > 0)
      .map(name => [
        name,
        {
          total: totals[name],
          reserved: reserved[name],
          min_unit: 1,
          max_unit: totals[name],
          step_size: 1,
          allocation_ratio:
            fixedRatios[name] ?? known[name]?.allocation_ratio ?? initialRatios[name],
        },
      ]),
  )
}
