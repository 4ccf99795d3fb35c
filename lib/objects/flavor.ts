import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import {
  deleteExtraSpec,
  deleteFlavor,
  deleteFlavorProject,
  extraSpecsOf,
  type FlavorFilter,
  type FlavorPage,
  type FlavorRow,
  insertFlavor,
  insertFlavorProject,
  projectsOf,
  selectFlavors,
  updateFlavor,
  upsertExtraSpecs,
} from '../db/queries/api/flavors.js'
import {
  FlavorAccessExists,
  FlavorAccessNotFound,
  FlavorExists,
  FlavorExtraSpecsNotFound,
  FlavorIdExists,
  FlavorNotFound,
  FlavorNotFoundByName,
  InvalidSortKey,
  MarkerNotFound,
  ObjectActionError,
} from '../exception/index.js'
import { apiOf } from './access.js'
import { announce } from './announce.js'
import {
  boolean,
  dictOf,
  float,
  integer,
  listOf,
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
} from './base/index.js'
import { persistentFields } from './persistent.js'

export class Flavor extends novaObject('Flavor', '1.2', {
  id: integer(),
  name: string({ nullable: true }),
  memory_mb: integer(),
  vcpus: integer(),
  root_gb: integer(),
  ephemeral_gb: integer(),
  flavorid: string(),
  swap: integer(),
  rxtx_factor: float({ nullable: true, default: 1 }),
  vcpu_weight: integer({ nullable: true }),
  disabled: boolean(),
  is_public: boolean(),
  extra_specs: dictOf(string())(),
  projects: listOf(string())(),
  description: string({ nullable: true, since: '1.2' }),
  ...persistentFields(),
}) {
  /** @throws FlavorNotFound */
  @remotableClassMethod(['id'])
  static async getById(context: RequestContext, id: number): Promise<Flavor> {
    const [flavor] = await select(context, { id })
    if (!flavor) throw new FlavorNotFound({ flavor_id: id })
    return flavor
  }

  /** By the id that clients use. @throws FlavorNotFound */
  @remotableClassMethod(['flavor_id'], ['read_deleted'])
  static async getByFlavorId(
    context: RequestContext,
    flavorId: string,
    _options: { readonly readDeleted?: string | null } = {},
  ): Promise<Flavor> {
    const [flavor] = await select(context, { flavorid: flavorId })
    if (!flavor) throw new FlavorNotFound({ flavor_id: flavorId })
    return flavor
  }

  /** @throws FlavorNotFoundByName */
  @remotableClassMethod(['name'])
  static async getByName(context: RequestContext, name: string): Promise<Flavor> {
    const [flavor] = await select(context, { name })
    if (!flavor) throw new FlavorNotFoundByName({ flavor_name: name })
    return flavor
  }

  /** Fills in `projects`: who may use a flavor that is not public. */
  @remotable([], [], '_load_projects')
  async loadProjects(): Promise<void> {
    const context = this.requireContext('_load_projects')
    this.assign({ projects: await projectsOf(apiOf(context).kysely, this.id) })
    this.resetChanges({ fields: ['projects'] })
  }

  /** @throws FlavorIdExists, FlavorExists */
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    const database = apiOf(context)
    try {
      const row = await database.transaction(trx =>
        insertFlavor(trx, this.changes(), this.get('extraSpecs') ?? {}, this.get('projects') ?? []),
      )
      this.assign({ extra_specs: {}, ...this.changes(), ...row, ...alive })
    } catch (error) {
      const duplicate = duplicateEntry(error)
      if (!duplicate) throw error
      throw duplicate.columns.includes('flavorid')
        ? new FlavorIdExists({ flavor_id: this.flavorid })
        : new FlavorExists({ name: this.name })
    }
    this.resetChanges()
    await this.#tell('flavor.create')
  }

  async #tell(event: string): Promise<void> {
    const context = this.requireContext(event)
    if (!context.services.notifications) return
    // Of one that is gone nobody knows any more who could use it.
    if (event !== 'flavor.delete' && !this.isSet('projects')) await this.loadProjects()
    await announce(context, event, { flavor: this })
  }

  /** Description, extra specs and projects are what may change. */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const changed = this.changedFields()
    await apiOf(context).transaction(async trx => {
      if (changed.has('description')) {
        const row = await updateFlavor(trx, this.id, { description: this.description })
        if (!row) throw new FlavorNotFound({ flavor_id: this.id })
        this.assign({ updated_at: row.updated_at })
      }
      if (changed.has('extra_specs')) {
        const stored = await extraSpecsOf(trx, [this.id])
        for (const { key } of stored) {
          if (!Object.hasOwn(this.extraSpecs, key)) await deleteExtraSpec(trx, this.id, key)
        }
        await upsertExtraSpecs(trx, this.id, this.extraSpecs)
      }
      if (changed.has('projects')) {
        const stored = await projectsOf(trx, this.id)
        for (const project of stored) {
          if (!this.projects.includes(project)) await deleteFlavorProject(trx, this.id, project)
        }
        for (const project of this.projects) {
          if (!stored.includes(project)) await insertFlavorProject(trx, this.id, project)
        }
      }
    })
    this.resetChanges()
    if (changed.size > 0) await this.#tell('flavor.update')
  }

  /** @throws FlavorExtraSpecsNotFound for a key to delete that is not there */
  @remotable([], ['to_add', 'to_delete'])
  async saveExtraSpecs(
    options: {
      readonly toAdd?: Readonly<Record<string, string>> | null
      readonly toDelete?: readonly string[] | null
    } = {},
  ): Promise<void> {
    const context = this.requireContext('save_extra_specs')
    const { toAdd, toDelete } = options
    await apiOf(context).transaction(async trx => {
      if (toAdd) await upsertExtraSpecs(trx, this.id, toAdd)
      for (const key of toDelete ?? []) {
        if (!(await deleteExtraSpec(trx, this.id, key))) {
          throw new FlavorExtraSpecsNotFound({ extra_specs_key: key, flavor_id: this.flavorid })
        }
      }
    })
    const specs = { ...this.get('extraSpecs'), ...toAdd }
    const gone = new Set(toDelete ?? [])
    this.assign({
      extra_specs: Object.fromEntries(Object.entries(specs).filter(([key]) => !gone.has(key))),
    }).resetChanges({ fields: ['extra_specs'] })
    await this.#tell('flavor.update')
  }

  /** @throws FlavorAccessExists */
  @remotable(['project_id'])
  async addAccess(projectId: string): Promise<void> {
    const context = this.requireContext('add_access')
    if (this.changedFields().has('projects')) {
      throw new ObjectActionError({ action: 'add_access', reason: 'projects modified' })
    }
    try {
      await insertFlavorProject(apiOf(context).kysely, this.id, projectId)
    } catch (error) {
      if (!duplicateEntry(error)) throw error
      throw new FlavorAccessExists({ flavor_id: this.flavorid, project_id: projectId })
    }
    await this.loadProjects()
    await this.#tell('flavor.update')
  }

  /** @throws FlavorAccessNotFound */
  @remotable(['project_id'])
  async removeAccess(projectId: string): Promise<void> {
    const context = this.requireContext('remove_access')
    if (!(await deleteFlavorProject(apiOf(context).kysely, this.id, projectId))) {
      throw new FlavorAccessNotFound({ flavor_id: this.flavorid, project_id: projectId })
    }
    await this.loadProjects()
    await this.#tell('flavor.update')
  }

  /** @throws FlavorNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    const id = this.get('id') ?? (await Flavor.getByFlavorId(context, this.flavorid)).id
    if (!(await apiOf(context).transaction(trx => deleteFlavor(trx, id)))) {
      throw new FlavorNotFound({ flavor_id: id })
    }
    await this.#tell('flavor.delete')
  }
}

export class FlavorList extends novaObjectList('FlavorList', '1.1', () => Flavor) {
  /**
   * @param options  `filters`: `is_public` (null: both), `disabled`, `min_memory_mb`, `min_root_gb`,
   *   `name`;
   *   `inactive` lists disabled ones too; `marker`: the flavorid of the last one seen
   * @throws MarkerNotFound, InvalidSortKey
   */
  @remotableClassMethod([], ['inactive', 'filters', 'sort_key', 'sort_dir', 'limit', 'marker'])
  static async getAll(
    context: RequestContext,
    options: {
      readonly inactive?: boolean
      readonly filters?: Readonly<Record<string, unknown>> | null
      readonly sortKey?: string
      readonly sortDir?: 'asc' | 'desc'
      readonly limit?: number | null
      readonly marker?: string | null
    } = {},
  ): Promise<FlavorList> {
    const { filters, marker, limit, sortDir = 'asc', sortKey = 'flavorid' } = options
    if (!isSortKey(sortKey)) throw new InvalidSortKey()
    const db = apiOf(context).kysely
    const [after] = marker ? await selectFlavors(db, { flavorid: marker }) : []
    if (marker && !after) throw new MarkerNotFound({ marker })
    const isPublic = filters?.is_public
    const flavors = await select(
      context,
      {
        ...(typeof isPublic === 'boolean' && { isPublic }),
        ...(isPublic === true && context.projectId !== null && { projectId: context.projectId }),
        ...(typeof filters?.disabled === 'boolean'
          ? { disabled: filters.disabled }
          : !options.inactive && { disabled: false }),
        ...(typeof filters?.min_memory_mb === 'number' && { minMemoryMb: filters.min_memory_mb }),
        ...(typeof filters?.min_root_gb === 'number' && { minRootGb: filters.min_root_gb }),
        ...(typeof filters?.name === 'string' && { name: filters.name }),
      },
      { sortKey, sortDir, limit, after },
    )
    return FlavorList.of(context, flavors)
  }
}

