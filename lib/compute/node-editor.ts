import type { RequestContext } from '../context/index.js'
import { Service } from '../objects/index.js'
import { DISABLED } from '../placement/report-client.js'
import type { InventoryOptions } from '../virt/inventory.js'
import type { ComputeOptions } from './options.js'
import type { NodeEditor } from './provider-report.js'
import type { ComputeServices } from './services.js'

/** Providers that bear it are nodes of nova-compute, whoever looks. */
const COMPUTE_NODE = 'COMPUTE_NODE'

/** What this host says of one of its nodes: what the driver says, and whether its service takes servers. */
export const nodeEditor = (
  context: RequestContext,
  { driver, host, options }: ComputeServices,
  nodename: string,
): NodeEditor => ({
  inventory: tree => driver.updateProviderTree(tree, nodename, inventoryOptionsOf(options)),
  traits: async known => {
    const traits = new Set(known).add(COMPUTE_NODE)
    const service = await Service.getByComputeHost(context, host)
    const owned = { ...driver.capabilitiesAsTraits(), [DISABLED]: service?.disabled ?? false }
    for (const [trait, has] of Object.entries(owned)) {
      if (has) traits.add(trait)
      else traits.delete(trait)
    }
    return traits
  },
})

const inventoryOptionsOf = (options: ComputeOptions): InventoryOptions => {
  const ratios = {
    VCPU: options.cpuAllocationRatio,
    MEMORY_MB: options.ramAllocationRatio,
    DISK_GB: options.diskAllocationRatio,
  }
  const { fixedRatios: fixed } = options
  return {
    reserved: {
      VCPU: options.reservedHostCpus,
      MEMORY_MB: options.reservedHostMemoryMb,
      DISK_GB: Math.ceil(options.reservedHostDiskMb / 1024),
    },
    fixedRatios: {
      VCPU: fixed.cpu ? ratios.VCPU : null,
      MEMORY_MB: fixed.ram ? ratios.MEMORY_MB : null,
      DISK_GB: fixed.disk ? ratios.DISK_GB : null,
    },
    initialRatios: ratios,
  }
}
