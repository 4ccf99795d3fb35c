import type { RequestContext } from '../context/index.js'
import type { NovaObject } from '../objects/index.js'
import type { ImageUrl } from './legacy.js'
import type { InstancePayloadSettings } from './payloads/instance.js'

export type Source = 'nova-api' | 'nova-compute' | 'nova-conductor' | 'nova-scheduler'

export type Phase = 'start' | 'end' | 'error' | 'progress'

export interface AuditPeriodTimes {
  readonly begin: Date
  readonly end: Date
}

/** What payloads are made with, beside what the event happened to. */
export interface PayloadTools extends InstancePayloadSettings {
  readonly imageUrl: ImageUrl
  /** The last period of `instance_usage_audit_period` that ended before a time. */
  readonly auditPeriod: (before: Date) => AuditPeriodTimes
  /** `[notifications] notify_on_state_change` */
  readonly stateChanges: 'vm_state' | 'vm_and_task_state' | null
}

/** The event as it happened, for who makes its payload. */
export interface Occurrence<S> {
  readonly context: RequestContext
  readonly subject: S
  readonly phase: Phase | null
  readonly tools: PayloadTools
}

/** The same event in the form before versions: another name, a plain map. */
export interface LegacyForm<S> {
  /** Null: this phase was never told. */
  readonly type: (phase: Phase | null, subject: S) => string | null
  /** What stands before the dot of `compute.host`. */
  readonly service: string | ((subject: S) => string)
  /** What stands after it; the process's own host when absent. */
  readonly host?: (subject: S) => string
  readonly payload: (occurrence: Occurrence<S>) => LegacyPayload | Promise<LegacyPayload>
}

export type LegacyPayload = Readonly<Record<string, unknown>>

/** One kind of event: who tells of it, when, and what. `S`: what it happens to. */
export interface EventKind<S> {
  /** Empty: it is told once, without a phase. */
  readonly phases: readonly Phase[]
  readonly source: Source | ((subject: S) => Source)
  /** Of whom it is told; the process's own host when absent. */
  readonly host?: (subject: S) => string
  /** Told as an error, whatever its phase. */
  readonly isError?: boolean
  readonly payload: (occurrence: Occurrence<S>) => NovaObject | Promise<NovaObject>
  readonly legacy?: LegacyForm<S>
}

export const once: readonly Phase[] = []
export const aroundIt: readonly Phase[] = ['start', 'end']
export const aroundOrFailed: readonly Phase[] = ['start', 'end', 'error']
