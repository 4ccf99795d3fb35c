export type { AuditPeriodTimes } from './event-kind.js'
export {
  type EventBase,
  type EventName,
  notificationEvents,
  type SubjectOf,
} from './events.js'
export { type NotificationParts, type OpenNotifications, openNotifications } from './from-conf.js'
export { Notifications } from './notifications.js'
export { Notifier } from './notifier.js'
export {
  notify,
  notifying,
  type OnFailure,
  type ToldMethod,
  tellingFailure,
} from './notify.js'
export { Outbox } from './outbox.js'
