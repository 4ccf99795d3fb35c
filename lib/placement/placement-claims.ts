import type { RequestContext } from '../context/index.js'
import {
  AllocationDeleteFailed,
  AllocationMoveFailed,
  AllocationUpdateFailed,
  PlacementAPIConnectFailure,
} from '../exception/index.js'
import type { Log } from '../log/log.js'
import { isRecord } from '../util/is-record.js'
import type { AllocationRequest, AllocationsByProvider, Claims, Consumer } from './allocations.js'
import { documentOf, type PlacementClient, PlacementFault, unlessMissing } from './client.js'
import { retrying } from './retry.js'

/** The first with generations of consumers; nova reads and writes allocations in it. */
const CONSUMER_GENERATION = '1.28'

/** What a consumer has claimed, as Placement tells it. */
interface Claimed {
  readonly allocations: AllocationsByProvider
  readonly projectId: string
  readonly userId: string
  /** null: nothing was ever claimed */
  readonly generation: number | null
}

const isEmpty = (object: object): boolean => Object.keys(object).length === 0

/** A provider changed meanwhile, which is Placement's own race: the same request may well pass now. */
const isProviderRace = (error: unknown): boolean =>
  error instanceof PlacementFault && error.isConcurrentUpdate && !error.isConsumerConflict

/** Claims at a Placement service (nova's SchedulerReportClient; contract: scheduler.md 3). */
export class PlacementClaims implements Claims {
  readonly #client: PlacementClient
  readonly #log: Log

  constructor(client: PlacementClient, log: Log) {
    this.#client = client
    this.#log = log
  }

