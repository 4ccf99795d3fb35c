import type { NovaConf } from '../conf/index.js'
import type { Log } from '../log/log.js'
import { instanceNamer } from '../objects/index.js'
import {
  createNotificationTransport,
  type FakeBroker,
  type NotificationTransport,
} from '../rpc/index.js'
import { endpointUrl } from '../util/catalog.js'
import { notificationDrivers } from './drivers.js'
import type { AuditPeriodTimes, PayloadTools } from './event-kind.js'
import type { ImageUrl } from './legacy.js'
import { Notifications } from './notifications.js'
import { Notifier } from './notifier.js'
import { Outbox } from './outbox.js'

export interface NotificationParts {
  readonly log: Log
  /** For `fake://`. */
  readonly broker?: FakeBroker | undefined
  /** The last period of `instance_usage_audit_period` that ended before a time. */
  readonly auditPeriod: (period: string, before: Date) => AuditPeriodTimes
}

export interface OpenNotifications {
  /** Absent: nothing is told, and nothing was opened for it. */
  readonly sink?: Notifications | undefined
  /** Waits a little for what is on its way. */
  close(): Promise<void>
}

const nothing: OpenNotifications = { close: async () => {} }

/**
 * What nova.conf says of notifications: `[oslo_messaging_notifications]` how they are sent,
 * `[notifications]` which. Without a driver, which is the default, none are.
 *
 * @throws OperatorError for a driver that is none
 * @throws TransportConfigError for a `transport_url` that is none
 */
export const openNotifications = (conf: NovaConf, parts: NotificationParts): OpenNotifications => {
  const { notifications, oslo_messaging_notifications: oslo } = conf
  const { log } = parts
  let opened: Outbox | undefined
  const outbox = (): Outbox => {
    opened ??= new Outbox(transportOf(conf, parts), { log, retry: oslo.retry })
    return opened
  }
  const notifier = (topics: readonly string[]): Notifier | undefined => {
    const drivers = notificationDrivers(oslo.driver, { outbox, topics, log })
    return drivers.length > 0 ? new Notifier(drivers, log) : undefined
  }
  const format = notifications.notification_format
  const versioned =
    format === 'unversioned' ? undefined : notifier(notifications.versioned_notifications_topics)
  const unversioned = format === 'versioned' ? undefined : notifier(oslo.topics)
  if (!versioned && !unversioned) return nothing
  const sink = new Notifications({
    host: conf.DEFAULT.host,
    versioned,
    unversioned,
    tools: toolsOf(conf, parts),
    log,
  })
  return { sink, close: async () => opened?.close() }
}

/** Apart from the RPC's, even to the same broker: a notification that waits must keep no call waiting. */
const transportOf = (conf: NovaConf, { log, broker }: NotificationParts): NotificationTransport =>
  createNotificationTransport(
    conf.oslo_messaging_notifications.transport_url ?? conf.DEFAULT.transport_url,
    {
      controlExchange: conf.DEFAULT.control_exchange,
      rabbit: conf.oslo_messaging_rabbit,
      log,
      ...(broker ? { broker } : {}),
    },
  )

const toolsOf = (conf: NovaConf, { auditPeriod }: NotificationParts): PayloadTools => {
  const { notifications, DEFAULT } = conf
  return {
    blockDevices: notifications.bdms_in_notifications,
    shares: notifications.include_share_mapping,
    nameOf: instanceNamer(DEFAULT.instance_name_template),
    stateChanges: notifications.notify_on_state_change ?? null,
    auditPeriod: before => auditPeriod(DEFAULT.instance_usage_audit_period, before),
    imageUrl: imageUrlOf(conf),
  }
}

/** By nova.conf, else by the caller's catalog; where neither knows, the id alone. */
const imageUrlOf = ({ glance }: NovaConf): ImageUrl => {
  const configured = glance.api_servers?.[0] ?? glance.endpoint_override
  return (context, imageRef) => {
    if (!imageRef) return ''
    const root =
      configured ??
      endpointUrl(
        context.serviceCatalog,
        'image',
        glance.valid_interfaces,
        glance.region_name ?? null,
      )
    return root ? `${root.replace(/\/+$/, '')}/images/${imageRef}` : imageRef
  }
}
