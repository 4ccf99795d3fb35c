import type { RequestContext } from '../context/index.js'
import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import type { Inventory } from '../placement/provider-tree.js'
import { type Endpoint, endpointOf } from '../rpc/index.js'
import {
  getAllocations,
  moveAllocations,
  removeAllocations,
  removeProviderAllocations,
  setInventory,
} from '../scheduler/claims.js'

interface ConsumerArgs {
  readonly consumer_uuid: string
}

interface RemoveArgs extends ConsumerArgs {
  readonly provider_uuid?: string | null
}

interface MoveArgs {
  readonly source_uuid: string
  readonly target_uuid: string
  readonly project_id: string
  readonly user_id: string
}

interface SetInventoryArgs {
  readonly provider_uuid: string
  readonly provider_name: string
  readonly inventory: Inventory
}

/** Claims for computes, which have no database: what they would say to Placement. */
export class AllocationsManager {
  readonly #api: Database<ApiSchema>

  constructor(api: Database<ApiSchema>) {
    this.#api = api
  }

  /** What the conductor offers in the namespace `allocations`. */
  endpoint(): Endpoint {
    return endpointOf(this, {
      namespace: 'allocations',
      version: '1.1',
      methods: ['remove_allocations', 'get_allocations', 'move_allocations', 'set_inventory'],
    })
  }

  removeAllocations(_context: RequestContext, args: RemoveArgs): Promise<boolean> {
    const { consumer_uuid: consumer, provider_uuid: provider } = args
    return provider
      ? removeProviderAllocations(this.#api, consumer, provider)
      : removeAllocations(this.#api, consumer)
  }

  moveAllocations(_context: RequestContext, args: MoveArgs): Promise<boolean> {
    return moveAllocations(this.#api, args.source_uuid, {
      consumerUuid: args.target_uuid,
      projectId: args.project_id,
      userId: args.user_id,
    })
  }

  getAllocations(_context: RequestContext, args: ConsumerArgs): Promise<object> {
    return getAllocations(this.#api, args.consumer_uuid)
  }

  async setInventory(_context: RequestContext, args: SetInventoryArgs): Promise<void> {
    const provider = { uuid: args.provider_uuid, name: args.provider_name }
    await setInventory(this.#api, provider, args.inventory)
  }
}
