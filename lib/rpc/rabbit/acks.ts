import type { Channel, ConsumeMessage } from 'amqplib'

/**
 * Acknowledges what a channel delivered. Of messages that come together and are taken at once, one word tells
 * the broker of all.
 */
export class Acks {
  readonly #channel: Channel
  /** Delivered, and neither acknowledged nor rejected. */
  #outstanding = 0
  #batch: ConsumeMessage[] = []

  constructor(channel: Channel) {
    this.#channel = channel
  }

  delivered(): void {
    this.#outstanding++
  }

  /** For a message that is being delivered: the channel works. It is told at the end of this turn of the event loop. */
  soon(message: ConsumeMessage): void {
    if (this.#batch.push(message) === 1) process.nextTick(() => this.#flush())
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
