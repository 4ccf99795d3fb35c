import type { ConfirmChannel, Message, Options } from 'amqplib'
import { MessageDeliveryFailure, TransportClosed } from '../errors.js'
import { PUBLISH_TIMEOUT } from '../rpc-transport.js'
import type { OpenChannel, RabbitConnection } from './connection.js'

/** A message from when it is given to us until the broker confirmed it. */
interface Pending {
  readonly exchange: string
  readonly key: string
  readonly body: Buffer
  readonly options: Options.Publish
  /** ms of performance.now() */
  readonly deadline: number
  returned: boolean
  settle(error: Error | null): void
}

export interface ExchangeDeclaration {
  readonly name: string
  readonly type: 'topic' | 'fanout'
  readonly options: Options.AssertExchange
  /** It goes with its last queue, and so may be gone at any time. */
  readonly fleeting: boolean
  /** Made and bound, by its own name, with the exchange. */
  readonly queue?: { readonly name: string; readonly options: Options.AssertQueue }
}

/** ms between two looks for messages that waited too long */
const SWEEP_INTERVAL = 1000

/**
 * Publishes with confirms. What the broker has not confirmed when the connection goes is published
 * again on the next one: a message may come twice (receivers know its `_unique_id`), but none is lost
 * unsaid.
 */
export class RabbitPublisher {
  readonly #connection: RabbitConnection
  readonly #channelHolder: OpenChannel
  readonly #maxPending: number
  readonly #pending = new Set<Pending>()
  /** Bounded by the topics that this process speaks to. */
  readonly #exchanges = new Map<string, ExchangeDeclaration>()
  #declared = new Set<string>()
  #channel: ConfirmChannel | null = null
  #sweeper: NodeJS.Timeout | null = null
  #closed = false

  constructor(connection: RabbitConnection, maxPending: number) {
    this.#connection = connection
    this.#maxPending = maxPending
    this.#channelHolder = connection.openChannel(true, channel => this.#setUp(channel))
  }

  /**
   * @param declaration  of the exchange; null for the default one
   * @param timeout      ms
   * @returns false when it was mandatory and no queue took it
   * @throws MessageDeliveryFailure, TransportClosed
   */
  publish(
    declaration: ExchangeDeclaration | null,
    key: string,
    body: Buffer,
    options: Options.Publish,
    timeout: number,
  ): Promise<boolean> {
    if (this.#closed) {
      return Promise.reject(new TransportClosed('The message transport is closed'))
    }
    if (this.#pending.size >= this.#maxPending) {
      const text = `${this.#maxPending} messages wait for the broker already; this one is refused`
      return Promise.reject(new MessageDeliveryFailure(text))
    }
    const message = { exchange: declaration?.name ?? '', key, body, options }
    if (declaration && (declaration.fleeting || !this.#declared.has(idOf(declaration)))) {
      return this.#declare(declaration).then(() => this.#handOver(message, timeout))
    }
    return this.#handOver(message, timeout)
  }

  #handOver(
    message: Pick<Pending, 'exchange' | 'key' | 'body' | 'options'>,
    timeout: number,
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      // While its exchange was being declared.
      if (this.#closed) return reject(new TransportClosed('The message transport is closed'))
      const pending: Pending = {
        ...message,
        deadline: performance.now() + timeout,
        returned: false,
        settle: error => {
          if (!this.#pending.delete(pending)) return
          if (error) reject(error)
          else resolve(!pending.returned)
        },
      }
      this.#pending.add(pending)
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_INTERVAL)
      if (this.#channel) this.#send(this.#channel, pending)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#channel = null
    if (this.#sweeper) clearInterval(this.#sweeper)
    for (const pending of [...this.#pending]) {
      pending.settle(new TransportClosed('The message transport is closed'))
    }
    await this.#channelHolder.close()
  }

  async #setUp(channel: ConfirmChannel): Promise<void> {
    // Ahead of amqplib's own listener, which fails what is unconfirmed: we send that again.
    channel.prependOnceListener('close', () => {
      if (this.#channel === channel) this.#channel = null
    })
    channel.on('return', message => this.#returned(message))
    for (const declaration of this.#exchanges.values()) await declare(channel, declaration)
    this.#declared = new Set(this.#exchanges.keys())
    this.#channel = channel
    for (const pending of this.#pending) this.#send(channel, pending)
  }

  /** Where the broker is away, the next channel declares it. */
  async #declare(declaration: ExchangeDeclaration): Promise<void> {
    const id = idOf(declaration)
    this.#exchanges.set(id, declaration)
    try {
      const channel = this.#channel
      if (channel) await declare(channel, declaration)
      if (this.#channel) this.#declared.add(id)
    } catch {
      // The channel went, and said why; its successor tries again before it sends anything.
    }
  }

  #send(channel: ConfirmChannel, pending: Pending): void {
    const { exchange, key, body, options } = pending
    pending.returned = false
    try {
      channel.publish(exchange, key, body, options, error => {
        // Unconfirmed because the channel went: it is sent again on the next.
        if (error && this.#channel !== channel) return
        pending.settle(
          error
            ? new MessageDeliveryFailure('The broker refused a message', { cause: error })
            : null,
        )
      })
    } catch (error) {
      if (this.#channel !== channel) return
      // A channel closing this very moment; or, what must not wait for ever, one that cannot encode it.
      if (error instanceof Error && error.name === 'IllegalOperationError') {
        this.#connection.drop(error.message)
      } else {
        pending.settle(new MessageDeliveryFailure('A message cannot be sent', { cause: error }))
      }
    }
  }

  /** The broker gives a mandatory message back right before it confirms it. */
  #returned(message: Message): void {
    for (const pending of this.#pending) {
      if (
        pending.options.mandatory &&
        pending.key === message.fields.routingKey &&
        pending.body.equals(message.content)
      ) {
        pending.returned = true
        return
      }
    }
  }

  #sweep(): void {
    const now = performance.now()
    for (const pending of [...this.#pending]) {
      if (pending.deadline > now) continue
      pending.settle(new MessageDeliveryFailure(`${PUBLISH_TIMEOUT} (${this.#pending.size} wait)`))
    }
    if (this.#pending.size || !this.#sweeper) return
    clearInterval(this.#sweeper)
    this.#sweeper = null
  }
}

const idOf = ({ name, queue }: ExchangeDeclaration): string =>
  queue ? `${name} ${queue.name}` : name

const declare = async (
  channel: ConfirmChannel,
  { name, type, options, queue }: ExchangeDeclaration,
): Promise<void> => {
  await channel.assertExchange(name, type, options)
  if (!queue) return
  await channel.assertQueue(queue.name, queue.options)
  await channel.bindQueue(queue.name, name, queue.name)
}
