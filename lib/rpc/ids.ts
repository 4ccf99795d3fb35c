import { randomFillSync } from 'node:crypto'

/** Random bytes for many ids at once: every message has one or two. */
const pool = Buffer.alloc(256 * 16)
let used = pool.length

/** uuid4 in hex without dashes, as oslo.messaging writes its ids. */
export const hexId = (): string => {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const at = used
  used += 16
  // Version 4, variant 1.
  pool.writeUInt8((pool.readUInt8(at + 6) & 0x0f) | 0x40, at + 6)
  pool.writeUInt8((pool.readUInt8(at + 8) & 0x3f) | 0x80, at + 8)
  return pool.toString('hex', at, at + 16)
}

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
