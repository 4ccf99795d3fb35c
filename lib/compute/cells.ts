import type { RequestContext } from '../context/index.js'
import { NovaException } from '../exception/index.js'
import { type Log, silentLog } from '../log/index.js'
import { type CellMapping, CellMappingList } from '../objects/index.js'
import { withinSeconds } from '../util/within.js'

/** How long the list of cells is believed, ms: cells come by a command, not by the minute. */
const REMEMBER_MS = 10_000

/** Seconds that a cell has for its answer, as in nova. */
const TIME_LIMIT = 60

export interface CellsOptions {
  readonly log?: Log | undefined
  /** Seconds that a cell has for its answer; 60 when absent. */
  readonly timeLimit?: number | undefined
}

/** 500: a list would lack a cell's part, and may not (nova's words, whatever is listed). */
export class CellNotResponding extends NovaException {
  constructor({ uuid }: CellMapping) {
    super(
      `Cell ${uuid} is not responding or returned an exception, hence instance info is not available.`,
    )
  }
}

/** Aims contexts at cells: `CellConnections`. */
export interface CellTargets {
  target(context: RequestContext, cell: CellMapping): Promise<RequestContext>
}

/** What the cells answered; those that did not are down. */
export interface Gathered<T> {
  readonly answers: readonly T[]
  readonly down: readonly CellMapping[]
}

/** Every cell of the deployment, cell0 and disabled ones among them, as contexts that aim at it. */
export class Cells {
  readonly #connections: CellTargets
  readonly #log: Log
  readonly #timeLimit: number
  /** uuids of cells that did not answer last time: as many as there are cells. */
  readonly #down = new Set<string>()
  #known: { readonly mappings: readonly CellMapping[]; readonly until: number } | null = null

  constructor(connections: CellTargets, { log, timeLimit }: CellsOptions = {}) {
    this.#connections = connections
    this.#log = log ?? silentLog
    this.#timeLimit = timeLimit ?? TIME_LIMIT
  }

  /** All of them: into a disabled one nothing more is placed, but what is there is there. */
  async mappings(context: RequestContext): Promise<readonly CellMapping[]> {
    const now = performance.now()
    if (!this.#known || this.#known.until < now) {
      const { objects } = await CellMappingList.getAll(context.elevated())
      // No cells yet is no answer to remember: an operator is just setting them up.
      if (objects.length === 0) return []
      this.#known = { mappings: objects, until: now + REMEMBER_MS }
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

  /**
   * Asks all cells at once. One that fails, or takes longer than the limit, is down: that is logged,
   * and the others' answers stand.
   *
   * @throws NovaException of 400 to 499: such a question is wrong in every cell
   */
  async gather<T>(
    context: RequestContext,
    ask: (cell: RequestContext, mapping: CellMapping) => Promise<T>,
  ): Promise<Gathered<T>> {
    const mappings = await this.mappings(context)
    const outcomes = await Promise.all(mappings.map(mapping => this.ask(context, mapping, ask)))
    return {
      answers: outcomes.flatMap(outcome => (outcome === 'down' ? [] : [outcome.answer])),
      down: mappings.filter((_mapping, at) => outcomes[at] === 'down'),
    }
  }

  /** As {@link gather}, of one cell. */
  async ask<T>(
    context: RequestContext,
    mapping: CellMapping,
    question: (cell: RequestContext, mapping: CellMapping) => Promise<T>,
  ): Promise<{ readonly answer: T } | 'down'> {
    try {
      const asked = this.target(context, mapping).then(cell => question(cell, mapping))
      const answer = await withinSeconds(this.#timeLimit, asked)
      if (this.#down.delete(mapping.uuid)) this.#log.info({}, `Cell ${mapping.uuid} responds again`)
      return { answer }
    } catch (error) {
      if (error instanceof NovaException && error.code >= 400 && error.code < 500) throw error
      const text = `Cell ${mapping.uuid} is not responding and hence only partial results are available from this cell if any.`
      // The first request tells why, and the others only that it is still so.
      if (this.#down.has(mapping.uuid)) this.#log.warn({}, text)
      else this.#log.warn({ err: error, cell: mapping.uuid }, text)
      this.#down.add(mapping.uuid)
      return 'down'
    }
  }
}
