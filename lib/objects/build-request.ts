import type { RequestContext } from '../context/index.js'
import {
  type BuildRequestRow,
  type BuildRequestTexts,
  buildRequestByInstance,
  deleteBuildRequest,
  insertBuildRequest,
  selectBuildRequests,
  updateBuildRequest,
} from '../db/queries/api/requests.js'
import { BuildRequestNotFound, ObjectActionError } from '../exception/index.js'
import { apiOf } from './access.js'
import {
  dateTime,
  integer,
  isObjectPrimitive,
  novaObject,
  novaObjectList,
  object,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { BlockDeviceMappingList } from './block-device-mapping.js'
import { Instance } from './instance.js'
import { TagList } from './tag.js'

export class BuildRequest extends novaObject('BuildRequest', '1.3', {
  id: integer(),
  instance_uuid: uuid(),
  project_id: string(),
  instance: object(() => Instance)(),
  block_device_mappings: object(() => BlockDeviceMappingList)({ since: '1.1' }),
  created_at: dateTime({ nullable: true }),
  updated_at: dateTime({ nullable: true }),
  tags: object(() => TagList)({ since: '1.3' }),
}) {
  static fromRow(context: RequestContext, row: BuildRequestRow): BuildRequest {
    const instance = parsed(row.instance)
    const mappings = parsed(row.block_device_mappings)
    const parsedTags = parsed(row.tags)
    const tags = isObjectPrimitive(parsedTags)
      ? TagList.fromPrimitive(parsedTags, context)
      : TagList.of(context, [])
    return BuildRequest.hydrate(context, {
      ...row,
      instance: isObjectPrimitive(instance)
        ? withoutCell(Instance.fromPrimitive(instance, context), row, tags)
        : undefined,
      block_device_mappings: isObjectPrimitive(mappings)
        ? BlockDeviceMappingList.fromPrimitive(mappings, context)
        : BlockDeviceMappingList.of(context, []),
      tags,
    })
  }

  /** @throws BuildRequestNotFound: the build has found its cell, or was given up */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<BuildRequest> {
    const row = await buildRequestByInstance(apiOf(context).kysely, instanceUuid)
    if (!row) throw new BuildRequestNotFound({ uuid: instanceUuid })
    return BuildRequest.fromRow(context, row)
  }

  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    const row = await apiOf(context).transaction(trx => insertBuildRequest(trx, this.toRow()))
    this.taken(row)
  }

  /** The columns of a new row. */
  toRow(): BuildRequestTexts & { readonly instance_uuid: string; readonly project_id: string } {
    if (!this.isSet('instanceUuid')) {
      throw new ObjectActionError({ action: 'create', reason: 'instance_uuid must be set' })
    }
    return { instance_uuid: this.instanceUuid, project_id: this.projectId, ...this.#texts() }
  }

  /** Takes over what the database gave a new row. */
  taken(row: BuildRequestRow): void {
    this.assign({ id: row.id, created_at: row.created_at, updated_at: row.updated_at })
    this.resetChanges({ recursive: true })
  }

  #texts(): BuildRequestTexts {
    const mappings = this.get('blockDeviceMappings')
    const tags = this.get('tags')
    return {
      instance: JSON.stringify(this.instance.toPrimitive()),
      block_device_mappings: mappings ? JSON.stringify(mappings.toPrimitive()) : null,
      tags: tags ? JSON.stringify(tags.toPrimitive()) : null,
    }
  }

  /** @throws BuildRequestNotFound */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    if (!(await updateBuildRequest(apiOf(context).kysely, this.instanceUuid, this.#texts()))) {
      throw new BuildRequestNotFound({ uuid: this.instanceUuid })
    }
    this.resetChanges()
  }

  /** Of several who destroy it one succeeds. @throws BuildRequestNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    if (!(await deleteBuildRequest(apiOf(context).kysely, this.instanceUuid))) {
      throw new BuildRequestNotFound({ uuid: this.instanceUuid })
    }
  }
}

export class BuildRequestList extends novaObjectList(
  'BuildRequestList',
  '1.0',
  () => BuildRequest,
) {
  /** Those of the caller's project; of all projects for an admin. */
  @remotableClassMethod()
  static async getAll(context: RequestContext): Promise<BuildRequestList> {
    const projectId = context.isAdmin ? null : context.projectId
    return BuildRequestList.ofProject(context, projectId)
  }

  /** @param projectId  null: of all projects */
  static async ofProject(
    context: RequestContext,
    projectId: string | null,
  ): Promise<BuildRequestList> {
    const rows = await selectBuildRequests(apiOf(context).kysely, projectId)
    return BuildRequestList.of(
      context,
      rows.filter(row => row.instance !== null).map(row => BuildRequest.fromRow(context, row)),
    )
  }
}

/** What a row in a cell would say of a server that has none yet. */
const withoutCell = (instance: Instance, row: BuildRequestRow, tags: TagList): Instance => {
  const values = {
    host: null,
    node: null,
    launched_on: null,
    launched_at: null,
    terminated_at: null,
    cell_name: null,
    locked_by: null,
    disable_terminate: false,
    deleted: false,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
  const unset = Object.entries(values).filter(([wire]) => instance.valueAt(wire) === undefined)
  // Tags have rows of their own, which the cell gets with the instance; until then they are here.
  instance
    .assign({ ...Object.fromEntries(unset), tags })
    .resetChanges({ fields: ['tags', ...unset.map(([wire]) => wire)] })
  return instance
}

const parsed = (text: string | null): unknown => (text ? JSON.parse(text) : null)
