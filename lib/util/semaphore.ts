/** At most so many at a time; the others wait in order. */
export class Semaphore {
  readonly #waiting: (() => void)[] = []
  #free: number

  /** @param permits  0 or less: no limit, as nova reads its `max_concurrent_*` options */
  constructor(permits: number) {
    this.#free = permits > 0 ? permits : Number.POSITIVE_INFINITY
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The permit goes from hand to hand: nobody who comes now overtakes those who wait.
      if (next) next()
      else this.#free += 1
    }
  }
}
