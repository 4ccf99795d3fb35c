import { isRecord } from '../util/is-record.js'
import type { HostCell } from './numa-fit.js'
import type { PciPool } from './pci-fit.js'

// Columns that other programs wrote: what cannot be read tells nothing.

/** @returns undefined for what is no JSON */
export const parsed = (text: string | null): unknown => {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An object's fields, whether it is a versioned object's primitive or plain. */
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => {
  if (!isRecord(value)) return {}
  const data = value['nova_object.data']
  return isRecord(data) ? data : value
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const numberOf = (value: unknown, missing = 0): number => {
  const number = Number(value ?? missing)
  return Number.isFinite(number) ? number : missing
}

/** `compute_nodes.metrics`: a list of name, value, timestamp and source. */
export const readMetrics = (text: string | null): ReadonlyMap<string, number> => {
  const metrics = new Map<string, number>()
  for (const item of listOf(parsed(text))) {
    const { name, value } = fieldsOf(item)
    if (typeof name === 'string' && typeof value === 'number') metrics.set(name, value)
  }
  return metrics
}

/** `compute_nodes.pci_stats`: a PciDevicePoolList. */
export const readPciPools = (text: string | null): readonly PciPool[] => {
  const list = parsed(text)
  const pools = Array.isArray(list) ? list : listOf(fieldsOf(list).objects)
  return pools.map(item => {
    const pool = fieldsOf(item)
    const { vendor_id: vendorId, product_id: productId, numa_node: node, tags } = pool
    return {
      vendorId: String(vendorId ?? ''),
      productId: String(productId ?? ''),
      numaNode: typeof node === 'number' ? node : null,
      tags: isRecord(tags) ? tags : {},
      count: numberOf(pool.count),
    }
  })
}

/** `compute_nodes.numa_topology`: a NUMATopology. */
export const readNumaCells = (text: string | null): readonly HostCell[] | null => {
  const cells = listOf(fieldsOf(parsed(text)).cells)
  return cells.length === 0 ? null : cells.map(item => hostCell(fieldsOf(item)))
}

const hostCell = (cell: Readonly<Record<string, unknown>>): HostCell => {
  const numbers = (value: unknown): number[] => listOf(value).map(Number)
  const pinned = new Set(numbers(cell.pinned_cpus))
  const pinnable = new Set(numbers(cell.pcpuset ?? cell.cpuset))
  const siblings = listOf(cell.siblings).map(numbers)
  const alone = [...pinnable].filter(cpu => !siblings.some(core => core.includes(cpu)))
  const cores = [...siblings, ...alone.map(cpu => [cpu])]
  return {
    id: numberOf(cell.id),
    cpus: numbers(cell.cpuset).length,
    cpuUsage: numberOf(cell.cpu_usage),
    freePinnable: cores
      .map(core => core.filter(cpu => pinnable.has(cpu) && !pinned.has(cpu)))
      .filter(core => core.length > 0),
    hasThreads: siblings.some(core => core.length > 1),
    memory: numberOf(cell.memory),
    memoryUsage: numberOf(cell.memory_usage),
    pages: listOf(cell.mempages).map(item => {
      const page = fieldsOf(item)
      return {
        sizeKb: numberOf(page.size_kb),
        free: numberOf(page.total) - numberOf(page.used) - numberOf(page.reserved),
      }
    }),
  }
}
