import type { Instance } from '../lib/objects/index.js'
import { rawTime } from './times.js'

export interface Period {
  readonly start: Date
  readonly stop: Date
}

export interface TenantUsage {
  readonly tenant_id: string
  readonly start: string | null
  readonly stop: string | null
  readonly total_hours: number
  readonly total_vcpus_usage: number
  readonly total_memory_mb_usage: number
  readonly total_local_gb_usage: number
  readonly server_usages?: readonly object[]
}

const HOUR_MS = 3_600_000

/** What each project used in the period, in the order of the instances. */
export const tenantUsages = (
  instances: readonly Instance[],
  period: Period,
  detailed: boolean,
  now: Date,
): TenantUsage[] => {
  const byTenant = new Map<string, Instance[]>()
  for (const instance of instances) {
    const tenant = instance.projectId ?? ''
    const known = byTenant.get(tenant)
    if (known) known.push(instance)
    else byTenant.set(tenant, [instance])
  }
  return [...byTenant].map(([tenant, servers]) => {
    const total = (amount: (instance: Instance) => number): number =>
      servers.reduce((sum, server) => sum + amount(server) * hoursOf(server, period), 0)
    return {
      tenant_id: tenant,
      start: rawTime(period.start),
      stop: rawTime(period.stop),
      total_hours: total(() => 1),
      total_vcpus_usage: total(({ vcpus }) => vcpus ?? 0),
      total_memory_mb_usage: total(({ memoryMb }) => memoryMb ?? 0),
      total_local_gb_usage: total(localGb),
      ...(detailed
        ? { server_usages: servers.map(server => serverUsage(server, period, now)) }
        : {}),
    }
  })
}

const localGb = ({ rootGb, ephemeralGb }: Instance): number => (rootGb ?? 0) + (ephemeralGb ?? 0)

/** Within the period. */
const hoursOf = ({ launchedAt, terminatedAt }: Instance, { start, stop }: Period): number => {
  if (!launchedAt) return 0
  const from = Math.max(launchedAt.getTime(), start.getTime())
  const to = Math.min((terminatedAt ?? stop).getTime(), stop.getTime())
  return Math.max(0, to - from) / HOUR_MS
}

const serverUsage = (server: Instance, period: Period, now: Date): object => {
  const { launchedAt, terminatedAt } = server
  const until = terminatedAt ?? now
  return {
    hours: hoursOf(server, period),
    flavor: server.get('flavor')?.name ?? '',
    instance_id: server.uuid,
    name: server.displayName,
    tenant_id: server.projectId,
    started_at: rawTime(launchedAt),
    ended_at: rawTime(terminatedAt),
    memory_mb: server.memoryMb,
    local_gb: localGb(server),
    vcpus: server.vcpus,
    state: terminatedAt ? 'terminated' : server.vmState,
    // seconds
    uptime: launchedAt ? Math.floor((until.getTime() - launchedAt.getTime()) / 1000) : 0,
  }
}
