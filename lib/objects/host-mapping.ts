import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import {
  deleteHostMapping,
  type HostMappingRow,
  insertHostMapping,
  selectCellMappings,
  selectHostMappings,
  updateHostMapping,
} from '../db/queries/api/cells.js'
import { HostMappingExists, HostMappingNotFound, ObjectActionError } from '../exception/index.js'
import { apiOf } from './access.js'
import {
  integer,
  novaObject,
  novaObjectList,
  object,
  remotable,
  remotableClassMethod,
  string,
} from './base/index.js'
import { CellMapping } from './cell-mapping.js'
import { timestampFields } from './persistent.js'

export class HostMapping extends novaObject('HostMapping', '1.0', {
  id: integer({ readOnly: true }),
  host: string(),
  cell_mapping: object(() => CellMapping)(),
  ...timestampFields(),
}) {
  /** @throws HostMappingNotFound */
  @remotableClassMethod(['host'])
  static async getByHost(context: RequestContext, host: string): Promise<HostMapping> {
    const [mapping] = await hydrate(
      context,
      await selectHostMappings(apiOf(context).kysely, { hosts: [host] }),
    )
    if (!mapping) throw new HostMappingNotFound({ name: host })
    return mapping
  }

  /** @throws HostMappingExists */
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    const { host, cellMapping } = this
    try {
      const row = await apiOf(context).transaction(trx =>
        insertHostMapping(trx, host, cellMapping.id),
      )
      this.assign(row).resetChanges()
    } catch (error) {
      if (duplicateEntry(error)) throw new HostMappingExists({ name: host })
      throw error
    }
  }

  /** Moves the host to another cell. @throws HostMappingNotFound */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const row = await apiOf(context).transaction(trx =>
      updateHostMapping(trx, this.id, this.cellMapping.id),
    )
    if (!row) throw new HostMappingNotFound({ name: this.host })
    this.assign(row).resetChanges()
  }

  /** @throws HostMappingNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    if (!(await deleteHostMapping(apiOf(context).kysely, this.host))) {
      throw new HostMappingNotFound({ name: this.host })
    }
  }
}

export class HostMappingList extends novaObjectList('HostMappingList', '1.1', () => HostMapping) {
  @remotableClassMethod()
  static async getAll(context: RequestContext): Promise<HostMappingList> {
    const rows = await selectHostMappings(apiOf(context).kysely)
    return HostMappingList.of(context, await hydrate(context, rows))
  }

  @remotableClassMethod(['cell_id'])
  static async getByCellId(context: RequestContext, cellId: number): Promise<HostMappingList> {
    const rows = await selectHostMappings(apiOf(context).kysely, { cellId })
    return HostMappingList.of(context, await hydrate(context, rows))
  }
}

const hydrate = async (
  context: RequestContext,
  rows: readonly HostMappingRow[],
): Promise<HostMapping[]> => {
  const cells = new Map((await selectCellMappings(apiOf(context).kysely)).map(row => [row.id, row]))
  return rows.flatMap(row => {
    const cell = cells.get(row.cell_id)
    return cell
      ? [
          HostMapping.hydrate(context, {
            ...row,
            cell_mapping: CellMapping.hydrate(context, cell),
          }),
        ]
      : []
  })
}
