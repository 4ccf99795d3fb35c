import type { AllocationsRpcApi } from '../conductor/rpcapi.js'
import type { RequestContext } from '../context/index.js'
import { NovaException } from '../exception/index.js'
import type { Log } from '../log/log.js'
import {
  isUpdateConflict,
  PlacementFault,
  ProviderTree,
  type ReportClient,
  retrying,
} from '../placement/index.js'

/** A compute node, as claims name it. */
export interface ReportedNode {
  readonly uuid: string
  readonly name: string
}

/** Who knows what a node has. */
export interface NodeEditor {
  /** Writes inventories, and what is below the node, into its tree. */
  inventory(tree: ProviderTree): Promise<void>
  /** What the node can do, added to what others say of it, or taken away. */
  traits(known: ReadonlySet<string>): Promise<Iterable<string>>
}

/** Where a host tells what it has: at Placement, or to the conductor where there is none. */
export interface ProviderReport {
  update(context: RequestContext, node: ReportedNode, editor: NodeEditor): Promise<void>
  /** Says at once whether new servers may come. */
  setStatusDisabled(context: RequestContext, node: ReportedNode, disabled: boolean): Promise<void>
  /** uuids of those that have claimed room of the node; empty where nobody has to look after them. */
  consumersOf(context: RequestContext, node: ReportedNode): Promise<readonly string[]>
}

/** The tables of the API database hold inventories only; the service's row says whether it takes servers. */
export class InventoryReport implements ProviderReport {
  readonly #allocations: AllocationsRpcApi

  constructor(allocations: AllocationsRpcApi) {
    this.#allocations = allocations
  }

  async update(context: RequestContext, node: ReportedNode, editor: NodeEditor): Promise<void> {
    const nothing = { inventory: {}, traits: new Set<string>(), aggregates: new Set<string>() }
    const tree = new ProviderTree([{ ...node, ...nothing, parentUuid: null, generation: null }])
    await editor.inventory(tree)
    await this.#allocations.setInventory(context, node, tree.get(node.uuid).inventory)
  }

  async setStatusDisabled(): Promise<void> {}

  async consumersOf(): Promise<readonly string[]> {
    return []
  }
}

/** At a Placement service. One that is away, or refuses, is told again at the next update. */
export class PlacementReport implements ProviderReport {
  readonly #client: ReportClient
  readonly #log: Log

  constructor(client: ReportClient, log: Log) {
    this.#client = client
    this.#log = log
  }

  async update(context: RequestContext, node: ReportedNode, editor: NodeEditor): Promise<void> {
    const { uuid, name } = node
    try {
      await retrying(isUpdateConflict, async () => {
        const tree = await this.#client.providerTree(context, uuid, name)
        await editor.inventory(tree)
        tree.updateTraits(uuid, await editor.traits(tree.get(uuid).traits))
        await this.#client.updateFromProviderTree(context, uuid, tree)
      })
    } catch (error) {
      if (!isOfPlacement(error)) throw error
      this.#log.error({ err: error, node: name }, 'cannot tell Placement what this host has')
    }
  }

  setStatusDisabled(
    context: RequestContext,
    { uuid }: ReportedNode,
    disabled: boolean,
  ): Promise<void> {
    return this.#client.setStatusDisabled(context, uuid, disabled)
  }

  async consumersOf(
    context: RequestContext,
    { uuid, name }: ReportedNode,
  ): Promise<readonly string[]> {
    try {
      return await this.#client.consumersOf(context, uuid)
    } catch (error) {
      if (!isOfPlacement(error)) throw error
      this.#log.error({ err: error, node: name }, 'cannot ask Placement who has claimed this host')
      return []
    }
  }
}

const isOfPlacement = (error: unknown): boolean =>
  error instanceof PlacementFault || error instanceof NovaException
