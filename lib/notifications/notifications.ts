import type { NotificationSink, RequestContext } from '../context/index.js'
import { InstanceNotFound } from '../exception/index.js'
import type { Log } from '../log/log.js'
import type { EventKind, Occurrence, PayloadTools, Phase } from './event-kind.js'
import { notificationEvents } from './events.js'
import type { Notifier } from './notifier.js'
import { withoutChanges } from './payloads/fill.js'
import { withoutShares } from './payloads/instance.js'

export interface NotificationsOptions {
  /** `[DEFAULT] host` */
  readonly host: string
  /** Absent where that form is not wanted (`[notifications] notification_format`). */
  readonly versioned?: Notifier | undefined
  readonly unversioned?: Notifier | undefined
  readonly tools: PayloadTools
  readonly log: Log
}

/** Tells of events in the forms that are wanted: nova's versioned notifications, and the older ones. */
export class Notifications implements NotificationSink {
  readonly #options: NotificationsOptions

  constructor(options: NotificationsOptions) {
    this.#options = options
  }

  get tellsUpdates(): boolean {
    return this.#options.tools.stateChanges !== null
  }

  async emit(context: RequestContext, event: string, subject: object): Promise<void> {
    const named = notificationEvents.get(event)
    if (!named) throw new TypeError(`there is no event ${event}`)
    const { tools } = this.#options
    if (event === 'instance.update' && !this.tellsUpdates) return
    // Only who knows the event's subject can emit it: see notify.
    const kind = named.kind as EventKind<object>
    const occurrence: Occurrence<object> = { context, subject, phase: named.phase, tools }
    await this.#guarded(event, () => this.#versioned(event, kind, occurrence))
    await this.#guarded(event, () => this.#unversioned(kind, occurrence))
  }

  /** Whatever goes wrong here is not to harm what is told of. */
  async #guarded(event: string, tell: () => Promise<void>): Promise<void> {
    try {
      await tell()
    } catch (error) {
      const { log } = this.#options
      if (error instanceof InstanceNotFound) log.debug({ event }, 'not told: the instance is gone')
      else log.error({ err: error, event }, 'cannot tell of an event')
    }
  }

  async #versioned(
    eventType: string,
    kind: EventKind<object>,
    occurrence: Occurrence<object>,
  ): Promise<void> {
    const { versioned, host, tools } = this.#options
    if (!versioned) return
    const { context, subject, phase } = occurrence
    const payload = await kind.payload(occurrence)
    const source = typeof kind.source === 'function' ? kind.source(subject) : kind.source
    versioned.notify(context, {
      publisherId: `${source}:${kind.host?.(subject) ?? host}`,
      eventType,
      priority: priorityOf(kind, phase),
      payload: withoutChanges(payload.toPrimitive(tools.shares ? undefined : withoutShares)),
    })
  }

  async #unversioned(kind: EventKind<object>, occurrence: Occurrence<object>): Promise<void> {
    const { unversioned, host } = this.#options
    const { legacy } = kind
    if (!unversioned || !legacy) return
    const { context, subject, phase } = occurrence
    const eventType = legacy.type(phase, subject)
    if (eventType === null) return
    const service = typeof legacy.service === 'function' ? legacy.service(subject) : legacy.service
    unversioned.notify(context, {
      publisherId: `${service}.${legacy.host?.(subject) ?? host}`,
      eventType,
      priority: priorityOf(kind, phase),
      payload: await legacy.payload(occurrence),
    })
  }
}

const priorityOf = (kind: EventKind<object>, phase: Phase | null): 'info' | 'error' =>
  kind.isError || phase === 'error' ? 'error' : 'info'
