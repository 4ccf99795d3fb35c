/** Gives the lock back. Calling it again does nothing. */
export type Release = () => void

/**
 * One holder at a time, in the order of asking. A wait has a limit: whoever asks for what he holds
 * himself learns of it.
 */
export class Mutex {
  readonly #waiting: (() => void)[] = []
  #held = false

  /**
   * @param timeout milliseconds
   * @param onTimeout makes the error that the caller gets
   */
  async acquire(timeout: number, onTimeout: () => Error): Promise<Release> {
    if (this.#held) await this.#turn(timeout, onTimeout)
    this.#held = true
    let released = false
    return () => {
      if (released) return
      released = true
      const next = this.#waiting.shift()
      // Handed over without being free in between, or a latecomer would overtake.
      if (next) next()
      else this.#held = false
    }
  }

  #turn(timeout: number, onTimeout: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const granted = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(granted), 1)
        reject(onTimeout())
      }, timeout)
      this.#waiting.push(granted)
    })
  }
}
