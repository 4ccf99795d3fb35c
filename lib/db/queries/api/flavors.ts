import {
  type ApiDb,
  type ApiRow,
  apiValues,
  inChunks,
  insertedId,
  type NewApiRow,
  now,
  type Values,
} from '../rows.js'

export type FlavorRow = ApiRow<'flavors'>

export interface FlavorFilter {
  readonly id?: number | undefined
  readonly flavorid?: string | undefined
  readonly name?: string | undefined
  /** Null or absent: both. */
  readonly isPublic?: boolean | null | undefined
  readonly disabled?: boolean | undefined
  readonly minMemoryMb?: number | undefined
  readonly minRootGb?: number | undefined
  /** Private ones too, as far as this project may use them. */
  readonly projectId?: string | undefined
  /** Only public ones, and those that this project (null: none) may use. */
  readonly visibleTo?: string | null | undefined
}

export interface FlavorPage {
  readonly sortKey:
    | 'flavorid'
    | 'name'
    | 'id'
    | 'memory_mb'
    | 'vcpus'
    | 'root_gb'
    | 'ephemeral_gb'
    | 'swap'
    | 'created_at'
    | 'updated_at'
    | 'disabled'
    | 'is_public'
    | 'rxtx_factor'
    | 'vcpu_weight'
    | 'description'
  readonly sortDir: 'asc' | 'desc'
  readonly limit?: number | null | undefined
  /** Only what comes after this row. */
  readonly after?: FlavorRow | undefined
}

export const selectFlavors = (
  db: ApiDb,
  filter: FlavorFilter,
  page: FlavorPage = { sortKey: 'id', sortDir: 'asc' },
): Promise<FlavorRow[]> => {
  let query = db.selectFrom('flavors').selectAll()
  if (filter.id !== undefined) query = query.where('id', '=', filter.id)
  if (filter.flavorid !== undefined) query = query.where('flavorid', '=', filter.flavorid)
  if (filter.name !== undefined) query = query.where('name', '=', filter.name)
  if (filter.disabled !== undefined) query = query.where('disabled', '=', Number(filter.disabled))
  if (filter.minMemoryMb !== undefined) {
    query = query.where('memory_mb', '>=', filter.minMemoryMb)
  }
  if (filter.minRootGb !== undefined) query = query.where('root_gb', '>=', filter.minRootGb)
  const { isPublic, projectId } = filter
  if (isPublic !== undefined && isPublic !== null) {
    query = query.where(eb => {
      const own =
        isPublic && projectId !== undefined
          ? [
              eb.exists(
                eb
                  .selectFrom('flavor_projects')
                  .select('flavor_projects.id')
                  .whereRef('flavor_projects.flavor_id', '=', 'flavors.id')
                  .where('flavor_projects.project_id', '=', projectId),
              ),
            ]
          : []
      return eb.or([eb('is_public', '=', Number(isPublic)), ...own])
    })
  }
  if (filter.visibleTo !== undefined) {
    const { visibleTo } = filter
    query = query.where(eb =>
      eb.or([
        eb('is_public', '=', 1),
        eb(
          'id',
          'in',
          eb
            .selectFrom('flavor_projects')
            .select('flavor_projects.flavor_id')
            .where('flavor_projects.project_id', '=', visibleTo ?? ''),
        ),
      ]),
    )
  }
  const { sortKey, sortDir, limit, after } = page
  if (after) {
    const value = after[sortKey]
    const beyond = sortDir === 'asc' ? '>' : '<'
    query = query.where(eb => {
      const sameKey = value === null ? eb(sortKey, 'is', null) : eb(sortKey, '=', value)
      const later =
        value === null
          ? sortDir === 'asc'
            ? [eb(sortKey, 'is not', null)]
            : []
          : [eb(sortKey, beyond, value), ...(sortDir === 'desc' ? [eb(sortKey, 'is', null)] : [])]
      return eb.or([...later, eb.and([sameKey, eb('id', beyond, after.id)])])
    })
  }
  query = query.orderBy(sortKey, sortDir)
  if (sortKey !== 'id') query = query.orderBy('id', sortDir)
  if (typeof limit === 'number') query = query.limit(limit)
  return query.execute()
}

