import type { RequestContext } from '../context/index.js'
import { type CellConnections, type CellMapping, CellMappingList } from '../objects/index.js'

/** How long the list of cells is believed, ms: cells come by a command, not by the minute. */
const REMEMBER_MS = 10_000

/** Every cell of the deployment, cell0 among them, as contexts that aim at it. */
export class Cells {
  readonly #connections: CellConnections
  #known: { readonly mappings: readonly CellMapping[]; readonly until: number } | null = null

  constructor(connections: CellConnections) {
    this.#connections = connections
  }

  /** The cells that are enabled. */
  async mappings(context: RequestContext): Promise<readonly CellMapping[]> {
    const now = performance.now()
    if (!this.#known || this.#known.until < now) {
      const { objects } = await CellMappingList.getAll(context.elevated())
      // No cells yet is no answer to remember: an operator is just setting them up.
      if (objects.length === 0) return []
      this.#known = {
        mappings: objects.filter(mapping => !mapping.disabled),
        until: now + REMEMBER_MS,
      }
    }
    return this.#known.mappings
  }

  /** One context a cell, for this caller. */
  async contexts(context: RequestContext): Promise<RequestContext[]> {
    const mappings = await this.mappings(context)
    return Promise.all(mappings.map(mapping => this.target(context, mapping)))
  }

  /** The context aimed at this cell: its database and its message bus. */
  target(context: RequestContext, mapping: CellMapping): Promise<RequestContext> {
    return this.#connections.target(context, mapping)
  }
}
