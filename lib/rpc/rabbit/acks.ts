import type { Channel, ConsumeMessage } from 'amqplib'

export interface AckOptions {
  /** ms that an acknowledgement may wait for others; 0: only for those of the same turn of the event loop. */
  readonly delay: number
  /** Deliveries unacknowledged at once; 0: no bound. */
  readonly prefetch: number
}

/**
 * Acknowledges what a channel delivered. Of messages that come together and are taken at once, one word tells
 * the broker of all.
 */
export class Acks {
  readonly #channel: Channel
  readonly #options: AckOptions
  /** Delivered, and neither acknowledged nor rejected. */
  #outstanding = 0
  #batch: ConsumeMessage[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(channel: Channel, options: AckOptions) {
    this.#channel = channel
    this.#options = options
  }

  delivered(): void {
    this.#outstanding++
  }

  /** For a message that is being delivered: the channel works. It is told at the end of this turn, or after the delay. */
  soon(message: ConsumeMessage): void {
    const { delay, prefetch } = this.#options
    const count = this.#batch.push(message)
    // The broker must not wait for what it is owed before it delivers more.
    const isLate = delay > 0 && (prefetch === 0 || count * 2 < prefetch)
    if (isLate) this.#timer ??= setTimeout(() => this.#flush(), delay).unref()
    else if (count === 1 || this.#timer) process.nextTick(() => this.#flush())
  }

  /** For one that waited. @throws when the channel is closing: the broker keeps the message */
  now(message: ConsumeMessage): void {
    this.#channel.ack(message)
    this.#outstanding--
  }

  reject(message: ConsumeMessage): void {
    this.#channel.reject(message, false)
    this.#outstanding--
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const batch = this.#batch
    this.#batch = []
    const last = batch.at(-1)
    // "All up to this one" must not mean any that waits.
    const isAll = batch.length === this.#outstanding
    this.#outstanding -= batch.length
    try {
      if (last && isAll) this.#channel.ack(last, true)
      else for (const message of batch) this.#channel.ack(message)
    } catch {
      // The channel went in this very turn: what comes again is known by its `_unique_id`.
    }
  }
}
