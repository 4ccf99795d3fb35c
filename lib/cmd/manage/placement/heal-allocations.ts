import { isVolumeBacked } from '../../../compute/volume-backed.js'
import type { RequestContext } from '../../../context/index.js'
import {
  ComputeHostNotFound,
  InstanceMappingNotFound,
  NovaException,
} from '../../../exception/index.js'
import {
  BlockDeviceMappingList,
  ComputeNode,
  type Instance,
  InstanceList,
  InstanceMapping,
} from '../../../objects/index.js'
import { documentOf, PlacementFault } from '../../../placement/index.js'
import { resourcesOf } from '../../../scheduler/resources.js'
import { isRecord } from '../../../util/is-record.js'
import type { ManageSession } from '../session.js'
import { type PlacementCloud, placementCloud } from './cloud.js'

export interface HealOptions {
  readonly maxCount?: string | undefined
  readonly verbose?: boolean | undefined
  readonly dryRun?: boolean | undefined
  readonly instance?: string | undefined
  readonly cell?: string | undefined
}

/** nova's exit codes. */
const Code = { more: 1, noNode: 2, failed: 3, nothing: 4, notSupported: 8, invalid: 127 } as const

/** Servers that are read at a time. */
const BATCH = 50

/** Of documents with generations of consumers. */
const VERSION = '1.28'

interface Healing {
  readonly session: ManageSession
  readonly cloud: PlacementCloud
  readonly options: HealOptions
  readonly tell: (line: string) => void
}

/** A server whose claim cannot be told from its flavor alone. */
class NotSupported extends Error {}

/**
 * Makes at Placement the claims of servers that have none there, and sets right who has them. What ports and
 * devices claim is left alone.
 */
export const healAllocations = async (
  session: ManageSession,
  options: HealOptions,
): Promise<number> => {
  const { instance, cell, maxCount } = options
  const most = maxCount === undefined ? null : Number(maxCount)
  if (instance && cell)
    return invalid(session, 'The --cell and --instance options are mutually exclusive.')
  if (most !== null && !(Number.isInteger(most) && most > 0)) {
    return invalid(session, 'Must supply a positive integer for --max-count.')
  }
  const cloud = await placementCloud(session)
  const tell = (line: string) => options.verbose && session.print(line)
  const healing = { session, cloud, options, tell }
  try {
    const uuid = instance ? await cellOf(cloud, instance) : cell
    const cells = uuid ? cloud.cells.filter(one => one.uuid === uuid) : cloud.cells
    if (uuid && cells.length === 0) {
      return invalid(session, `Cell with uuid ${uuid} was not found.`)
    }
    let healed = 0
    let seen = 0
    for (const mapping of cells) {
      tell(`Looking for instances in cell: ${mapping.uuid}`)
      const inCell = await cloud.inCell(mapping)
      for await (const server of serversOf(inCell, instance)) {
        if (most !== null && seen === most) {
          tell(`Max count reached. Processed ${healed} instances.`)
          return Code.more
        }
        seen++
        if (await heal(healing, inCell, server)) healed++
        if (session.signal?.aborted) return Code.more
      }
    }
    tell(`Processed ${healed} instances.`)
    return healed > 0 ? 0 : Code.nothing
  } catch (error) {
    if (error instanceof InstanceMappingNotFound) {
      return invalid(session, `Unable to find cell for instance ${instance}, is it mapped?`)
    }
    if (error instanceof ComputeHostNotFound) return told(session, error, Code.noNode)
    if (error instanceof NotSupported) return told(session, error, Code.notSupported)
    if (error instanceof PlacementFault || error instanceof NovaException) {
      return told(session, error, Code.failed)
    }
    throw error
  }
}

const told = (session: ManageSession, { message }: Error, code: number): number => {
  session.print(message)
  return code
}

const invalid = (session: ManageSession, message: string): number =>
  told(session, new Error(message), Code.invalid)

const cellOf = async ({ context }: PlacementCloud, uuid: string): Promise<string | undefined> =>
  (await InstanceMapping.getByInstanceUuid(context, uuid)).cellMapping?.uuid

/** Batch by batch, oldest first. */
async function* serversOf(
  inCell: RequestContext,
  only: string | undefined,
): AsyncGenerator<Instance> {
  let marker: string | null = null
  for (;;) {
    const filters = { deleted: false, ...(only ? { uuid: only } : {}) }
    const found: InstanceList = await InstanceList.getByFilters(inCell, filters, {
      expectedAttrs: ['flavor'],
      sortKeys: ['created_at', 'id'],
      sortDirs: ['asc', 'asc'],
      limit: BATCH,
      marker,
    })
    yield* found.objects
    if (found.objects.length < BATCH) return
    marker = found.objects.at(-1)?.uuid ?? null
  }
}

/** @returns whether something was, or would be, changed */
const heal = async (
  { cloud, options, tell }: Healing,
  inCell: RequestContext,
  instance: Instance,
): Promise<boolean> => {
  const { uuid, taskState, node, host, projectId, userId } = instance
  if (taskState !== null) {
    tell(`Instance ${uuid} is undergoing a task state transition: ${taskState}`)
    return false
  }
  if (!node || !host) {
    tell(`Instance ${uuid} is not on a host.`)
    return false
  }
  const { extraSpecs = {} } = instance.flavor
  if (extraSpecs['resources:VGPU'] || extraSpecs['accel:device_profile']) {
    throw new NotSupported(`The claims of instance ${uuid} cannot be healed: it has devices.`)
  }
  const path = `/allocations/${uuid}`
  const call = { version: VERSION }
  const known = documentOf(await cloud.client.call(cloud.context, 'GET', path, call))
  const before = isRecord(known.allocations) ? known.allocations : {}
  const isMissing = Object.keys(before).length === 0
  if (!isMissing && known.project_id === projectId && known.user_id === userId) {
    tell(`Instance ${uuid} already has allocations with matching consumer project/user.`)
    return false
  }
  const json = {
    allocations: isMissing ? await claimOf(inCell, instance, host, node) : before,
    project_id: projectId,
    user_id: userId,
    consumer_generation: isMissing ? null : known.consumer_generation,
  }
  const what = isMissing ? 'Create' : 'Update'
  if (options.dryRun) {
    tell(`[dry-run] ${what} allocations for instance ${uuid}: ${JSON.stringify(json)}`)
    return true
  }
  await cloud.client.call(cloud.context, 'PUT', path, { ...call, json })
  tell(`Successfully ${what.toLowerCase()}d allocations for instance ${uuid}.`)
  return true
}

const claimOf = async (inCell: RequestContext, instance: Instance, host: string, node: string) => {
  const { uuid: provider } = await ComputeNode.getByHostAndNodename(inCell, host, node)
  const { objects } = await BlockDeviceMappingList.getByInstanceUuid(inCell, instance.uuid)
  const { flavor } = instance
  const asked = {
    id: flavor.id,
    name: flavor.name ?? '',
    vcpus: flavor.vcpus,
    memoryMb: flavor.memoryMb,
    rootGb: flavor.rootGb,
    ephemeralGb: flavor.ephemeralGb,
    swap: flavor.swap,
    extraSpecs: flavor.extraSpecs ?? {},
  }
  return { [provider]: { resources: resourcesOf(asked, isVolumeBacked(objects)) } }
}
