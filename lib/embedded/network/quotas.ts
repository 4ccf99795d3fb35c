import { conflict } from './errors.js'
import { count, type Db } from './store.js'

/** -1: no limit. A cloud on one machine is bounded by compute's own quotas, so ports are not. */
export const defaultQuotas: Readonly<Record<string, number>> = {
  network: 100,
  subnet: 100,
  subnetpool: -1,
  port: -1,
  router: 10,
  floatingip: 50,
  rbac_policy: 10,
  security_group: 10,
  security_group_rule: 100,
}

export const quotasOf = async (db: Db, project: string): Promise<Record<string, number>> => {
  const rows = await db.selectFrom('quotas').selectAll().where('project_id', '=', project).execute()
  return { ...defaultQuotas, ...Object.fromEntries(rows.map(row => [row.resource, row.quota])) }
}

export const setQuotas = async (
  db: Db,
  project: string,
  quotas: Readonly<Record<string, number>>,
): Promise<void> => {
  for (const [resource, quota] of Object.entries(quotas)) {
    await db
      .insertInto('quotas')
      .values({ project_id: project, resource, quota })
      .onConflict(on => on.columns(['project_id', 'resource']).doUpdateSet({ quota }))
      .execute()
  }
}

export const resetQuotas = async (db: Db, project: string): Promise<void> => {
  await db.deleteFrom('quotas').where('project_id', '=', project).execute()
}

export const projectsWithQuotas = async (db: Db): Promise<string[]> => {
  const rows = await db.selectFrom('quotas').select('project_id').distinct().execute()
  return rows.map(row => row.project_id)
}

/** @throws 409 OverQuota when the project has as many of these as it may */
export const checkQuota = async (db: Db, kind: string, project: string): Promise<void> => {
  // What the service makes for itself (router and floating ports) is nobody's.
  if (project === '') return
  const limit = (await quotasOf(db, project))[kind] ?? -1
  if (limit >= 0 && (await count(db, kind, project)) >= limit) {
    throw conflict('OverQuota', `Quota exceeded for resources: ['${kind}'].`)
  }
}
