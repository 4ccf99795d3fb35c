import type { ConfirmChannel, ConsumeMessage, Options } from 'amqplib'
import type { Log } from '../../log/log.js'
import { unwrapEnvelope } from '../envelope.js'
import { TransportClosed } from '../errors.js'
import type { Consumption, Delivery } from '../wire.js'
import { Acks } from './acks.js'
import { decompress } from './compression.js'
import type { OpenChannel, RabbitConnection } from './connection.js'

export interface QueueDeclaration {
  readonly name: string
  readonly options: Options.AssertQueue
  /** null: the default exchange, which needs neither declaration nor binding */
  readonly exchange: {
    readonly name: string
    readonly type: 'topic' | 'fanout'
    readonly options: Options.AssertExchange
  } | null
  readonly key: string
  /** Deleted at a clean end. */
  readonly temporary: boolean
}

export interface ConsumerSettings {
  /** Deliveries unacknowledged at once; 0: no bound. */
  readonly prefetch: number
  /** ms that an acknowledgement may wait for others; 0: none */
  readonly ackDelay: number
  readonly consumerArguments: Readonly<Record<string, boolean>>
}

/**
 * Consumes some queues on a channel of its own, declared again after each reconnection.
 *
 * Messages are acknowledged when they are about to be dispatched; those that are not yet, go back to the broker
 * with the channel, and their `acknowledge` says so.
 */
export class RabbitConsumer implements Consumption {
  readonly #connection: RabbitConnection
  readonly #queues: readonly QueueDeclaration[]
  readonly #settings: ConsumerSettings
  readonly #onDelivery: (delivery: Delivery) => void
  readonly #log: Log
  readonly #ready = Promise.withResolvers<void>()
  #holder: OpenChannel | null = null
  #channel: ConfirmChannel | null = null
  #stopped = false

  constructor(
    connection: RabbitConnection,
    queues: readonly QueueDeclaration[],
    settings: ConsumerSettings,
    onDelivery: (delivery: Delivery) => void,
    log: Log,
  ) {
    this.#connection = connection
    this.#queues = queues
    this.#settings = settings
    this.#onDelivery = onDelivery
    this.#log = log
  }

  /** Resolves when all queues are consumed for the first time; rejects only when stopped before. */
  start(): Promise<void> {
    this.#holder = this.#connection.openChannel(false, channel => this.#setUp(channel))
    return this.#ready.promise
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#ready.reject(new TransportClosed('The message transport is closed'))
    this.#ready.promise.catch(() => {})
    const channel = this.#channel
    this.#channel = null
    try {
      for (const [index, { name, temporary }] of this.#queues.entries()) {
        await channel?.cancel(String(index + 1))
        if (temporary) await channel?.deleteQueue(name)
      }
    } catch (error) {
      // The connection went meanwhile: x-expires clears what is temporary.
      this.#log.debug({ err: error }, 'a consumer ended with its connection')
    }
    await this.#holder?.close()
  }

  async #setUp(channel: ConfirmChannel): Promise<void> {
    if (this.#stopped) return
    channel.once('close', () => {
      if (this.#channel === channel) this.#channel = null
    })
    const { prefetch } = this.#settings
    if (prefetch > 0) await channel.prefetch(prefetch)
    for (const { name, options, exchange, key } of this.#queues) {
      await channel.assertQueue(name, options)
      if (!exchange) continue
      await channel.assertExchange(exchange.name, exchange.type, exchange.options)
      await channel.bindQueue(name, exchange.name, key)
    }
    this.#channel = channel
    const acks = new Acks(channel, { delay: this.#settings.ackDelay, prefetch })
    for (const [index, { name }] of this.#queues.entries()) {
      await channel.consume(name, message => this.#deliver(channel, acks, name, message), {
        consumerTag: String(index + 1),
        arguments: this.#settings.consumerArguments,
      })
    }
    this.#ready.resolve()
  }

  #deliver(
    channel: ConfirmChannel,
    acks: Acks,
    queue: string,
    message: ConsumeMessage | null,
  ): void {
    if (!message) {
      // The broker ended the consumer: somebody deleted the queue. Declare it anew.
      if (!this.#stopped) this.#connection.drop(`the consumer of queue ${queue} was cancelled`)
      return
    }
    if (this.#channel !== channel) return
    acks.delivered()
    let payload: Record<string, unknown>
    try {
      const { headers } = message.properties
      payload = unwrapEnvelope(decompress(message.content, headers?.compression).toString('utf8'))
    } catch (error) {
      this.#log.warn({ err: error, queue }, 'rejected a message that cannot be read')
      acks.reject(message)
      return
    }
    let isBeingDelivered = true
    this.#onDelivery({
      payload,
      acknowledge: () => {
        if (this.#channel !== channel) return false
        if (isBeingDelivered) {
          acks.soon(message)
          return true
        }
        try {
          acks.now(message)
          return true
        } catch {
          // It is closing: the broker keeps the message.
          return false
        }
      },
    })
    isBeingDelivered = false
  }
}
