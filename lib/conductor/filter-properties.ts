import type { FilterProperties, RetryDict, SchedulerLimitsDict } from '../compute/rpcapi.js'
import { MaxRetriesExceeded } from '../exception/index.js'
import type { RequestSpec, SchedulerLimits, Selection } from '../objects/index.js'

/** The legacy dict of a request: only what was asked for. */
export const legacyFilterProperties = (spec: RequestSpec): FilterProperties => {
  const properties: Record<string, unknown> = {}
  const put = (key: string, value: readonly unknown[] | object | null | undefined) => {
    const size = Array.isArray(value) ? value.length : Object.keys(value ?? {}).length
    if (size > 0) properties[key] = value
  }
  put('ignore_hosts', spec.get('ignoreHosts'))
  put('force_hosts', spec.get('forceHosts'))
  put('force_nodes', spec.get('forceNodes'))
  put('scheduler_hints', spec.get('schedulerHints'))
  return properties
}

/**
 * Counts an attempt. Nothing is counted, so that nothing is tried again, when only one attempt is
 * allowed or one host was forced.
 *
 * @throws MaxRetriesExceeded when the attempts are used up
 */
export const withAttempt = (
  properties: FilterProperties,
  instanceUuid: string,
  maxAttempts: number,
): FilterProperties => {
  const one = (value: unknown) => Array.isArray(value) && value.length === 1
  if (maxAttempts === 1 || one(properties.force_hosts) || one(properties.force_nodes)) {
    return properties
  }
  const { retry } = properties
  const attempts = (retry?.num_attempts ?? 0) + 1
  if (attempts > maxAttempts) {
    throw new MaxRetriesExceeded({
      reason:
        `Exceeded max scheduling attempts ${maxAttempts} for instance ${instanceUuid}. ` +
        `Last exception: ${retry?.exc_reason ?? 'None'}`,
    })
  }
  const counted: RetryDict = { ...retry, num_attempts: attempts, hosts: retry?.hosts ?? [] }
  return { ...properties, retry: counted }
}

/** Notes the host of this attempt, and its limits. */
export const withHost = (properties: FilterProperties, selection: Selection): FilterProperties => {
  const { retry } = properties
  const limits = limitsDict(selection.get('limits') ?? null)
  if (!retry) return { ...properties, limits }
  const host = [selection.serviceHost, selection.nodename] as const
  return { ...properties, limits, retry: { ...retry, hosts: [...retry.hosts, host] } }
}

/** `SchedulerLimits.to_dict()`: only what is set and not null. */
export const limitsDict = (limits: SchedulerLimits | null): SchedulerLimitsDict => {
  if (!limits) return {}
  const vcpu = limits.get('vcpu')
  const memory = limits.get('memoryMb')
  const disk = limits.get('diskGb')
  return {
    ...(typeof vcpu === 'number' ? { vcpu } : {}),
    ...(typeof memory === 'number' ? { memory_mb: memory } : {}),
    ...(typeof disk === 'number' ? { disk_gb: disk } : {}),
  }
}
