import type { RequestContext } from '../context/index.js'
import {
  deleteTag,
  deleteTags,
  insertTag,
  replaceTags,
  tagsOfResource,
} from '../db/queries/cell/tags.js'
import { InstanceTagNotFound } from '../exception/index.js'
import { cellOf } from './access.js'
import {
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
} from './base/index.js'

export class Tag extends novaObject('Tag', '1.1', {
  resource_id: string(),
  tag: string(),
}) {
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    await cellOf(context).transaction(trx => insertTag(trx, this.resourceId, this.tag))
    this.resetChanges()
  }

  /** @throws InstanceTagNotFound */
  @remotableClassMethod(['resource_id', 'name'])
  static async destroy(context: RequestContext, resourceId: string, name: string): Promise<void> {
    if (!(await deleteTag(cellOf(context).kysely, resourceId, name))) {
      throw new InstanceTagNotFound({ instance_id: resourceId, tag: name })
    }
  }

  @remotableClassMethod(['resource_id', 'name'])
  static async exists(context: RequestContext, resourceId: string, name: string): Promise<boolean> {
    const rows = await tagsOfResource(cellOf(context).kysely, resourceId)
    return rows.some(row => row.tag === name)
  }
}

export class TagList extends novaObjectList('TagList', '1.1', () => Tag) {
  @remotableClassMethod(['resource_id'])
  static async getByResourceId(context: RequestContext, resourceId: string): Promise<TagList> {
    const rows = await tagsOfResource(cellOf(context).kysely, resourceId)
    return TagList.of(
      context,
      rows.map(row => Tag.hydrate(context, row)),
    )
  }

  /** Makes the resource's tags exactly these. */
  @remotableClassMethod(['resource_id', 'tags'])
  static async create(
    context: RequestContext,
    resourceId: string,
    tags: readonly string[],
  ): Promise<TagList> {
    await cellOf(context).transaction(trx => replaceTags(trx, resourceId, tags))
    return TagList.getByResourceId(context, resourceId)
  }

  @remotableClassMethod(['resource_id'])
  static async destroy(context: RequestContext, resourceId: string): Promise<void> {
    await deleteTags(cellOf(context).kysely, resourceId)
  }
}
