import {
  ComputeHostNotFound,
  HostMappingNotFound,
  NovaException,
  ResourceProviderAggregateRetrievalFailed,
} from '../../../exception/index.js'
import { AggregateList, ComputeNodeList, HostMapping } from '../../../objects/index.js'
import type { ManageSession } from '../session.js'
import { type PlacementCloud, placementCloud } from './cloud.js'

export interface SyncAggregatesOptions {
  readonly verbose?: boolean | undefined
}

/** nova's exit codes. */
const Code = { several: 1, failed: 3, unmapped: 4, noNode: 5, noProvider: 6 } as const

/** Puts the hosts of nova's aggregates into Placement's, where they are missing. */
export const syncAggregates = async (
  session: ManageSession,
  { verbose = false }: SyncAggregatesOptions,
): Promise<number> => {
  const cloud = await placementCloud(session)
  const tell = (line: string) => verbose && session.print(line)
  const unmapped = new Set<string>()
  const withoutNode = new Set<string>()
  const withoutProvider = new Map<string, string>()
  tell('Filling in missing placement aggregates')
  for (const { uuid: aggregate, name, hosts } of await AggregateList.getAll(cloud.context)) {
    tell(`Processing aggregate: ${name}`)
    for (const host of hosts ?? []) {
      tell(`Processing host: ${host}`)
      try {
        const [node, ...others] = await nodesOf(cloud, host)
        if (others.length > 0) {
          session.print(
            `Unexpected number of compute node records (${others.length + 1}) for ${host}`,
          )
          return Code.several
        }
        if (!node) withoutNode.add(host)
        else if (!(await isKnown(cloud, node))) withoutProvider.set(host, node)
        else {
          await cloud.reports.changeAggregate(cloud.context, node, aggregate, true)
          tell(
            `Successfully added host (${host}) and provider (${node}) to aggregate (${aggregate}).`,
          )
        }
      } catch (error) {
        if (error instanceof HostMappingNotFound) unmapped.add(host)
        else if (error instanceof NovaException) {
          session.print(`Failed updating provider aggregates for host ${host}: ${error.message}`)
          return Code.failed
        } else throw error
      }
    }
  }
  return report(session, unmapped, withoutNode, withoutProvider)
}

const report = (
  session: ManageSession,
  unmapped: ReadonlySet<string>,
  withoutNode: ReadonlySet<string>,
  withoutProvider: ReadonlyMap<string, string>,
): number => {
  let code = 0
  if (unmapped.size > 0) {
    session.print(
      `Hosts of aggregates that are not mapped; run "nova-manage cell_v2 discover_hosts": ${[...unmapped].join()}`,
    )
    code = Code.unmapped
  }
  if (withoutNode.size > 0) {
    session.print(
      `Hosts of aggregates without a compute node; is nova-compute to be restarted there? ${[...withoutNode].join()}`,
    )
    code = Code.noNode
  }
  if (withoutProvider.size > 0) {
    const pairs = [...withoutProvider].map(([host, uuid]) => `${host}=${uuid}`)
    session.print(
      `Hosts that Placement does not know; restart nova-compute there, and run this again: ${pairs.sort().join()}`,
    )
    code = Code.noProvider
  }
  return code
}

/** @throws HostMappingNotFound */
const nodesOf = async (cloud: PlacementCloud, host: string): Promise<readonly string[]> => {
  const { cellMapping } = await HostMapping.getByHost(cloud.context, host)
  try {
    const { objects } = await ComputeNodeList.getAllByHost(await cloud.inCell(cellMapping), host)
    return objects.map(({ uuid }) => uuid)
  } catch (error) {
    if (error instanceof ComputeHostNotFound) return []
    throw error
  }
}

const isKnown = async ({ reports, context }: PlacementCloud, uuid: string): Promise<boolean> => {
  try {
    await reports.aggregatesOf(context, uuid)
    return true
  } catch (error) {
    if (error instanceof ResourceProviderAggregateRetrievalFailed) return false
    throw error
  }
}
