import type { Options } from 'amqplib'
import { type Log, silentLog } from '../../log/log.js'
import { wrapEnvelope } from '../envelope.js'
import { TransportClosed } from '../errors.js'
import { hexId } from '../ids.js'
import type { TransportUrl } from '../transport-url.js'
import type { Address, Consumption, Delivery, PublishOptions, Source, Wire } from '../wire.js'
import { compress, compressionHeaders } from './compression.js'
import { RabbitConnection } from './connection.js'
import { ConnectionStatus } from './connection-status.js'
import { type QueueDeclaration, RabbitConsumer } from './consumer.js'
import { notUsed, type RabbitOptions, type RabbitSettings, rabbitSettings } from './options.js'
import { type ExchangeDeclaration, RabbitPublisher } from './publisher.js'

export interface RabbitWireOptions {
  readonly log?: Log | undefined
  readonly rabbit?: RabbitOptions | undefined
  readonly maxPending?: number | undefined
}

/** ms for a message of which nobody said how long it may take */
const PUBLISH_TIMEOUT_MS = 60_000

/** ms. A reply that comes again comes to this process, which knows that nobody waits for it any more. */
const REPLY_ACK_DELAY = 10

/**
 * oslo.messaging's RabbitMQ driver (contract: messaging.md sections 1 to 4). Two connections: one
 * that publishes, one that consumes, for a broker under pressure blocks the ones that publish.
 */
export class RabbitWire implements Wire {
  readonly url: string
  readonly #parsed: TransportUrl
  readonly #settings: RabbitSettings
  readonly #log: Log
  readonly #status: ConnectionStatus
  readonly #maxPending: number
  readonly #consumers = new Set<RabbitConsumer>()
  #publishing: { connection: RabbitConnection; publisher: RabbitPublisher } | null = null
  #consuming: RabbitConnection | null = null
  #closed = false

  /** @throws TransportConfigError */
  constructor(parsed: TransportUrl, options: RabbitWireOptions = {}) {
    this.#parsed = parsed
    this.#settings = rabbitSettings(options.rabbit ?? {}, parsed.query)
    this.#log = options.log ?? silentLog
    for (const sentence of notUsed(options.rabbit ?? {}, parsed.query)) {
      this.#log.warn({}, sentence)
    }
    if (this.#settings.tls?.rejectUnauthorized === false) {
      const text = '[oslo_messaging_rabbit] ssl_ca_file is not set: any certificate will do'
      this.#log.warn({}, text)
    }
    this.#status = new ConnectionStatus(this.#log)
    this.#maxPending = options.maxPending ?? 10_000
    const hosts = parsed.hosts.map(({ hostname, port }) => `${hostname}:${port ?? 5672}`)
    this.url = `rabbit://${hosts.join(',')}/${encodeURIComponent(parsed.virtualHost)}`
  }

  publish(address: Address, payload: string, options: PublishOptions): Promise<boolean> {
    if (this.#closed) {
      return Promise.reject(new TransportClosed('The message transport is closed'))
    }
    const { exchange, key } = this.#route(address)
    const { isCompressed, mandatory } = this.#settings
    const properties: Options.Publish = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: 2,
      priority: 0,
      headers: isCompressed ? compressionHeaders : {},
      // Of replies only the option takes it back.
      mandatory: (options.mandatory ?? false) && (mandatory || address.kind !== 'reply'),
      ...(options.expiration === undefined ? {} : { expiration: String(options.expiration) }),
    }
    const timeout = options.timeout ?? PUBLISH_TIMEOUT_MS
    const text = options.enveloped === false ? payload : wrapEnvelope(payload)
    const body = Buffer.from(text)
    return this.#publisher().publish(
      exchange,
      key,
      isCompressed ? compress(body) : body,
      properties,
      timeout,
    )
  }

  async consume(
    source: Source,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumption> {
    if (this.#closed) throw new TransportClosed('The message transport is closed')
    this.#consuming ??= this.#connect('consuming')
    const consumer = new RabbitConsumer(
      this.#consuming,
      this.#queuesOf(source),
      {
        ...this.#settings,
        prefetch: this.#settings.prefetch || prefetch,
        ackDelay: source.kind === 'reply' ? REPLY_ACK_DELAY : 0,
      },
      onDelivery,
      this.#log,
    )
    this.#consumers.add(consumer)
    await consumer.start()
    return {
      stop: () => {
        this.#consumers.delete(consumer)
        return consumer.stop()
      },
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#consumers].map(consumer => consumer.stop()))
    await this.#publishing?.publisher.close()
    await Promise.all([this.#publishing?.connection.close(), this.#consuming?.close()])
  }

  #connect(name: string): RabbitConnection {
    return new RabbitConnection(name, this.#parsed, this.#settings, this.#status)
  }

  #publisher(): RabbitPublisher {
    if (!this.#publishing) {
      const connection = this.#connect('publishing')
      const publisher = new RabbitPublisher(connection, this.#maxPending)
      this.#publishing = { connection, publisher }
    }
    return this.#publishing.publisher
  }

  #route(address: Address): { exchange: ExchangeDeclaration | null; key: string } {
    switch (address.kind) {
      case 'topic':
        return { exchange: this.#topicExchange(address.exchange), key: address.key }
      case 'fanout':
        return { exchange: this.#fanoutExchange(address.topic), key: '' }
      case 'reply':
        return { exchange: null, key: address.queue }
      case 'notification': {
        const { exchange, queue: name } = address
        const queue = { name, options: this.#sharedQueue() }
        return { exchange: { ...this.#topicExchange(exchange), queue }, key: name }
      }
    }
  }

  #sharedQueue(): Options.AssertQueue {
    const { durable, autoDelete, topicArguments } = this.#settings
    return { durable, autoDelete, arguments: topicArguments }
  }

  #topicExchange(name: string): ExchangeDeclaration {
    const { durable, autoDelete } = this.#settings
    return { name, type: 'topic', options: { durable, autoDelete }, fleeting: autoDelete }
  }

  #queuesOf(source: Source): QueueDeclaration[] {
    const { transientDurable, transientArguments } = this.#settings
    const transient = {
      durable: transientDurable,
      autoDelete: false,
      arguments: transientArguments,
    }
    const shared = this.#sharedQueue()
    if (source.kind === 'reply') {
      const { queue } = source
      return [{ name: queue, options: transient, exchange: null, key: queue, temporary: true }]
    }
    const exchange = this.#topicExchange(source.exchange)
    if (source.kind === 'notification') {
      const { queue } = source
      return [{ name: queue, options: shared, exchange, key: queue, temporary: false }]
    }
    const { topic, server } = source
    const own = `${topic}.${server}`
    return [
      { name: topic, options: shared, exchange, key: topic, temporary: false },
      { name: own, options: shared, exchange, key: own, temporary: false },
      {
        name: `${topic}_fanout_${hexId()}`,
        options: transient,
        exchange: this.#fanoutExchange(topic),
        key: topic,
        temporary: true,
      },
    ]
  }

  #fanoutExchange(topic: string): ExchangeDeclaration {
    return {
      name: `${topic}_fanout`,
      type: 'fanout',
      options: { durable: this.#settings.transientDurable, autoDelete: true },
      fleeting: true,
    }
  }
}
