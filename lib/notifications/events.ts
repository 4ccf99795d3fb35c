import type { EventKind, Phase } from './event-kind.js'
import { instanceEvents } from './instance-events.js'
import { otherEvents } from './other-events.js'
import { usageEvents } from './usage-events.js'

/** Every event that is told, by its name without a phase. */
const kinds = { ...instanceEvents, ...usageEvents, ...otherEvents }

type Kinds = typeof kinds

export type EventBase = keyof Kinds

export type EventName = EventBase | `${EventBase}.${Phase}`

/** What an event happens to. */
export type SubjectOf<E extends EventName> = E extends EventBase
  ? SubjectOfKind<Kinds[E]>
  : E extends `${infer B extends EventBase}.${Phase}`
    ? SubjectOfKind<Kinds[B]>
    : never

type SubjectOfKind<K> = K extends EventKind<infer S> ? S : never

export interface NamedEvent {
  readonly kind: EventKind<never>
  readonly phase: Phase | null
}

const named = (): Map<string, NamedEvent> => {
  const events = new Map<string, NamedEvent>()
  for (const [base, kind] of Object.entries(kinds)) {
    const { phases } = kind as EventKind<never>
    if (phases.length === 0) events.set(base, { kind: kind as EventKind<never>, phase: null })
    for (const phase of phases) {
      events.set(`${base}.${phase}`, { kind: kind as EventKind<never>, phase })
    }
  }
  return events
}

/** Every event by its whole name. */
export const notificationEvents: ReadonlyMap<string, NamedEvent> = named()
