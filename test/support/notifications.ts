import type { ConfOverrides } from '../../lib/conf/index.js'
import {
  createNotificationTransport,
  type FakeBroker,
  type IncomingNotification,
  type NotificationTransport,
} from '../../lib/rpc/index.js'
import { needsRabbit, rabbitUrl, removeTopology, uniqueName } from './broker.js'
import { eventually } from './worker-cloud.js'

/** A versioned payload as it travels. */
export interface PayloadPrimitive {
  readonly 'nova_object.name': string
  readonly 'nova_object.namespace': string
  readonly 'nova_object.version': string
  readonly 'nova_object.data': Readonly<Record<string, unknown>>
}

/** One that listens to notifications. */
export class NotificationListener {
  /** In the order in which they came, with the queue that each came by. */
  readonly heard: (IncomingNotification & { readonly queue: string })[] = []
  readonly #transport: NotificationTransport

  private constructor(transport: NotificationTransport) {
    this.#transport = transport
  }

  static async start(
    url: string,
    topics: readonly string[],
    options: { readonly exchange?: string; readonly broker?: FakeBroker } = {},
  ): Promise<NotificationListener> {
    const { exchange: controlExchange, broker } = options
    const transport = createNotificationTransport(url, { controlExchange, broker })
    const listener = new NotificationListener(transport)
    for (const queue of topics.flatMap(topic => [`${topic}.info`, `${topic}.error`])) {
      await transport.listen(queue, heard => listener.heard.push({ ...heard, queue }))
    }
    return listener
  }

  /** The types of what was heard. */
  get types(): string[] {
    return this.heard.map(({ message }) => String(message.event_type))
  }

  /** Resolves with the first of this type, when it has come. */
  first(type: string): Promise<IncomingNotification> {
    return eventually(type, async () =>
      this.heard.find(({ message }) => message.event_type === type),
    )
  }

  close(): Promise<void> {
    return this.#transport.close()
  }
}

/** A message bus that notifications are sent to: in process, or a RabbitMQ with queues of their own. */
export interface NotificationBus {
  readonly name: string
  /** For a `before`. */
  needs(test: Mocha.Context): Promise<void>
  readonly topic: string
  readonly versionedTopic: string
  readonly exchange: string
  /** What makes a cloud send to it. */
  readonly conf: ConfOverrides
  listen(broker: FakeBroker): Promise<NotificationListener>
  remove(): Promise<void>
}

const busOf = (name: string, url: string, isRabbit: boolean): NotificationBus => {
  const topic = uniqueName('notifications')
  const versionedTopic = uniqueName('versioned')
  const exchange = uniqueName('nova')
  return {
    name,
    topic,
    versionedTopic,
    exchange,
    needs: async test => {
      if (isRabbit) await needsRabbit(test)
    },
    conf: {
      DEFAULT: { control_exchange: exchange },
      oslo_messaging_notifications: {
        driver: ['messagingv2'],
        topics: [topic],
        transport_url: url,
      },
      notifications: {
        notification_format: 'both',
        versioned_notifications_topics: [versionedTopic],
      },
    },
    listen: broker =>
      NotificationListener.start(url, [topic, versionedTopic], { exchange, broker }),
    remove: async () => {
      if (!isRabbit) return
      const queues = [topic, versionedTopic].flatMap(one => [`${one}.info`, `${one}.error`])
      await removeTopology(exchange, queues)
    },
  }
}

export const notificationBuses: readonly NotificationBus[] = [
  busOf('in process', 'fake://', false),
  busOf('over RabbitMQ', rabbitUrl, true),
]
