import { hexId } from './ids.js'
import type { Listener, Message } from './transport.js'
import type { Wire } from './wire.js'

export interface NotificationTransportOptions {
  /** Of topics; `nova` when absent (`[DEFAULT] control_exchange`). */
  readonly controlExchange?: string | undefined
  /** Seconds between two tries while the broker is away, for `retry`; 1 when absent. */
  readonly retryInterval?: number | undefined
}

export interface NotificationSendOptions {
  /** False: oslo.messaging's format 1.0, the message without its envelope. */
  readonly enveloped?: boolean | undefined
  /** How often it is tried again while the broker is away; -1 or undefined: until it is back. */
  readonly retry?: number | undefined
}

/** A notification as a listener sees it. */
export interface IncomingNotification {
  /** Without `_context_*` and the underscored keys of the transport's own. */
  readonly message: Message
  readonly context: Readonly<Record<string, unknown>>
}

/**
 * Carries notifications: texts to the queue `topic.priority` of an exchange, which is made where it is
 * not there yet, so that nothing is lost before somebody listens (contract: messaging.md 3 and 11).
 * Apart from the transport of the RPC, so that neither waits for the other.
 */
export class NotificationTransport {
  readonly #wire: Wire
  readonly #exchange: string
  readonly #retryInterval: number // ms

  constructor(wire: Wire, options: NotificationTransportOptions = {}) {
    this.#wire = wire
    this.#exchange = options.controlExchange ?? 'nova'
    this.#retryInterval = (options.retryInterval ?? 1) * 1000
  }

  /** Without credentials. */
  get url(): string {
    return this.#wire.url
  }

  /**
   * Resolves when the broker has it.
   *
   * @param queue  `topic.priority`: `notifications.info`
   * @param context  keys without the `_context_` prefix
   * @throws MessageDeliveryFailure, TransportClosed
   */
  async send(
    queue: string,
    context: Readonly<Record<string, unknown>>,
    message: Message,
    { enveloped, retry = -1 }: NotificationSendOptions = {},
  ): Promise<void> {
    const payload: Record<string, unknown> = { ...message, _unique_id: hexId() }
    for (const [key, value] of Object.entries(context)) payload[`_context_${key}`] = value
    await this.#wire.publish(
      { kind: 'notification', exchange: this.#exchange, queue },
      JSON.stringify(payload),
      {
        enveloped,
        timeout: retry < 0 ? Number.POSITIVE_INFINITY : (retry + 1) * this.#retryInterval,
      },
    )
  }

  /** Takes what comes to `topic.priority`; each is acknowledged when `onNotification` returns. */
  listen(
    queue: string,
    onNotification: (notification: IncomingNotification) => void,
  ): Promise<Listener> {
    return this.#wire.consume(
      { kind: 'notification', exchange: this.#exchange, queue },
      0,
      delivery => {
        onNotification(incoming(delivery.payload))
        delivery.acknowledge()
      },
    )
  }

  close(): Promise<void> {
    return this.#wire.close()
  }
}

const incoming = (payload: Readonly<Record<string, unknown>>): IncomingNotification => {
  const message: Record<string, unknown> = {}
  const context: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(payload)) {
    if (key.startsWith('_context_')) context[key.slice('_context_'.length)] = value
    else if (!key.startsWith('_')) message[key] = value
  }
  return { message, context }
}
