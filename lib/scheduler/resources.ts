import type { RequestFlavor } from './request.js'

/** Amounts by resource class: VCPU, MEMORY_MB, DISK_GB and what extra specs add. Never zero. */
export type Resources = Readonly<Record<string, number>>

/**
 * What an instance takes of its host: the unsuffixed request group (contract: scheduler.md 3).
 * `resources:X=n` of the extra specs replaces an amount; 0 removes it.
 */
export const resourcesOf = (flavor: RequestFlavor, isBfv: boolean): Resources => {
  const amounts: Record<string, number> = {
    DISK_GB: flavor.ephemeralGb + Math.ceil(flavor.swap / 1024) + (isBfv ? 0 : flavor.rootGb),
    MEMORY_MB: flavor.memoryMb,
    VCPU: flavor.vcpus,
  }
  for (const [key, value] of Object.entries(flavor.extraSpecs)) {
    const name = /^resources:([A-Z0-9_]+)$/.exec(key)?.[1]
    const amount = Number(value)
    if (name && Number.isInteger(amount) && amount >= 0) amounts[name] = amount
  }
  return Object.fromEntries(
    Object.entries(amounts)
      .filter(([, amount]) => amount > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
