import { isRecord } from '../../util/is-record.js'
import { badRequest, VolumeError } from './errors.js'
import type { Db } from './store.js'

/** Cinder's defaults; -1: without limit. */
const defaults = {
  volumes: 10,
  snapshots: 10,
  gigabytes: 1000,
  per_volume_gigabytes: -1,
  backups: 10,
  backup_gigabytes: 1000,
  groups: 10,
} as const

type Resource = keyof typeof defaults
export type Limits = Record<Resource, number>

const isResource = (name: string): name is Resource => Object.hasOwn(defaults, name)

/** Under which the limits of a quota class stand among those of projects, whose ids have no colon. */
export const classKey = (name: string): string => `class:${name}`

// the one class that counts: what a project has whose own limits say nothing
const DEFAULT_CLASS = classKey('default')

export const limitsOf = async (db: Db, project: string): Promise<Limits> => {
  const owners = [DEFAULT_CLASS, project]
  const rows = await db.selectFrom('quotas').selectAll().where('project_id', 'in', owners).execute()
  const limits: Limits = { ...defaults }
  for (const owner of owners) {
    for (const { project_id, resource, limit_value } of rows) {
      if (project_id === owner && isResource(resource)) limits[resource] = limit_value
    }
  }
  return limits
}

export const usageOf = async (db: Db, project: string): Promise<Limits> => {
  const [volumes, snapshots] = await Promise.all([
    db
      .selectFrom('volumes')
      .select(eb => [eb.fn.countAll().as('count'), eb.fn.sum('size').as('size')])
      .where('project_id', '=', project)
      .executeTakeFirst(),
    db
      .selectFrom('snapshots')
      .select(eb => [eb.fn.countAll().as('count'), eb.fn.sum('size').as('size')])
      .where('project_id', '=', project)
      .executeTakeFirst(),
  ])
  return {
    volumes: Number(volumes?.count ?? 0),
    snapshots: Number(snapshots?.count ?? 0),
    gigabytes: Number(volumes?.size ?? 0) + Number(snapshots?.size ?? 0),
    per_volume_gigabytes: 0,
    backups: 0,
    backup_gigabytes: 0,
    groups: 0,
  }
}

/** @throws VolumeError 413 when there is no room for one more of this size, GiB */
export const checkRoom = async (
  db: Db,
  project: string,
  what: 'volumes' | 'snapshots' | null,
  size: number,
): Promise<void> => {
  const [limits, used] = await Promise.all([limitsOf(db, project), usageOf(db, project)])
  const over = (resource: Resource, more: number) =>
    limits[resource] >= 0 && used[resource] + more > limits[resource]
  if (over('per_volume_gigabytes', size)) {
    throw new VolumeError(
      413,
      `VolumeSizeExceedsLimit: Requested volume size ${size}G is larger than maximum allowed limit ${limits.per_volume_gigabytes}G.`,
    )
  }
  if (over('gigabytes', size)) {
    throw new VolumeError(
      413,
      `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested ${size}G, quota is ${limits.gigabytes}G and ${used.gigabytes}G has been consumed.`,
    )
  }
  if (what !== null && over(what, 1)) {
    const [name, many] = what === 'volumes' ? ['Volume', 'volumes'] : ['Snapshot', 'snapshots']
    throw new VolumeError(
      413,
      `${name}LimitExceeded: Maximum number of ${many} allowed (${limits[what]}) exceeded for quota '${what}'.`,
    )
  }
}

export const quotaView = async (
  db: Db,
  project: string,
  withUsage: boolean,
): Promise<{ readonly id: string }> => {
  const limits = await limitsOf(db, project)
  if (!withUsage) return { id: project, ...limits }
  const used = await usageOf(db, project)
  const entries = Object.entries(limits).map(([name, limit]) => [
    name,
    { limit, in_use: isResource(name) ? used[name] : 0, reserved: 0 },
  ])
  return { id: project, ...Object.fromEntries(entries) }
}

/** @param project  an id, or a `classKey` */
export const updateQuotas = async (db: Db, project: string, given: unknown): Promise<void> => {
  if (!isRecord(given)) {
    const element = project.includes(':') ? 'quota_class_set' : 'quota_set'
    throw badRequest(`Missing required element '${element}' in request body.`)
  }
  for (const [resource, limit] of Object.entries(given)) {
    if (resource === 'tenant_id' || resource === 'class_name' || resource === 'force') continue
    const value = Number(limit)
    if (!isResource(resource) || !Number.isInteger(value) || value < -1 || value > 2 ** 31 - 1) {
      throw badRequest(`Bad key or value in quota set: ${resource.slice(0, 64)}`)
    }
    await db
      .insertInto('quotas')
      .values({ project_id: project, resource, limit_value: value })
      .onConflict(conflict =>
        conflict.columns(['project_id', 'resource']).doUpdateSet({ limit_value: value }),
      )
      .execute()
  }
}

export const absoluteLimits = async (db: Db, project: string): Promise<object> => {
  const [limits, used] = await Promise.all([limitsOf(db, project), usageOf(db, project)])
  return {
    maxTotalVolumes: limits.volumes,
    maxTotalSnapshots: limits.snapshots,
    maxTotalVolumeGigabytes: limits.gigabytes,
    maxTotalBackups: limits.backups,
    maxTotalBackupGigabytes: limits.backup_gigabytes,
    totalVolumesUsed: used.volumes,
    totalSnapshotsUsed: used.snapshots,
    totalGigabytesUsed: used.gigabytes,
    totalBackupsUsed: 0,
    totalBackupGigabytesUsed: 0,
  }
}
