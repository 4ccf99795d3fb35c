import { randomUUID } from 'node:crypto'
import { contextToDict, type RequestContext } from '../context/index.js'
import type { Log } from '../log/log.js'
import type { NotificationDriver } from './drivers.js'

export type Priority = 'debug' | 'info' | 'warn' | 'error' | 'critical'

/** What is to be told. */
export interface Notification {
  /** `nova-compute:host` or, in the older form, `compute.host` */
  readonly publisherId: string
  readonly eventType: string
  readonly priority: Priority
  /** JSON */
  readonly payload: unknown
}

/** A notification as it goes out. */
export interface NotificationMessage {
  readonly message_id: string
  readonly publisher_id: string
  readonly event_type: string
  /** In capitals. */
  readonly priority: string
  readonly payload: unknown
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC */
  readonly timestamp: string
}

/** What notifications are read by: others than those who may act as the caller. */
const secrets = {
  auth_token: null,
  service_catalog: [],
  remote_address: null,
  quota_class: null,
  resource_uuid: null,
}

/** oslo.messaging's Notifier: puts a notification into its form, and gives it to each driver. */
export class Notifier {
  readonly #drivers: readonly NotificationDriver[]
  readonly #log: Log

  constructor(drivers: readonly NotificationDriver[], log: Log) {
    this.#drivers = drivers
    this.#log = log
  }

  /** Whether anything comes of a notification. */
  get isEnabled(): boolean {
    return this.#drivers.length > 0
  }

  /** Does not wait until it is sent, and never fails. */
  notify(context: RequestContext, notification: Notification): void {
    const { publisherId, eventType, priority, payload } = notification
    const message: NotificationMessage = {
      message_id: randomUUID(),
      publisher_id: publisherId,
      event_type: eventType,
      priority: priority.toUpperCase(),
      payload,
      timestamp: timestampOf(new Date()),
    }
    const carried = { ...contextToDict(context), ...secrets }
    for (const driver of this.#drivers) {
      try {
        driver.notify(carried, message, priority)
      } catch (error) {
        this.#log.error({ err: error, event: eventType }, 'cannot send a notification')
      }
    }
  }
}

const timestampOf = (time: Date): string =>
  `${time.toISOString().replace('T', ' ').slice(0, -1)}000`
