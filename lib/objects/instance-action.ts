import type { RequestContext } from '../context/index.js'
import {
  actionByRequest,
  actionsOfInstance,
  finishAction,
  type InstanceActionRow,
  insertAction,
} from '../db/queries/cell/instance-actions.js'
import { now } from '../db/queries/rows.js'
import { InstanceActionNotFound, MarkerNotFound } from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  dateTime,
  integer,
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceAction extends novaObject('InstanceAction', '1.2', {
  id: integer(),
  action: string({ nullable: true }),
  instance_uuid: uuid({ nullable: true }),
  request_id: string({ nullable: true }),
  user_id: string({ nullable: true }),
  project_id: string({ nullable: true }),
  start_time: dateTime({ nullable: true }),
  finish_time: dateTime({ nullable: true }),
  message: string({ nullable: true }),
  ...persistentFields(),
}) {
  private static fromRow(context: RequestContext, row: InstanceActionRow): InstanceAction {
    return InstanceAction.hydrate(context, withDeletedFlag(row))
  }

  /** Begins an action in the name of the request. @returns null unless `wantResult` */
  @remotableClassMethod(['instance_uuid', 'action_name'], ['want_result'])
  static async actionStart(
    context: RequestContext,
    instanceUuid: string,
    actionName: string,
    options: { readonly wantResult?: boolean } = {},
  ): Promise<InstanceAction | null> {
    const row = await cellOf(context).transaction(trx =>
      insertAction(trx, {
        action: actionName,
        instance_uuid: instanceUuid,
        request_id: context.requestId,
        user_id: context.userId,
        project_id: context.projectId,
        // When the request came in, not when this was written.
        start_time: timeOf(context.timestamp),
      }),
    )
    return options.wantResult === false ? null : InstanceAction.fromRow(context, row)
  }

  /** @throws InstanceActionNotFound when the request started none */
  @remotableClassMethod(['instance_uuid'], ['want_result'])
  static async actionFinish(
    context: RequestContext,
    instanceUuid: string,
    options: { readonly wantResult?: boolean } = {},
  ): Promise<InstanceAction | null> {
    const row = await cellOf(context).transaction(async trx => {
      const started = await actionByRequest(trx, instanceUuid, context.requestId)
      if (!started) {
        throw new InstanceActionNotFound({
          request_id: context.requestId,
          instance_uuid: instanceUuid,
        })
      }
      return finishAction(trx, started.id, { finish_time: now() })
    })
    return options.wantResult === false || !row ? null : InstanceAction.fromRow(context, row)
  }

  @remotableClassMethod(['instance_uuid', 'request_id'])
  static async getByRequestId(
    context: RequestContext,
    instanceUuid: string,
    requestId: string,
  ): Promise<InstanceAction | null> {
    const row = await actionByRequest(cellOf(context).kysely, instanceUuid, requestId)
    return row ? InstanceAction.fromRow(context, row) : null
  }

  /** Marks it finished now. */
  @remotable()
  async finish(): Promise<void> {
    const context = this.requireContext('finish')
    const row = await cellOf(context).transaction(trx =>
      finishAction(trx, this.id, {
        finish_time: now(),
        ...(this.changedFields().has('message') && { message: this.message }),
      }),
    )
    if (row) this.assign(withDeletedFlag(row)).resetChanges()
  }
}

export class InstanceActionList extends novaObjectList(
  'InstanceActionList',
  '1.1',
  () => InstanceAction,
) {
  /**
   * Newest first.
   *
   * @param options  `marker`: the request id of the last action seen; `filters`: `changes-since`,
   *   `changes-before` (Date or text)
   * @throws MarkerNotFound
   */
  @remotableClassMethod(['instance_uuid'], ['limit', 'marker', 'filters'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
    options: {
      readonly limit?: number | null
      readonly marker?: string | null
      readonly filters?: Readonly<Record<string, unknown>> | null
    } = {},
  ): Promise<InstanceActionList> {
    const db = cellOf(context).kysely
    const { limit, marker, filters } = options
    const last = marker ? await actionByRequest(db, instanceUuid, marker) : undefined
    if (marker && !last) throw new MarkerNotFound({ marker })
    const rows = await actionsOfInstance(db, instanceUuid, {
      limit,
      afterId: last?.id,
      changesSince: optionalTime(filters?.['changes-since']),
      changesBefore: optionalTime(filters?.['changes-before']),
    })
    return InstanceActionList.of(
      context,
      rows.map(row => InstanceAction.hydrate(context, withDeletedFlag(row))),
    )
  }
}

/** A context's timestamp: UTC, with or without a zone. */
const timeOf = (text: string): Date => {
  const date = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(date.getTime()) ? now() : date
}

const optionalTime = (value: unknown): Date | undefined => {
  if (value === undefined || value === null) return undefined
  return value instanceof Date ? value : timeOf(String(value))
}
