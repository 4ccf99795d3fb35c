import type { RequestContext } from '../context/index.js'
import {
  CELL0_UUID,
  deleteCellMapping,
  insertCellMapping,
  selectCellMappings,
  updateCellMapping,
} from '../db/queries/api/cells.js'
import { CellMappingNotFound, ObjectActionError } from '../exception/index.js'
import { apiOf } from './access.js'
import {
  boolean,
  integer,
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { timestampFields } from './persistent.js'

export class CellMapping extends novaObject('CellMapping', '1.1', {
  id: integer({ readOnly: true }),
  uuid: uuid(),
  name: string({ nullable: true }),
  transport_url: string(),
  database_connection: string(),
  disabled: boolean({ default: false, since: '1.1' }),
  ...timestampFields(),
}) {
  /** Where servers live that found no host. */
  static readonly cell0Uuid = CELL0_UUID

  isCell0(): boolean {
    return this.uuid === CellMapping.cell0Uuid
  }

  /** The name, or the uuid when there is none: for logs. */
  get identity(): string {
    return this.get('name') || this.uuid
  }

  /** @throws CellMappingNotFound */
  @remotableClassMethod(['uuid'])
  static async getByUuid(context: RequestContext, uuid: string): Promise<CellMapping> {
    const [row] = await selectCellMappings(apiOf(context).kysely, { uuid })
    if (!row) throw new CellMappingNotFound({ uuid })
    return CellMapping.hydrate(context, row)
  }

  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    const { uuid } = this
    const row = await apiOf(context).transaction(trx =>
      insertCellMapping(trx, { ...this.changes(), uuid }),
    )
    this.assign(row).resetChanges()
  }

  /** @throws CellMappingNotFound */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const { uuid } = this
    const row = await apiOf(context).transaction(trx =>
      updateCellMapping(trx, uuid, this.changes()),
    )
    if (!row) throw new CellMappingNotFound({ uuid })
    this.assign(row).resetChanges()
  }

  /** @throws CellMappingNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    const { uuid } = this
    if (!(await deleteCellMapping(apiOf(context).kysely, uuid))) {
      throw new CellMappingNotFound({ uuid })
    }
  }
}

export class CellMappingList extends novaObjectList('CellMappingList', '1.1', () => CellMapping) {
  @remotableClassMethod()
  static async getAll(context: RequestContext): Promise<CellMappingList> {
    const rows = await selectCellMappings(apiOf(context).kysely)
    return CellMappingList.of(
      context,
      rows.map(row => CellMapping.hydrate(context, row)),
    )
  }

  @remotableClassMethod(['disabled'])
  static async getByDisabled(context: RequestContext, disabled: boolean): Promise<CellMappingList> {
    const rows = await selectCellMappings(apiOf(context).kysely, { disabled })
    return CellMappingList.of(
      context,
      rows.map(row => CellMapping.hydrate(context, row)),
    )
  }
}
