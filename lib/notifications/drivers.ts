import { type Log, maskValue } from '../log/index.js'
import { nearest } from '../util/nearest.js'
import { OperatorError } from '../util/operator-error.js'
import type { NotificationMessage, Priority } from './notifier.js'
import type { Outbox } from './outbox.js'

/** Sends notifications in one way (`[oslo_messaging_notifications] driver`). */
export interface NotificationDriver {
  /** Does not wait until it is sent. @param context  without the `_context_` prefix */
  notify(
    context: Readonly<Record<string, unknown>>,
    message: NotificationMessage,
    priority: Priority,
  ): void
}

export interface DriverTools {
  /** Opened when the first driver asks for it. */
  readonly outbox: () => Outbox
  readonly topics: readonly string[]
  readonly log: Log
}

type DriverFactory = (tools: DriverTools) => NotificationDriver | null

/** To `topic.priority` of each topic, in oslo.messaging's envelope or without. */
const messaging =
  (enveloped: boolean): DriverFactory =>
  ({ outbox, topics }) => {
    const box = outbox()
    return {
      notify: (context, message, priority) => {
        for (const topic of topics) box.send(`${topic}.${priority}`, context, message, enveloped)
      },
    }
  }

/** Into the log, secrets masked. */
const logging: DriverFactory = ({ log }) => ({
  notify: (_context, message, priority) => {
    const fields = { logger: `oslo.messaging.notification.${message.event_type}` }
    log[levels[priority]](fields, JSON.stringify(maskValue(message)))
  },
})

const levels = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  critical: 'error',
} as const

const factories: Readonly<Record<string, DriverFactory>> = {
  messagingv2: messaging(true),
  messaging: messaging(false),
  log: logging,
  noop: () => null,
}

/**
 * The drivers of these names; a name twice is one driver.
 *
 * @throws OperatorError for a name that is none
 */
export const notificationDrivers = (
  names: readonly string[],
  tools: DriverTools,
): NotificationDriver[] =>
  [...new Set(names)].flatMap(name => {
    const factory = Object.hasOwn(factories, name) ? factories[name] : undefined
    if (!factory) throw unknownDriver(name)
    return factory(tools) ?? []
  })

const unknownDriver = (name: string): OperatorError => {
  const known = Object.keys(factories)
  const meant = nearest(name, known)
  const hint = meant ? ` Did you mean '${meant}'?` : ''
  return new OperatorError(
    `nova.conf: [oslo_messaging_notifications] driver = '${name}': expected ${known.join(', ')}.${hint}`,
  )
}