/** Flavors know no soft delete, but their objects have its fields. */
const alive = { deleted: false, deleted_at: null }

const sortKeys: Readonly<Record<FlavorPage['sortKey'], true>> = {
  flavorid: true,
  name: true,
  id: true,
  memory_mb: true,
  vcpus: true,
  root_gb: true,
  ephemeral_gb: true,
  swap: true,
  created_at: true,
  updated_at: true,
  disabled: true,
  is_public: true,
  rxtx_factor: true,
  vcpu_weight: true,
  description: true,
}

const isSortKey = (key: string): key is FlavorPage['sortKey'] => Object.hasOwn(sortKeys, key)

/** With their extra specs: two queries, however many there are. */
const select = async (
  context: RequestContext,
  filter: FlavorFilter,
  page?: FlavorPage,
): Promise<Flavor[]> => {
  const db = apiOf(context).kysely
  // Others than administrators see public flavors, and those that their project was let use.
  const visible = context.isAdmin ? filter : { ...filter, visibleTo: context.projectId }
  const rows: FlavorRow[] = await selectFlavors(db, visible, page)
  const specs = new Map<number, [string, string][]>(rows.map(row => [row.id, []]))
  for (const { flavor_id, key, value } of await extraSpecsOf(db, [...specs.keys()])) {
    specs.get(flavor_id)?.push([key, value ?? ''])
  }
  return rows.map(row =>
    Flavor.hydrate(context, {
      ...row,
      ...alive,
      extra_specs: Object.fromEntries(specs.get(row.id) ?? []),
    }),
  )
}
