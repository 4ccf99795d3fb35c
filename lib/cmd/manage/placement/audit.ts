import type { RequestContext } from '../../../context/index.js'
import { ComputeHostNotFound } from '../../../exception/index.js'
import {
  BuildRequestList,
  ComputeNode,
  InstanceList,
  MigrationList,
} from '../../../objects/index.js'
import { documentOf, PlacementFault } from '../../../placement/index.js'
import { isRecord } from '../../../util/is-record.js'
import type { ManageSession } from '../session.js'
import { type PlacementCloud, placementCloud } from './cloud.js'

export interface AuditOptions {
  readonly verbose?: boolean | undefined
  readonly resourceProvider?: string | undefined
  readonly delete?: boolean | undefined
}

/** nova's exit codes. */
const Code = { failed: 1, found: 3, deleted: 4, invalid: 127 } as const

/** Resource classes that servers claim; what holds none of them is not nova's. */
const ofNova = new Set([
  'VCPU',
  'PCPU',
  'MEMORY_MB',
  'DISK_GB',
  'VGPU',
  'MEM_ENCRYPTION_CONTEXT',
  'NET_BW_EGR_KILOBIT_PER_SEC',
  'NET_BW_IGR_KILOBIT_PER_SEC',
])

interface Provider {
  readonly uuid: string
  /** The node's. */
  readonly root: string
}

/**
 * Looks for claims that belong to no server on their host and to no move under way: nobody will ever give
 * them back. What is being built, and what was evacuated from a host that is still away, is not among them.
 */
export const audit = async (session: ManageSession, options: AuditOptions): Promise<number> => {
  const cloud = await placementCloud(session)
  const tell = (line: string) => options.verbose && session.print(line)
  const providers = await providersOf(cloud, options.resourceProvider)
  if (options.resourceProvider && providers.length === 0) {
    session.print(`Resource provider with UUID ${options.resourceProvider} does not exist.`)
    return Code.invalid
  }
  let found = 0
  for (const provider of providers) {
    const users = await usersOf(cloud, provider.root)
    if (!users.hasNode) tell(`The compute node for UUID ${provider.root} can not be found`)
    for (const consumer of await consumersOf(cloud, provider.uuid)) {
      if (users.uuids.has(consumer)) continue
      found++
      tell(
        `Allocations were set against consumer UUID ${consumer} but no existing instances or active migrations are related.`,
      )
      if (!options.delete) continue
      try {
        await cloud.claims.removeAllocations(cloud.context, consumer, provider.uuid)
        tell(
          `Deleted allocations for consumer UUID ${consumer} on Resource Provider ${provider.uuid}`,
        )
      } catch (error) {
        session.print(
          `The Resource Provider ${provider.uuid} had problems when deleting allocations: ${String(error)}`,
        )
        return Code.failed
      }
    }
  }
  if (found === 0) return 0
  tell(`Processed ${found} allocation${found === 1 ? '' : 's'}.`)
  return options.delete ? Code.deleted : Code.found
}

const providersOf = async (
  { client, context }: PlacementCloud,
  only: string | undefined,
): Promise<readonly Provider[]> => {
  const answer = documentOf(
    await client.call(context, 'GET', '/resource_providers', {
      version: '1.14',
      ...(only ? { query: { uuid: only } } : {}),
    }),
  )
  const { resource_providers: found } = answer
  return (Array.isArray(found) ? found.filter(isRecord) : []).map(one => ({
    uuid: String(one.uuid),
    root: String(one.root_provider_uuid ?? one.uuid),
  }))
}

/** Those that hold something of nova's there. */
const consumersOf = async (
  { client, context }: PlacementCloud,
  provider: string,
): Promise<readonly string[]> => {
  try {
    const path = `/resource_providers/${provider}/allocations`
    const { allocations } = documentOf(await client.call(context, 'GET', path))
    return Object.entries(isRecord(allocations) ? allocations : {})
      .filter(([, claimed]) => {
        const resources = isRecord(claimed) && isRecord(claimed.resources) ? claimed.resources : {}
        return Object.keys(resources).some(name => ofNova.has(name))
      })
      .map(([uuid]) => uuid)
  } catch (error) {
    // Deleted since it was listed.
    if (error instanceof PlacementFault && error.status === 404) return []
    throw error
  }
}

/** Whoever may hold something of a node. */
const usersOf = async (
  cloud: PlacementCloud,
  uuid: string,
): Promise<{ readonly hasNode: boolean; readonly uuids: ReadonlySet<string> }> => {
  const uuids = new Set<string>()
  let hasNode = false
  for (const mapping of cloud.cells) {
    const inCell = await cloud.inCell(mapping)
    // A server without a host is on its way to one.
    const waiting = await InstanceList.getByFilters(
      inCell,
      { deleted: false, host: null, vm_state: ['building', 'shelved_offloaded'] },
      { expectedAttrs: [] },
    )
    for (const one of waiting)
      if (one.taskState !== null || one.vmState === 'building') uuids.add(one.uuid)
    const node = await nodeIn(inCell, uuid)
    if (!node?.host || !node.hypervisorHostname) continue
    hasNode = true
    const { host, hypervisorHostname: name } = node
    const here = await InstanceList.getByHostAndNode(inCell, host, name, { expectedAttrs: [] })
    for (const instance of here) uuids.add(instance.uuid)
    const moves = await MigrationList.getInProgressByHostAndNode(inCell, host, name)
    const evacuated = await MigrationList.getByFilters(inCell, {
      source_compute: host,
      migration_type: 'evacuation',
      status: ['accepted', 'pre-migrating', 'done'],
    })
    for (const move of [...moves.objects, ...evacuated.objects]) {
      uuids.add(move.uuid)
      if (move.instanceUuid) uuids.add(move.instanceUuid)
    }
  }
  const requests = await BuildRequestList.ofProject(cloud.context, null)
  for (const { instanceUuid } of requests) uuids.add(instanceUuid)
  return { hasNode, uuids }
}

const nodeIn = async (inCell: RequestContext, uuid: string): Promise<ComputeNode | null> => {
  try {
    return await ComputeNode.getByUuid(inCell, uuid)
  } catch (error) {
    if (error instanceof ComputeHostNotFound) return null
    throw error
  }
}
