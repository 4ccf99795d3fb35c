/** One at a time for each key; keys are forgotten when nobody holds or awaits them. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>()

  /** Runs `work` after all that was asked for the same key before it. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    const { promise: done, resolve: release } = Promise.withResolvers<void>()
    const tail = before ? before.then(() => done) : done
    this.#tails.set(key, tail)
    try {
      await before
      return await work()
    } finally {
      release()
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
  }

  /** Whether somebody holds or awaits the key. */
  isHeld(key: string): boolean {
    return this.#tails.has(key)
  }
}
