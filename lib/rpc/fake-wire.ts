import { type Log, silentLog } from '../log/log.js'
import { parseObject } from './envelope.js'
import { TransportClosed } from './errors.js'
import type { FakeBroker } from './fake-broker.js'
import { hexId } from './ids.js'
import type { Address, Consumption, Delivery, PublishOptions, Source, Wire } from './wire.js'

/** Notifications that wait for a listener: there may never be one, and this process holds them. */
const NOTIFICATION_LIMIT = 10_000

/** Queues of this process. What crosses is the payload's JSON text; only the envelope is left out. */
export class FakeWire implements Wire {
  readonly url = 'fake://'
  readonly #broker: FakeBroker
  readonly #log: Log
  readonly #consumptions = new Set<() => void>()
  #closed = false

  constructor(broker: FakeBroker, log: Log = silentLog) {
    this.#broker = broker
    this.#log = log
  }

  async publish(address: Address, payload: string, options: PublishOptions): Promise<boolean> {
    if (this.#closed) throw new TransportClosed('The message transport is closed')
    const { exchange, key } = route(address)
    if (address.kind === 'notification') this.#declareNotifications(exchange, key)
    return this.#broker.publish(exchange, key, payload, options.expiration)
  }

  async consume(
    source: Source,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumption> {
    if (this.#closed) throw new TransportClosed('The message transport is closed')
    const queues = queuesOf(source)
    const ends = queues.map(({ name, exchange, key, limit }) => {
      this.#broker.declareQueue(name, exchange, key, limit)
      return this.#broker.consume(name, {
        prefetch,
        deliver: (text, acknowledge) => this.#deliver(text, acknowledge, onDelivery),
      })
    })
    const stop = () => {
      if (!this.#consumptions.delete(stop)) return
      for (const end of ends) end()
      for (const { name, temporary } of queues) if (temporary) this.#broker.deleteQueue(name)
    }
    this.#consumptions.add(stop)
    return { stop: async () => stop() }
  }

  #declareNotifications(exchange: string, queue: string): void {
    this.#broker.declareQueue(queue, exchange, queue, NOTIFICATION_LIMIT)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const stop of [...this.#consumptions]) stop()
  }

  #deliver(text: string, acknowledge: () => boolean, onDelivery: (d: Delivery) => void): void {
    try {
      onDelivery({ payload: parseObject(text, 'message body'), acknowledge })
    } catch (error) {
      acknowledge()
      this.#log.warn({ err: error }, 'rejected a message that cannot be read')
    }
  }
}

const route = (address: Address): { exchange: string; key: string } => {
  switch (address.kind) {
    case 'topic':
      return { exchange: address.exchange, key: address.key }
    case 'fanout':
      return { exchange: `${address.topic}_fanout`, key: '' }
    case 'reply':
      return { exchange: '', key: address.queue }
    case 'notification':
      return { exchange: address.exchange, key: address.queue }
  }
}

interface QueueDeclaration {
  readonly name: string
  readonly exchange: string
  readonly key: string
  readonly temporary: boolean
  readonly limit?: number
}

const queuesOf = (source: Source): QueueDeclaration[] => {
  if (source.kind === 'reply') {
    return [{ name: source.queue, exchange: '', key: source.queue, temporary: true }]
  }
  if (source.kind === 'notification') {
    const { exchange, queue } = source
    const limit = NOTIFICATION_LIMIT
    return [{ name: queue, exchange, key: queue, temporary: false, limit }]
  }
  const { exchange, topic, server } = source
  const own = `${topic}.${server}`
  return [
    { name: topic, exchange, key: topic, temporary: false },
    { name: own, exchange, key: own, temporary: false },
    { name: `${topic}_fanout_${hexId()}`, exchange: `${topic}_fanout`, key: '', temporary: true },
  ]
}
