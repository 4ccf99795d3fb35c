import { randomUUID } from 'node:crypto'

/** uuid4 in hex without dashes, as oslo.messaging writes its ids. */
export const hexId = (): string => randomUUID().replaceAll('-', '')

/** Remembers the last few ids it was shown. */
export class RecentIds {
  readonly #size: number
  readonly #ids = new Set<string>()

  /** @param size  16 in oslo.messaging */
  constructor(size = 16) {
    this.#size = size
  }

  /** Whether this id is a repeat; remembers it. */
  seen(id: string): boolean {
    if (this.#ids.has(id)) return true
    this.#ids.add(id)
    if (this.#ids.size > this.#size) {
      const [oldest] = this.#ids
      if (oldest !== undefined) this.#ids.delete(oldest)
    }
    return false
  }
}
