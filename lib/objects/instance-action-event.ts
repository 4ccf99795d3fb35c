import type { RequestContext } from '../context/index.js'
import {
  actionByRequest,
  actionEventById,
  eventsOfAction,
  finishActionEvent,
  firstActionEvent,
  type InstanceActionEventRow,
  insertActionEvent,
  lastAction,
} from '../db/queries/cell/instance-actions.js'
import { type CellDb, now } from '../db/queries/rows.js'
import { InstanceActionEventNotFound, InstanceActionNotFound } from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  dateTime,
  integer,
  novaObject,
  novaObjectList,
  remotableClassMethod,
  string,
} from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceActionEvent extends novaObject('InstanceActionEvent', '1.4', {
  id: integer(),
  event: string({ nullable: true }),
  action_id: integer({ nullable: true }),
  start_time: dateTime({ nullable: true }),
  finish_time: dateTime({ nullable: true }),
  result: string({ nullable: true }),
  traceback: string({ nullable: true }),
  host: string({ nullable: true, since: '1.2' }),
  details: string({ nullable: true, since: '1.4' }),
  ...persistentFields(),
}) {
  private static fromRow(
    context: RequestContext,
    row: InstanceActionEventRow,
  ): InstanceActionEvent {
    return InstanceActionEvent.hydrate(context, withDeletedFlag(row))
  }

  /** Begins an event of the request's action. @throws InstanceActionNotFound */
  @remotableClassMethod(['instance_uuid', 'event_name'], ['want_result', 'host'])
  static async eventStart(
    context: RequestContext,
    instanceUuid: string,
    eventName: string,
    options: { readonly wantResult?: boolean; readonly host?: string | null } = {},
  ): Promise<InstanceActionEvent | null> {
    const row = await cellOf(context).transaction(async trx =>
      insertActionEvent(trx, {
        action_id: await actionOf(trx, context, instanceUuid),
        event: eventName,
        start_time: now(),
        host: options.host ?? null,
      }),
    )
    return options.wantResult === false ? null : InstanceActionEvent.fromRow(context, row)
  }

  /** Ends it well. */
  @remotableClassMethod(['instance_uuid', 'event_name'], ['want_result'])
  static async eventFinish(
    context: RequestContext,
    instanceUuid: string,
    eventName: string,
    options: { readonly wantResult?: boolean } = {},
  ): Promise<InstanceActionEvent | null> {
    const row = await finish(context, instanceUuid, eventName, null, null)
    return options.wantResult === false ? null : InstanceActionEvent.fromRow(context, row)
  }

  /**
   * Ends it: badly when there is a text of an exception or a traceback, else well.
   *
   * @throws InstanceActionNotFound, InstanceActionEventNotFound
   */
  @remotableClassMethod(['instance_uuid', 'event_name'], ['exc_val', 'exc_tb', 'want_result'])
  static async eventFinishWithFailure(
    context: RequestContext,
    instanceUuid: string,
    eventName: string,
    options: {
      readonly excVal?: string | null
      readonly excTb?: string | null
      readonly wantResult?: boolean | null
    } = {},
  ): Promise<InstanceActionEvent | null> {
    const { excVal = null, excTb = null } = options
    const row = await finish(context, instanceUuid, eventName, excVal, excTb)
    return options.wantResult ? InstanceActionEvent.fromRow(context, row) : null
  }

  @remotableClassMethod(['action_id', 'event_id'])
  static async getById(
    context: RequestContext,
    actionId: number,
    eventId: number,
  ): Promise<InstanceActionEvent | null> {
    const row = await actionEventById(cellOf(context).kysely, actionId, eventId)
    return row ? InstanceActionEvent.fromRow(context, row) : null
  }
}

export class InstanceActionEventList extends novaObjectList(
  'InstanceActionEventList',
  '1.1',
  () => InstanceActionEvent,
) {
  /** Newest first. */
  @remotableClassMethod(['action_id'])
  static async getByAction(
    context: RequestContext,
    actionId: number,
  ): Promise<InstanceActionEventList> {
    const rows = await eventsOfAction(cellOf(context).kysely, actionId)
    return InstanceActionEventList.of(
      context,
      rows.map(row => InstanceActionEvent.hydrate(context, withDeletedFlag(row))),
    )
  }
}

/** The id of the action that an event of this request belongs to. @throws InstanceActionNotFound */
const actionOf = async (
  trx: CellDb,
  context: RequestContext,
  instanceUuid: string,
): Promise<number> => {
  const byRequest = await actionByRequest(trx, instanceUuid, context.requestId)
  // Periodic tasks of a service act without a project: theirs is the last action.
  const action =
    byRequest ?? (context.projectId === null ? await lastAction(trx, instanceUuid) : undefined)
  if (!action) {
    throw new InstanceActionNotFound({ request_id: context.requestId, instance_uuid: instanceUuid })
  }
  return action.id
}

const finish = (
  context: RequestContext,
  instanceUuid: string,
  eventName: string,
  details: string | null,
  traceback: string | null,
): Promise<InstanceActionEventRow> =>
  cellOf(context).transaction(async trx => {
    const actionId = await actionOf(trx, context, instanceUuid)
    const event = await firstActionEvent(trx, actionId, eventName)
    if (!event) throw new InstanceActionEventNotFound({ action_id: actionId, event: eventName })
    const failed = details !== null || traceback !== null
    return finishActionEvent(trx, event, {
      finish_time: now(),
      result: failed ? 'Error' : 'Success',
      details: details === null ? null : details.slice(0, maxText),
      traceback: traceback === null ? null : traceback.slice(0, maxText),
    })
  })

/** Characters; the columns hold 65 535 bytes. */
const maxText = 16_000