export const extraSpecsOf = (
  db: ApiDb,
  flavorIds: readonly number[],
): Promise<ApiRow<'flavor_extra_specs'>[]> =>
  inChunks(flavorIds, part =>
    db
      .selectFrom('flavor_extra_specs')
      .selectAll()
      .where('flavor_id', 'in', part)
      .orderBy('id')
      .execute(),
  )

export const projectsOf = async (db: ApiDb, flavorId: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('flavor_projects')
    .select('project_id')
    .where('flavor_id', '=', flavorId)
    .orderBy('id')
    .execute()
  return rows.map(row => row.project_id)
}

export const insertFlavor = async (
  db: ApiDb,
  values: Values,
  extraSpecs: Readonly<Record<string, string>>,
  projects: readonly string[],
): Promise<FlavorRow> => {
  const row = {
    swap: 0,
    rxtx_factor: 1,
    disabled: 0,
    is_public: 1,
    ...apiValues('flavors', values),
    created_at: now(),
  } as NewApiRow<'flavors'>
  const id = insertedId(await db.insertInto('flavors').values(row).executeTakeFirstOrThrow())
  await upsertExtraSpecs(db, id, extraSpecs)
  for (const project of projects) await insertFlavorProject(db, id, project)
  return db.selectFrom('flavors').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export const updateFlavor = async (
  db: ApiDb,
  id: number,
  values: Values,
): Promise<FlavorRow | undefined> => {
  await db
    .updateTable('flavors')
    .set({ ...apiValues('flavors', values), updated_at: now() })
    .where('id', '=', id)
    .execute()
  return db.selectFrom('flavors').selectAll().where('id', '=', id).executeTakeFirst()
}

/** @returns whether it was there */
export const deleteFlavor = async (db: ApiDb, id: number): Promise<boolean> => {
  await db.deleteFrom('flavor_projects').where('flavor_id', '=', id).execute()
  await db.deleteFrom('flavor_extra_specs').where('flavor_id', '=', id).execute()
  const result = await db.deleteFrom('flavors').where('id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}

export const upsertExtraSpecs = async (
  db: ApiDb,
  flavorId: number,
  specs: Readonly<Record<string, string>>,
): Promise<void> => {
  const stored = new Map((await extraSpecsOf(db, [flavorId])).map(row => [row.key, row]))
  for (const [key, value] of Object.entries(specs)) {
    const row = stored.get(key)
    if (!row) {
      await db
        .insertInto('flavor_extra_specs')
        .values({ flavor_id: flavorId, key, value, created_at: now() })
        .execute()
    } else if (row.value !== value) {
      await db
        .updateTable('flavor_extra_specs')
        .set({ value, updated_at: now() })
        .where('id', '=', row.id)
        .execute()
    }
  }
}

/** @returns whether it was there */
export const deleteExtraSpec = async (
  db: ApiDb,
  flavorId: number,
  key: string,
): Promise<boolean> => {
  const result = await db
    .deleteFrom('flavor_extra_specs')
    .where('flavor_id', '=', flavorId)
    .where('key', '=', key)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

export const insertFlavorProject = async (
  db: ApiDb,
  flavorId: number,
  projectId: string,
): Promise<void> => {
  await db
    .insertInto('flavor_projects')
    .values({ flavor_id: flavorId, project_id: projectId, created_at: now() })
    .execute()
}

/** @returns whether it was there */
export const deleteFlavorProject = async (
  db: ApiDb,
  flavorId: number,
  projectId: string,
): Promise<boolean> => {
  const result = await db
    .deleteFrom('flavor_projects')
    .where('flavor_id', '=', flavorId)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}
