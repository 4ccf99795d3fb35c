import type { Database } from '../db/database.js'
import type { CellSchema } from '../db/schema/cell.js'
import { type Log, silentLog } from '../log/index.js'
import { withinSeconds } from '../util/within.js'

export interface CellAccess {
  readonly uuid: string
  readonly db: Database<CellSchema>
}

export interface LivingCellsOptions {
  readonly log?: Log | undefined
  /** ms since the epoch */
  readonly now?: (() => number) | undefined
  /** Seconds that a cell has for an answer; 10 when absent. */
  readonly timeLimit?: number | undefined
}

/** What a cell answered. */
export interface CellAnswer<T> {
  readonly cell: CellAccess
  readonly answer: T
}

/** Milliseconds in which a cell that failed is not asked again: decisions do not wait for it each time. */
const REST = 10_000

/**
 * The cells in which hosts may be chosen, each asked at once and for itself: one that is down keeps
 * nobody from choosing among the others' hosts. Says once that a cell is down, and once that it is back.
 */
export class LivingCells {
  readonly #cells: () => Promise<readonly CellAccess[]>
  readonly #log: Log
  readonly #now: () => number
  readonly #timeLimit: number
  /** When they failed last, ms since the epoch. Bounded by the number of cells. */
  readonly #down = new Map<string, number>()

  /** @param cells  enabled ones, without cell0 */
  constructor(cells: () => Promise<readonly CellAccess[]>, options: LivingCellsOptions = {}) {
    this.#cells = cells
    this.#log = options.log ?? silentLog
    this.#now = options.now ?? Date.now
    this.#timeLimit = options.timeLimit ?? 10
  }

  /**
   * In the order of the cells; those that are down are left out.
   *
   * @param only  uuids of the cells that are asked; all of them when absent
   * @throws what a cell throws when none answers: where there is one cell, nothing is to be chosen from
   */
  async ask<T>(
    question: (cell: CellAccess) => Promise<T>,
    only?: ReadonlySet<string>,
  ): Promise<readonly CellAnswer<T>[]> {
    const all = await this.#cells()
    const cells = this.#rested(only ? all.filter(({ uuid }) => only.has(uuid)) : all)
    const outcomes = await Promise.allSettled(
      cells.map(async cell => withinSeconds(this.#timeLimit, question(cell))),
    )
    const answers: CellAnswer<T>[] = []
    for (const [at, cell] of cells.entries()) {
      const outcome = outcomes[at]
      if (outcome?.status === 'fulfilled') {
        answers.push({ cell, answer: outcome.value })
        this.#isBack(cell)
      } else this.#isDown(cell, outcome?.reason)
    }
    const [first] = outcomes
    if (answers.length === 0 && first?.status === 'rejected') throw first.reason
    return answers
  }

  /** Those that failed when they were last asked. */
  get down(): ReadonlySet<string> {
    return new Set(this.#down.keys())
  }

  /** Before somebody gives up, those that rest are asked once more. */
  wake(): void {
    for (const uuid of this.#down.keys()) this.#down.set(uuid, Number.NEGATIVE_INFINITY)
  }

  /** Without those that failed a moment ago, as long as there are others. */
  #rested(cells: readonly CellAccess[]): readonly CellAccess[] {
    const since = this.#now() - REST
    const rested = cells.filter(({ uuid }) => (this.#down.get(uuid) ?? -Infinity) <= since)
    return rested.length > 0 ? rested : cells
  }

  #isDown({ uuid }: CellAccess, error: unknown): void {
    if (!this.#down.has(uuid)) {
      this.#log.warn(
        { err: error, cell: uuid },
        `Cell ${uuid} is not responding: its hosts are not chosen from`,
      )
    }
    this.#down.set(uuid, this.#now())
  }

  #isBack({ uuid }: CellAccess): void {
    if (this.#down.delete(uuid)) this.#log.info({ cell: uuid }, `Cell ${uuid} responds again`)
  }
}
