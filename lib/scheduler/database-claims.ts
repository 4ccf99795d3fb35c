import type { RequestContext } from '../context/index.js'
import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import type {
  AllocationRequest,
  AllocationsByProvider,
  Claims,
  Consumer,
} from '../placement/allocations.js'
import {
  claimResources,
  getAllocations,
  moveAllocations,
  removeAllocations,
  removeProviderAllocations,
} from './claims.js'

/** Claims in the API database's own tables, where there is no Placement service. */
export class DatabaseClaims implements Claims {
  readonly #api: Database<ApiSchema>

  constructor(api: Database<ApiSchema>) {
    this.#api = api
  }

  getAllocations(_context: RequestContext, uuid: string): Promise<AllocationsByProvider> {
    return getAllocations(this.#api, uuid)
  }

  /** A request has one provider here: a node is not divided. */
  async claimResources(
    _context: RequestContext,
    consumer: Consumer,
    { allocations }: AllocationRequest,
  ): Promise<boolean> {
    const [entry] = Object.entries(allocations)
    if (!entry) return false
    const [provider, { resources }] = entry
    return claimResources(this.#api, provider, resources, ownerOf(consumer))
  }

  removeAllocations(
    _context: RequestContext,
    uuid: string,
    providerUuid?: string,
  ): Promise<boolean> {
    return providerUuid === undefined
      ? removeAllocations(this.#api, uuid)
      : removeProviderAllocations(this.#api, uuid, providerUuid)
  }

  releaseAllocations(_context: RequestContext, uuid: string): Promise<boolean> {
    return removeAllocations(this.#api, uuid)
  }

  moveAllocations(
    _context: RequestContext,
    sourceUuid: string,
    target: Consumer,
  ): Promise<boolean> {
    return moveAllocations(this.#api, sourceUuid, ownerOf(target))
  }
}

const ownerOf = ({ uuid, projectId, userId }: Consumer) => ({
  consumerUuid: uuid,
  projectId: projectId ?? '',
  userId: userId ?? '',
})
