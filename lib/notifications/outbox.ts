import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log/log.js'
import type { NotificationTransport } from '../rpc/index.js'
import type { NotificationMessage } from './notifier.js'

export interface OutboxOptions {
  readonly log: Log
  /** `[oslo_messaging_notifications] retry` */
  readonly retry: number
  /** Notifications that may be on their way at once; 10000 when absent. */
  readonly limit?: number | undefined
}

const LIMIT = 10_000

/** ms that a process which ends waits for what is on its way */
const PATIENCE = 5000

/**
 * Notifications on their way to a broker. Nobody waits for them: while the broker is away they are kept,
 * as many as there is room for; later ones are dropped, and how many is told when there is room again.
 */
export class Outbox {
  readonly #transport: NotificationTransport
  readonly #log: Log
  readonly #retry: number
  readonly #limit: number
  readonly #sending = new Set<Promise<void>>()
  #dropped = 0

  constructor(transport: NotificationTransport, options: OutboxOptions) {
    this.#transport = transport
    this.#log = options.log
    this.#retry = options.retry
    this.#limit = options.limit ?? LIMIT
  }

  /** @param queue  `topic.priority` */
  send(
    queue: string,
    context: Readonly<Record<string, unknown>>,
    message: NotificationMessage,
    enveloped: boolean,
  ): void {
    if (this.#sending.size >= this.#limit) {
      if (this.#dropped++ === 0) {
        this.#log.error({ waiting: this.#limit }, 'dropping notifications: too many wait already')
      }
      return
    }
    this.#tellDropped()
    const sending = this.#transport
      .send(queue, context, { ...message }, { enveloped, retry: this.#retry })
      .catch(error => {
        const { event_type: event, message_id: id } = message
        this.#log.error({ err: error, queue, event, id }, 'could not send a notification')
      })
      .finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return
    this.#log.error({ dropped: this.#dropped }, 'dropped notifications')
    this.#dropped = 0
  }

  /** Resolves when what was sent has arrived, or was given up. */
  async flushed(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending)
  }

  /** Waits a little for what is on its way, then ends the transport: the rest is lost, and told. */
  async close(): Promise<void> {
    const over = new AbortController()
    const patience = sleep(PATIENCE, undefined, { signal: over.signal }).catch(() => {})
    await Promise.race([this.flushed(), patience])
    over.abort()
    this.#tellDropped()
    await this.#transport.close()
    await this.flushed()
  }
}
