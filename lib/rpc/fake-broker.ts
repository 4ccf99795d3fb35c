import { MessageDeliveryFailure } from './errors.js'

/** A message in a queue: JSON text, as it would lie in a real broker. */
interface QueuedMessage {
  readonly text: string
  /** ms of performance.now(); Infinity: never */
  readonly expiresAt: number
}

/** One that takes messages from a queue. */
export interface FakeConsumer {
  /** Unacknowledged messages at once; 0: no bound. */
  readonly prefetch: number
  deliver(text: string, acknowledge: () => boolean): void
}

interface Attached {
  readonly consumer: FakeConsumer
  readonly unacknowledged: Set<QueuedMessage>
}

/** Messages that a queue holds before it refuses more. */
const QUEUE_LIMIT = 100_000

/** Deliveries in one turn of the event loop, so that a flood does not starve the rest. */
const BATCH = 256

class FakeQueue {
  readonly #name: string
  readonly #limit: number
  #messages: QueuedMessage[] = []
  #consumers: Attached[] = []
  #scheduled = false

  constructor(name: string, limit: number) {
    this.#name = name
    this.#limit = limit
  }

  /** @throws MessageDeliveryFailure when full */
  push(message: QueuedMessage): void {
    if (this.#messages.length >= this.#limit) {
      throw new MessageDeliveryFailure(`queue ${this.#name} holds ${this.#limit} messages already`)
    }
    this.#messages.push(message)
    this.#schedule()
  }

  get size(): number {
    const now = performance.now()
    return this.#messages.filter(({ expiresAt }) => expiresAt > now).length
  }

  get consumerCount(): number {
    return this.#consumers.length
  }

  attach(consumer: FakeConsumer): () => void {
    const attached: Attached = { consumer, unacknowledged: new Set() }
    this.#consumers.push(attached)
    this.#schedule()
    return () => {
      this.#consumers = this.#consumers.filter(other => other !== attached)
      this.#messages = [...attached.unacknowledged, ...this.#messages]
      attached.unacknowledged.clear()
      this.#schedule()
    }
  }

  #schedule(): void {
    if (this.#scheduled || !this.#messages.length || !this.#consumers.length) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    // Timers end up to a millisecond early: who waited as long as the message may is gone by now.
    const now = performance.now() + 1
    const deliveries: { message: QueuedMessage; attached: Attached }[] = []
    let taken = 0
    let full = false
    for (; taken < this.#messages.length && taken < BATCH; taken++) {
      const message = this.#messages[taken]
      if (!message || message.expiresAt <= now) continue
      const attached = this.#nextConsumer()
      full = !attached
      if (!attached) break
      attached.unacknowledged.add(message)
      deliveries.push({ message, attached })
    }
    this.#messages.splice(0, taken)
    for (const { message, attached } of deliveries) {
      attached.consumer.deliver(message.text, () => {
        const ours = attached.unacknowledged.delete(message)
        this.#schedule()
        return ours
      })
    }
    // Where all consumers are full, the next acknowledgement goes on.
    if (!full) this.#schedule()
  }

  /** The next in turn that has room; it goes to the end of the row. */
  #nextConsumer(): Attached | undefined {
    const index = this.#consumers.findIndex(
      ({ consumer, unacknowledged }) =>
        consumer.prefetch === 0 || unacknowledged.size < consumer.prefetch,
    )
    const [attached] = index < 0 ? [] : this.#consumers.splice(index, 1)
    if (attached) this.#consumers.push(attached)
    return attached
  }
}

/**
 * What of a RabbitMQ the RPC uses, in this process: named queues bound to exchanges by exact keys,
 * fanouts, round robin, expiry, acknowledgement. Transports made with one broker hear each other.
 */
export class FakeBroker {
  readonly #queues = new Map<string, FakeQueue>()
  /** exchange → routing key → names of queues */
  readonly #bindings = new Map<string, Map<string, Set<string>>>()

  /**
   * Makes the queue unless it is there, and binds it: `''` is the exchange that needs no binding.
   *
   * @param limit  messages that it holds before it refuses more
   */
  declareQueue(name: string, exchange: string, key: string, limit = QUEUE_LIMIT): void {
    if (!this.#queues.has(name)) this.#queues.set(name, new FakeQueue(name, limit))
    if (exchange === '') return
    const keys = this.#bindings.get(exchange) ?? new Map<string, Set<string>>()
    this.#bindings.set(exchange, keys)
    keys.set(key, (keys.get(key) ?? new Set()).add(name))
  }

  deleteQueue(name: string): void {
    this.#queues.delete(name)
    for (const [exchange, keys] of this.#bindings) {
      for (const [key, names] of keys) {
        if (names.delete(name) && !names.size) keys.delete(key)
      }
      if (!keys.size) this.#bindings.delete(exchange)
    }
  }

  /**
   * @param expiration  ms
   * @returns whether any queue took it
   * @throws MessageDeliveryFailure when a queue is full
   */
  publish(exchange: string, key: string, text: string, expiration?: number): boolean {
    const names = exchange === '' ? [key] : (this.#bindings.get(exchange)?.get(key) ?? [])
    const expiresAt = expiration === undefined ? Infinity : performance.now() + expiration
    let taken = false
    for (const name of names) {
      const queue = this.#queues.get(name)
      queue?.push({ text, expiresAt })
      taken ||= queue !== undefined
    }
    return taken
  }

  /** @returns what ends it; messages not acknowledged go back to the queue */
  consume(name: string, consumer: FakeConsumer): () => void {
    const queue = this.#queues.get(name)
    if (!queue) throw new Error(`no queue ${name}`)
    return queue.attach(consumer)
  }

  /** Each queue's name, waiting messages and consumers, for tests and reports. */
  queues(): { name: string; messages: number; consumers: number }[] {
    return [...this.#queues].map(([name, queue]) => ({
      name,
      messages: queue.size,
      consumers: queue.consumerCount,
    }))
  }
}
