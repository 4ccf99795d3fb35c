/** Free devices of one kind: a pool of `compute_nodes.pci_stats`. */
export interface PciPool {
  readonly vendorId: string
  readonly productId: string
  readonly numaNode: number | null
  readonly tags: Readonly<Record<string, unknown>>
  readonly count: number
}

export interface PciRequest {
  readonly count: number
  /** Any of these will do; of each, all keys must be equal. */
  readonly specs: readonly Readonly<Record<string, unknown>>[]
  /** `required`, `legacy` (or null), `preferred`, `socket` */
  readonly numaPolicy: string | null
}

/**
 * Takes the devices of all requests out of the pools.
 *
 * @param numaNodes  nodes that the guest's cells are on, where that matters
 * @returns what is left, or null when one request finds too few
 */
export const poolsLeft = (
  pools: readonly PciPool[],
  requests: readonly PciRequest[],
  numaNodes?: readonly number[],
): readonly PciPool[] | null => {
  let left = pools
  for (const { count, specs, numaPolicy } of requests) {
    let wanted = count
    const near = (pool: PciPool): boolean => {
      if (!numaNodes || numaPolicy === 'preferred') return true
      if (pool.numaNode === null) return numaPolicy !== 'required'
      return numaNodes.includes(pool.numaNode)
    }
    left = left.map(pool => {
      if (wanted === 0 || !near(pool) || !matchesAny(pool, specs)) return pool
      const taken = Math.min(wanted, pool.count)
      wanted -= taken
      return { ...pool, count: pool.count - taken }
    })
    if (wanted > 0) return null
  }
  return left
}

const matchesAny = (pool: PciPool, specs: PciRequest['specs']): boolean =>
  specs.length === 0 ||
  specs.some(spec =>
    Object.entries(spec).every(
      ([key, value]) =>
        value === null ||
        String(attributeOf(pool, key)).toLowerCase() === String(value).toLowerCase(),
    ),
  )

const attributeOf = (pool: PciPool, key: string): unknown =>
  key === 'vendor_id' ? pool.vendorId : key === 'product_id' ? pool.productId : pool.tags[key]
