import { TaskAlreadyRunning } from '../exception/index.js'
import { notify } from '../notifications/index.js'
import { InstanceList, TaskLog } from '../objects/index.js'
import { lastAuditPeriod } from './audit-period.js'
import type { ComputeServices } from './services.js'

const TASK = 'instance_usage_audit'

/**
 * Tells of each instance that was on this host in the last whole period that it was (`instance.exists`), once for
 * each period; what became of it stands in `task_log`, which /os-instance_usage_audit_log shows.
 */
export const auditUsage = async (
  { adminContext: context, host, log, options }: ComputeServices,
  now: Date = new Date(),
): Promise<void> => {
  const { begin, end } = lastAuditPeriod(options.instanceUsageAuditPeriod, now)
  if (await TaskLog.get(context, TASK, begin, end, host)) return
  const { objects } = await InstanceList._getActiveByWindowJoined(
    context.with({ readDeleted: 'yes' }),
    begin.toISOString(),
    end.toISOString(),
    { host, expectedAttrs: ['system_metadata', 'info_cache', 'metadata', 'flavor'] },
  )
  const began = performance.now()
  const run = new TaskLog(context, {
    taskName: TASK,
    host,
    periodBeginning: begin,
    periodEnding: end,
    message: 'Instance usage audit started...',
    taskItems: objects.length,
  })
  try {
    await run.beginTask()
  } catch (error) {
    if (error instanceof TaskAlreadyRunning) return
    throw error
  }
  let errors = 0
  for (const instance of objects) {
    try {
      await notify(context, 'instance.exists', { instance, isCurrent: false })
    } catch (error) {
      errors += 1
      log.error({ err: error, instance: instance.uuid }, 'cannot tell of the use of an instance')
    }
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(3)
  run.errors = errors
  run.message = `Instance usage audit ran for host ${host}, ${objects.length} instances in ${seconds} seconds.`
  await run.endTask()
}
