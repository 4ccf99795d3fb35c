import { RequestContext } from '../../../context/index.js'

import { silentLog } from '../../../log/index.js'
import { CellMappingList } from '../../../objects/index.js'
import { getAllocations } from '../../../scheduler/claims.js'
import { Explanation } from '../../../scheduler/explanation.js'
import { schedulerFromConf } from '../../../scheduler/from-conf.js'
import type { HostState } from '../../../scheduler/host-state.js'
import { placementOf } from '../../../service/compose/placement.js'
import { OperatorError } from '../../../util/operator-error.js'
import { CommandError, type ManageSession } from '../session.js'
import { explanationDocument, explanationText } from './explanation-text.js'
import { type AskedRequest, requestAsked, requestOfServer } from './request.js'

export interface ExplainOptions extends AskedRequest {
  readonly server?: string | undefined
  readonly json?: boolean | undefined
}

/** The exit code when no host would do. */
const NO_HOST = 3

/**
 * Decides as nova-scheduler would, by the same nova.conf and the same parts, and tells why. What the
 * server has claimed itself counts as free.
 */
export const explain = async (session: ManageSession, options: ExplainOptions): Promise<number> => {
  if ((options.server === undefined) === (options.flavor === undefined)) {
    throw new CommandError('Say either --server ID, or --flavor and what else is asked for.', 2)
  }
  const api = await session.api()
  const data = { kind: 'direct', api, cell: await session.main() } as const
  const context = new RequestContext({ isAdmin: true, roles: ['admin'] }, { data })
  const cells = await openCells(session, context)
  const spec =
    options.server === undefined
      ? await requestAsked(session, context, options)
      : await requestOfServer(context, options.server, cells)
  const explanation = new Explanation()
  const placement = placementOf(session.conf, silentLog)
  // Placement takes what the server has itself as taken.
  const own =
    options.server === undefined || placement ? {} : await getAllocations(api, options.server)
  try {
    const scheduler = await schedulerFromConf({
      conf: session.conf,
      api,
      cells: async () => cells,
      placement,
    })
    await scheduler.explain(context, spec, explanation, hosts => giveBack(hosts, own))
  } catch (error) {
    if (error instanceof OperatorError) throw new CommandError(error.message)
    throw error
  }
  const facts = { conf: session.conf, spec, explanation, ownHosts: Object.keys(own).length }
  session.print(
    options.json ? JSON.stringify(explanationDocument(facts), null, 2) : explanationText(facts),
  )
  return explanation.hosts.length > 0 ? 0 : NO_HOST
}

/** The cells in which hosts may be chosen, as the scheduler has them. */
const openCells = async (session: ManageSession, context: RequestContext) => {
  const mappings = (await CellMappingList.getAll(context)).objects
  return Promise.all(
    mappings
      .filter(mapping => !mapping.disabled && !mapping.isCell0())
      .map(async mapping => ({
        uuid: mapping.uuid,
        db: await session.cell(mapping.databaseConnection),
      })),
  )
}

/** A server does not stand in its own way. */
const giveBack = (
  hosts: readonly HostState[],
  own: Awaited<ReturnType<typeof getAllocations>>,
): void => {
  for (const host of hosts) {
    const claimed = own[host.uuid]
    if (claimed) host.giveBack(claimed.resources)
  }
}
