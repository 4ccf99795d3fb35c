import type { RequestContext } from '../context/index.js'
import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import { type Endpoint, endpointOf } from '../rpc/index.js'
import { getAllocations, removeAllocations, setInventory } from '../scheduler/claims.js'
import type { InventoryByClass } from './rpcapi.js'

interface ConsumerArgs {
  readonly consumer_uuid: string
}

interface SetInventoryArgs {
  readonly provider_uuid: string
  readonly provider_name: string
  readonly inventory: InventoryByClass
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
      version: '1.0',
      methods: ['remove_allocations', 'get_allocations', 'set_inventory'],
    })
  }

  removeAllocations(_context: RequestContext, args: ConsumerArgs): Promise<boolean> {
    return removeAllocations(this.#api, args.consumer_uuid)
  }

  getAllocations(_context: RequestContext, args: ConsumerArgs): Promise<object> {
    return getAllocations(this.#api, args.consumer_uuid)
  }

  async setInventory(_context: RequestContext, args: SetInventoryArgs): Promise<void> {
    const provider = { uuid: args.provider_uuid, name: args.provider_name }
    await setInventory(this.#api, provider, args.inventory)
  }
}
