import type { RequestContext } from '../context/index.js'
import {
  type CellMappingRow,
  countInstanceMappings,
  deleteInstanceMapping,
  type InstanceMappingRow,
  insertInstanceMapping,
  instanceMappingWithCell,
  selectCellMappings,
  selectInstanceMappings,
  updateInstanceMapping,
} from '../db/queries/api/cells.js'
import { InstanceMappingNotFound, ObjectActionError } from '../exception/index.js'
import { apiOf } from './access.js'
import {
  boolean,
  integer,
  novaObject,
  novaObjectList,
  object,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { CellMapping } from './cell-mapping.js'
import { timestampFields } from './persistent.js'

export class InstanceMapping extends novaObject('InstanceMapping', '1.2', {
  id: integer({ readOnly: true }),
  instance_uuid: uuid(),
  cell_mapping: object(() => CellMapping)({ nullable: true }),
  project_id: string(),
  user_id: string({ since: '1.2' }),
  queued_for_delete: boolean({ default: false, since: '1.1' }),
  ...timestampFields(),
}) {
  /** @throws InstanceMappingNotFound */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<InstanceMapping> {
    const found = await instanceMappingWithCell(apiOf(context).kysely, instanceUuid)
    if (!found) throw new InstanceMappingNotFound({ uuid: instanceUuid })
    return withCell(context, found.mapping, found.cell)
  }

  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    const row = await apiOf(context).transaction(trx => insertInstanceMapping(trx, this.toRow()))
    this.assign(row).resetChanges()
  }

  /** The columns of a new row. */
  toRow(): Parameters<typeof insertInstanceMapping>[1] {
    return {
      instance_uuid: this.instanceUuid,
      cell_id: this.get('cellMapping')?.id ?? null,
      project_id: this.projectId,
      user_id: this.get('userId') ?? null,
      queued_for_delete: Number(this.get('queuedForDelete') ?? false),
    }
  }

  /** @throws InstanceMappingNotFound */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const { instanceUuid } = this
    const changed = this.changedFields()
    const row = await apiOf(context).transaction(trx =>
      updateInstanceMapping(trx, instanceUuid, {
        ...(changed.has('cell_mapping') && { cell_id: this.cellMapping?.id ?? null }),
        ...(changed.has('queued_for_delete') && {
          queued_for_delete: Number(this.queuedForDelete),
        }),
        ...(changed.has('project_id') && { project_id: this.projectId }),
        ...(changed.has('user_id') && { user_id: this.userId }),
      }),
    )
    if (!row) throw new InstanceMappingNotFound({ uuid: instanceUuid })
    this.assign(row).resetChanges()
  }

  /** @throws InstanceMappingNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    if (!(await deleteInstanceMapping(apiOf(context).kysely, this.instanceUuid))) {
      throw new InstanceMappingNotFound({ uuid: this.instanceUuid })
    }
  }
}

export class InstanceMappingList extends novaObjectList(
  'InstanceMappingList',
  '1.3',
  () => InstanceMapping,
) {
  @remotableClassMethod(['project_id'])
  static async getByProjectId(
    context: RequestContext,
    projectId: string,
  ): Promise<InstanceMappingList> {
    const rows = await selectInstanceMappings(apiOf(context).kysely, { projectId })
    return InstanceMappingList.of(context, await hydrate(context, rows))
  }

  @remotableClassMethod(['cell_id'])
  static async getByCellId(context: RequestContext, cellId: number): Promise<InstanceMappingList> {
    const rows = await selectInstanceMappings(apiOf(context).kysely, { cellId })
    return InstanceMappingList.of(context, await hydrate(context, rows))
  }

  @remotableClassMethod(['uuids'])
  static async getByInstanceUuids(
    context: RequestContext,
    uuids: readonly string[],
  ): Promise<InstanceMappingList> {
    const rows = await selectInstanceMappings(apiOf(context).kysely, { uuids })
    return InstanceMappingList.of(context, await hydrate(context, rows))
  }

  /** Instances of a cell that are not on their way out; of every project when none is named. */
  @remotableClassMethod(['cell_uuid', 'project_id'], ['limit'])
  static async getNotDeletedByCellAndProject(
    context: RequestContext,
    cellUuid: string,
    projectId: string | null,
    options: { readonly limit?: number | null } = {},
  ): Promise<InstanceMappingList> {
    const db = apiOf(context).kysely
    const [cell] = await selectCellMappings(db, { uuid: cellUuid })
    if (!cell) return InstanceMappingList.of(context, [])
    const rows = await selectInstanceMappings(db, {
      cellId: cell.id,
      projectId: projectId ?? undefined,
      queuedForDelete: false,
      limit: options.limit ?? undefined,
    })
    return InstanceMappingList.of(context, await hydrate(context, rows))
  }

  /** Instances of a project, and of a user in it: `{project: {instances}, user: {instances}}`. */
  @remotableClassMethod(['project_id'], ['user_id'])
  static async getCounts(
    context: RequestContext,
    projectId: string,
    options: { readonly userId?: string | null } = {},
  ): Promise<{
    readonly project: { readonly instances: number }
    readonly user?: { readonly instances: number }
  }> {
    const db = apiOf(context).kysely
    const { userId } = options
    return {
      project: { instances: await countInstanceMappings(db, projectId, null) },
      ...(userId && {
        user: { instances: await countInstanceMappings(db, projectId, userId) },
      }),
    }
  }
}

const hydrate = async (
  context: RequestContext,
  rows: readonly InstanceMappingRow[],
): Promise<InstanceMapping[]> => {
  if (rows.length === 0) return []
  const cells = new Map((await selectCellMappings(apiOf(context).kysely)).map(row => [row.id, row]))
  return rows.map(row => {
    const cell = row.cell_id === null ? undefined : cells.get(row.cell_id)
    return withCell(context, row, cell ?? null)
  })
}

const withCell = (
  context: RequestContext,
  row: InstanceMappingRow,
  cell: CellMappingRow | null,
): InstanceMapping =>
  InstanceMapping.hydrate(context, {
    ...row,
    cell_mapping: cell && CellMapping.hydrate(context, cell),
  })