  async getAllocations(context: RequestContext, uuid: string): Promise<AllocationsByProvider> {
    return (await this.#claimed(context, uuid)).allocations
  }

  async claimResources(
    context: RequestContext,
    { uuid, projectId, userId }: Consumer,
    request: AllocationRequest,
    version: string,
  ): Promise<boolean> {
    return this.#unlessRefused(uuid, async () => {
      const before = await this.#claimed(context, uuid)
      await this.#client.call(context, 'PUT', pathOf(uuid), {
        version,
        json: {
          ...(isEmpty(before.allocations) ? request : besides(before.allocations, request)),
          project_id: projectId,
          user_id: userId,
          ...(hasGenerations(version)
            ? { consumer_generation: isEmpty(before.allocations) ? null : before.generation }
            : {}),
        },
      })
    })
  }

  async removeAllocations(
    context: RequestContext,
    uuid: string,
    providerUuid?: string,
  ): Promise<boolean> {
    if (providerUuid !== undefined) return this.#removeFrom(context, uuid, providerUuid)
    try {
      const path = pathOf(uuid)
      return (await unlessMissing(this.#client.call(context, 'DELETE', path))) !== null
    } catch (error) {
      if (!(error instanceof PlacementAPIConnectFailure)) throw deleteFailed(uuid, error)
      // A server must be to be deleted all the same; its host finds what is left (nova does so too).
      const fields = { err: error.cause, consumer: uuid }
      this.#log.warn(fields, 'Placement is away: what was claimed stays until the host is asked')
      return false
    }
  }

  async releaseAllocations(context: RequestContext, uuid: string): Promise<boolean> {
    try {
      return await retrying(isProviderRace, async () => {
        const before = await this.#claimed(context, uuid)
        if (isEmpty(before.allocations)) return false
        await this.#put(context, uuid, before, {})
        return true
      })
    } catch (error) {
      throw deleteFailed(uuid, error)
    }
  }

  async moveAllocations(
    context: RequestContext,
    sourceUuid: string,
    target: Consumer,
  ): Promise<boolean> {
    try {
      return await retrying(isProviderRace, () => this.#move(context, sourceUuid, target.uuid))
    } catch (error) {
      if (!(error instanceof PlacementFault)) throw error
      const failure = new AllocationMoveFailed({
        source_consumer: sourceUuid,
        target_consumer: target.uuid,
        error: error.detail,
      })
      failure.cause = error
      throw failure
    }
  }

  async #move(context: RequestContext, from: string, to: string): Promise<boolean> {
    const source = await this.#claimed(context, from)
    if (isEmpty(source.allocations)) return false
    const target = await this.#claimed(context, to)
    const owner = { project_id: source.projectId, user_id: source.userId }
    await this.#client.call(context, 'POST', '/allocations', {
      version: CONSUMER_GENERATION,
      json: {
        [from]: { allocations: {}, ...owner, consumer_generation: source.generation },
        [to]: {
          allocations: source.allocations,
          ...owner,
          consumer_generation: target.generation,
        },
      },
    })
    return true
  }

  /** What is claimed of a provider, and of those in its tree. */
  async #removeFrom(context: RequestContext, uuid: string, providerUuid: string): Promise<boolean> {
    let removed = false
    await this.#unlessRefused(uuid, async () => {
      const before = await this.#claimed(context, uuid)
      if (isEmpty(before.allocations)) return
      const tree = await this.#treeOf(context, providerUuid)
      const kept = Object.entries(before.allocations).filter(([provider]) => !tree.has(provider))
      if (kept.length === Object.keys(before.allocations).length) return
      await this.#put(context, uuid, before, Object.fromEntries(kept))
      removed = true
    })
    return removed
  }

  async #treeOf(context: RequestContext, providerUuid: string): Promise<ReadonlySet<string>> {
    const { resource_providers: found } = documentOf(
      await this.#client.call(context, 'GET', '/resource_providers', {
        version: '1.14',
        query: { in_tree: providerUuid },
      }),
    )
    const uuids = Array.isArray(found) ? found.filter(isRecord).map(({ uuid }) => String(uuid)) : []
    return new Set([providerUuid, ...uuids])
  }

  async #claimed(context: RequestContext, uuid: string): Promise<Claimed> {
    const found = documentOf(
      await this.#client.call(context, 'GET', pathOf(uuid), { version: CONSUMER_GENERATION }),
    )
    const { allocations, consumer_generation: generation } = found
    return {
      allocations: isRecord(allocations) ? (allocations as AllocationsByProvider) : {},
      projectId: String(found.project_id ?? ''),
      userId: String(found.user_id ?? ''),
      generation: typeof generation === 'number' ? generation : null,
    }
  }

  async #put(
    context: RequestContext,
    uuid: string,
    before: Claimed,
    allocations: AllocationsByProvider,
  ): Promise<void> {
    await this.#client.call(context, 'PUT', pathOf(uuid), {
      version: CONSUMER_GENERATION,
      json: {
        allocations: resourcesOnly(allocations),
        project_id: before.projectId,
        user_id: before.userId,
        consumer_generation: before.generation,
      },
    })
  }

  /**
   * @returns false when Placement refuses: there is no such room, or no such provider
   * @throws AllocationUpdateFailed when the consumer was changed meanwhile
   */
  async #unlessRefused(uuid: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await retrying(isProviderRace, work)
      return true
    } catch (error) {
      if (!(error instanceof PlacementFault)) throw error
      if (error.isConsumerConflict) {
        const failure = new AllocationUpdateFailed({ consumer_uuid: uuid, error: error.detail })
        failure.cause = error
        throw failure
      }
      if (error.status >= 500 || error.status === 401 || error.status === 403) throw error
      return false
    }
  }
}

const pathOf = (uuid: string): string => `/allocations/${encodeURIComponent(uuid)}`

const deleteFailed = (uuid: string, error: unknown): unknown => {
  if (!(error instanceof PlacementFault)) return error
  const failure = new AllocationDeleteFailed({ consumer_uuid: uuid, error: error.detail })
  failure.cause = error
  return failure
}

/** What is claimed already stays, generations aside; what is new joins it. Then no group maps to one provider. */
const besides = (
  claimed: AllocationsByProvider,
  { allocations }: AllocationRequest,
): AllocationRequest => ({ allocations: { ...allocations, ...resourcesOnly(claimed) } })

/** Placement tells generations beside the resources, and ignores or refuses them by its version. */
const resourcesOnly = (allocations: AllocationsByProvider): AllocationsByProvider =>
  Object.fromEntries(
    Object.entries(allocations).map(([uuid, { resources }]) => [uuid, { resources }]),
  )

/** `1.28` and later; of an earlier document Placement refuses the key. */
const hasGenerations = (version: string): boolean =>
  Number(version.split('.')[1]) >= Number(CONSUMER_GENERATION.split('.')[1])
