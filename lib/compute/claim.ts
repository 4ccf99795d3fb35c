import { ComputeResourcesUnavailable } from '../exception/index.js'
import type { SchedulerLimitsDict } from './rpcapi.js'

/** What one instance uses of its host. */
export interface Usage {
  readonly vcpus: number
  /** MiB */
  readonly memoryMb: number
  /** GiB: root and ephemeral */
  readonly diskGb: number
}

/**
 * Whether an instance fits below the limits that the scheduler sent; without limits it does, for the
 * scheduler's claim has decided already.
 *
 * @throws ComputeResourcesUnavailable
 */
export const testLimits = (used: Usage, asked: Usage, limits: SchedulerLimitsDict): void => {
  const problems = [
    problem('memory', 'MB', used.memoryMb, asked.memoryMb, limits.memory_mb),
    problem('disk', 'GB', used.diskGb, asked.diskGb, limits.disk_gb),
    problem('vcpus', 'VCPU', used.vcpus, asked.vcpus, limits.vcpu),
  ].filter(text => text !== null)
  if (problems.length > 0) throw new ComputeResourcesUnavailable({ reason: problems.join('; ') })
}

const problem = (
  name: string,
  unit: string,
  used: number,
  asked: number,
  limit: number | undefined,
): string | null => {
  if (limit === undefined) return null
  const free = limit - used
  if (asked <= free) return null
  return `Free ${name} ${free.toFixed(2)} ${unit} < requested ${asked} ${unit}`
}
