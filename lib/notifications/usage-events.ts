import type { Instance, VolumeUsage } from '../objects/index.js'
import {
  type AuditPeriodTimes,
  type EventKind,
  type LegacyPayload,
  once,
  type Source,
} from './event-kind.js'
import { instanceInfo, isoTime, naiveTime, zonedTime } from './legacy.js'
import {
  describeInstance,
  InstanceExistsPayload,
  InstanceUpdatePayload,
  tagsOf,
} from './payloads/instance.js'
import { AuditPeriodPayload, InstanceStateUpdatePayload } from './payloads/instance-parts.js'
import { usageOf, VolumeUsagePayload } from './payloads/volume.js'

/** An instance that was changed. */
export interface UpdateSubject {
  readonly instance: Instance
  /** How it stood before; null: there was none. */
  readonly before: {
    readonly vmState: string | null
    readonly taskState: string | null
    readonly displayName: string | null
  } | null
  readonly source?: Source
}

/** An instance that is there, and was in a period. */
export interface ExistsSubject {
  readonly instance: Instance
  /** The period under way, up to now (true), or the one that ended last. */
  readonly isCurrent: boolean
  readonly extra?: LegacyPayload
}

const periodPayload = ({ begin, end }: AuditPeriodTimes): AuditPeriodPayload =>
  new AuditPeriodPayload(null, { auditPeriodBeginning: begin, auditPeriodEnding: end })

const sourceOf = ({ source = 'nova-compute' }: UpdateSubject): Source => source

/** States that did not change are told as they are now, so that nothing reads as if it came from nowhere. */
const statesOf = (
  { instance, before }: UpdateSubject,
  setting: 'vm_state' | 'vm_and_task_state' | null,
): Record<string, string | null> => {
  const { vmState, taskState } = instance
  const now = { state: vmState, new_task_state: taskState }
  const isChange =
    before !== null &&
    (before.vmState !== vmState ||
      (setting === 'vm_and_task_state' && before.taskState !== taskState))
  return isChange
    ? {
        old_state: before.vmState ?? vmState,
        old_task_state: before.taskState ?? taskState,
        ...now,
      }
    : { old_state: vmState, old_task_state: taskState, ...now }
}

/** Told where no state has changed. */
const oldNameOf = (
  subject: UpdateSubject,
  setting: 'vm_state' | 'vm_and_task_state' | null,
): string | null => {
  const { instance, before } = subject
  if (!before || before.displayName === instance.displayName) return null
  const isStateChange =
    before.vmState !== instance.vmState ||
    (setting === 'vm_and_task_state' && before.taskState !== instance.taskState)
  return isStateChange ? null : before.displayName
}

const update: EventKind<UpdateSubject> = {
  phases: once,
  source: sourceOf,
  payload: async ({ context, subject, tools }) => {
    const { instance } = subject
    const { end: begin } = tools.auditPeriod(new Date())
    const payload = new InstanceUpdatePayload().assign({
      state_update: new InstanceStateUpdatePayload().assign(statesOf(subject, tools.stateChanges)),
      audit_period: periodPayload({ begin, end: new Date() }),
      old_display_name: oldNameOf(subject, tools.stateChanges),
      tags: await tagsOf(instance),
    })
    return describeInstance(context, instance, payload, tools)
  },
  legacy: {
    type: () => 'compute.instance.update',
    service: subject => sourceOf(subject).slice('nova-'.length),
    payload: async ({ context, subject, tools }) => {
      const { end: begin } = tools.auditPeriod(new Date())
      const oldName = oldNameOf(subject, tools.stateChanges)
      return {
        ...(await instanceInfo(context, subject.instance, tools.imageUrl)),
        ...statesOf(subject, tools.stateChanges),
        audit_period_beginning: isoTime(begin),
        audit_period_ending: isoTime(new Date()),
        ...(oldName ? { old_display_name: oldName } : {}),
      }
    },
  },
}

const periodOf = (
  { isCurrent }: ExistsSubject,
  auditPeriod: (before: Date) => AuditPeriodTimes,
): AuditPeriodTimes => {
  const now = new Date()
  const last = auditPeriod(now)
  return isCurrent ? { begin: last.end, end: now } : last
}

const exists: EventKind<ExistsSubject> = {
  phases: once,
  source: 'nova-compute',
  payload: ({ context, subject, tools }) => {
    const period = periodOf(subject, tools.auditPeriod)
    const payload = new InstanceExistsPayload(null, { auditPeriod: periodPayload(period) })
    return describeInstance(context, subject.instance, payload, tools)
  },
  legacy: {
    type: () => 'compute.instance.exists',
    service: 'compute',
    payload: async ({ context, subject, tools }) => {
      const { begin, end } = periodOf(subject, tools.auditPeriod)
      return {
        ...(await instanceInfo(context, subject.instance, tools.imageUrl)),
        audit_period_beginning: naiveTime(begin),
        audit_period_ending: naiveTime(end),
        ...subject.extra,
      }
    },
  },
}

const volumeUsage: EventKind<{ readonly usage: VolumeUsage }> = {
  phases: once,
  source: 'nova-compute',
  payload: ({ subject: { usage } }) => VolumeUsagePayload.of(usage),
  legacy: {
    type: () => 'volume.usage',
    service: 'compute',
    payload: ({ subject: { usage } }) => {
      const { lastRefreshed, reads, readBytes, writes, writeBytes } = usageOf(usage)
      return {
        volume_id: usage.volumeId,
        tenant_id: usage.get('projectId') ?? null,
        user_id: usage.get('userId') ?? null,
        availability_zone: usage.get('availabilityZone') ?? null,
        instance_id: usage.get('instanceUuid') ?? null,
        last_refreshed: lastRefreshed ? zonedTime(lastRefreshed) : '',
        reads,
        read_bytes: readBytes,
        writes,
        write_bytes: writeBytes,
      }
    },
  },
}

/** What is told for who measures use. */
export const usageEvents = {
  'instance.update': update,
  'instance.exists': exists,
  'volume.usage': volumeUsage,
}
