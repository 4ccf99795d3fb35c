import { prepared } from '../../prepared.js'
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

/** As columns hold them. */
interface FlavorValues
  extends Omit<FlavorFilter, 'isPublic' | 'disabled' | 'visibleTo'>,
    Pick<FlavorPage, 'after'> {
  readonly isPublic?: number | undefined
  readonly disabled?: number | undefined
  /** '': nobody's project. */
  readonly visibleTo?: string | undefined
  readonly limit?: number | undefined
}

const flavorsQuery = (
  db: ApiDb,
  values: FlavorValues,
  sortKey: FlavorPage['sortKey'],
  sortDir: FlavorPage['sortDir'],
) => {
  const { isPublic, projectId, visibleTo, limit, after } = values
  let query = db.selectFrom('flavors').selectAll()
  if (values.id !== undefined) query = query.where('id', '=', values.id)
  if (values.flavorid !== undefined) query = query.where('flavorid', '=', values.flavorid)
  if (values.name !== undefined) query = query.where('name', '=', values.name)
  if (values.disabled !== undefined) query = query.where('disabled', '=', values.disabled)
  if (values.minMemoryMb !== undefined) query = query.where('memory_mb', '>=', values.minMemoryMb)
  if (values.minRootGb !== undefined) query = query.where('root_gb', '>=', values.minRootGb)
  if (isPublic !== undefined) {
    query = query.where(eb => {
      const own =
        projectId === undefined
          ? []
          : [
              eb.exists(
                eb
                  .selectFrom('flavor_projects')
                  .select('flavor_projects.id')
                  .whereRef('flavor_projects.flavor_id', '=', 'flavors.id')
                  .where('flavor_projects.project_id', '=', projectId),
              ),
            ]
      return eb.or([eb('is_public', '=', isPublic), ...own])
    })
  }
  if (visibleTo !== undefined) {
    query = query.where(eb =>
      eb.or([
        eb('is_public', '=', 1),
        eb(
          'id',
          'in',
          eb
            .selectFrom('flavor_projects')
            .select('flavor_projects.flavor_id')
            .where('flavor_projects.project_id', '=', visibleTo),
        ),
      ]),
    )
  }
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
  return limit === undefined ? query : query.limit(limit)
}

const firstFlavors = prepared(flavorsQuery)

export const selectFlavors = (
  db: ApiDb,
  { isPublic, disabled, visibleTo, projectId, ...filter }: FlavorFilter,
  { sortKey, sortDir, limit, after }: FlavorPage = { sortKey: 'id', sortDir: 'asc' },
): Promise<FlavorRow[]> => {
  const values: FlavorValues = {
    ...filter,
    isPublic: typeof isPublic === 'boolean' ? Number(isPublic) : undefined,
    projectId: isPublic === true ? projectId : undefined,
    disabled: disabled === undefined ? undefined : Number(disabled),
    visibleTo: visibleTo === undefined ? undefined : (visibleTo ?? ''),
    limit: limit ?? undefined,
  }
  // Where a page begins depends on what the marker's row holds, so that query is made anew.
  return after
    ? flavorsQuery(db, { ...values, after }, sortKey, sortDir).execute()
    : firstFlavors(db, values, sortKey, sortDir)
}

const selectExtraSpecs = prepared((db: ApiDb, { ids }: { readonly ids: readonly number[] }) =>
  db.selectFrom('flavor_extra_specs').selectAll().where('flavor_id', 'in', ids).orderBy('id'),
)

export const extraSpecsOf = (
  db: ApiDb,
  flavorIds: readonly number[],
): Promise<ApiRow<'flavor_extra_specs'>[]> =>
  inChunks(flavorIds, part => selectExtraSpecs(db, { ids: part }))

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
