import { hostApiOf } from '../controllers/hosts.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import { lastAuditPeriod } from '../lib/compute/audit-period.js'
import type { Cells } from '../lib/compute/cells.js'
import type { HostApi } from '../lib/compute/host-api.js'
import { TaskLogList } from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import { errors, expectedErrors, query, querySchema } from '../lib/wsgi/index.js'

const rule = 'os_compute_api:os-instance-usage-audit-log'

/** /os-instance_usage_audit_log: which computes have told of what ran on them in the last period. */
export class InstanceUsageAuditLogController {
  readonly #runtime: Runtime
  readonly #cells: Cells
  readonly #hosts: HostApi

  constructor(services: ApiServices) {
    this.#runtime = services.runtime
    this.#cells = services.compute.cells
    this.#hosts = hostApiOf(services)
  }

  @query(querySchema({}))
  @expectedErrors()
  async index(req: Req): Promise<object> {
    req.context.can(`${rule}:list`, {})
    return { instance_usage_audit_logs: await this.#log(req, new Date()) }
  }

  /** `{id}` is a time: the period before it is told of. */
  @query(querySchema({}))
  @expectedErrors(400)
  async show(req: Req): Promise<object> {
    req.context.can(`${rule}:show`, {})
    return { instance_usage_audit_log: await this.#log(req, timeOf(req.params.id)) }
  }

  async #log({ context }: Req, before: Date): Promise<object> {
    const { instance_usage_audit_period: period } = this.#runtime.conf.DEFAULT
    const { begin, end } = lastAuditPeriod(period, before)
    const [{ answers }, { services }] = await Promise.all([
      this.#cells.gather(context, cell =>
        TaskLogList.getAll(cell, 'instance_usage_audit', begin, end),
      ),
      this.#hosts.services(context),
    ])
    const logs = answers.flatMap(({ objects }) => objects)
    const computes = services.filter(({ service }) => service.binary === 'nova-compute')
    const hosts = new Set(computes.map(({ service }) => service.host ?? ''))
    const seen = new Set(logs.map(({ host }) => host))
    const inState = (state: string) => new Set(logs.filter(log => log.state === state))
    const done = inState('DONE').size
    const missing = [...hosts].filter(host => !seen.has(host)).sort()
    const errorCount = logs.reduce((sum, log) => sum + (log.get('errors') ?? 0), 0)
    const share = done === hosts.size ? 'ALL' : `${done} of ${hosts.size}`
    return {
      period_beginning: asText(begin),
      period_ending: asText(end),
      num_hosts: hosts.size,
      num_hosts_done: done,
      num_hosts_running: inState('RUNNING').size,
      num_hosts_not_run: missing.length,
      hosts_not_run: missing,
      total_instances: logs.reduce((sum, log) => sum + (log.get('taskItems') ?? 0), 0),
      total_errors: errorCount,
      overall_status: `${share} hosts done. ${errorCount} errors.`,
      log: Object.fromEntries(
        logs.map(log => [
          log.host,
          {
            state: log.state,
            instances: log.get('taskItems') ?? 0,
            errors: log.get('errors') ?? 0,
            message: log.message,
          },
        ]),
      ),
    }
  }
}

/** `YYYY-MM-DD HH:MM:SS`, as Python writes a time. */
const asText = (time: Date): string => time.toISOString().slice(0, 19).replace('T', ' ')

/** `YYYY-MM-DD HH:MM:SS[.ffffff]`, UTC. @throws Fault 400 */
const timeOf = (text: string): Date => {
  const form = /^(\d{4}-\d{1,2}-\d{1,2}) (\d{1,2}:\d{1,2}:\d{1,2})(\.\d{1,6})?$/.exec(text)
  const pad = (part = '') => part.replaceAll(/\d+/g, digits => digits.padStart(2, '0'))
  const iso = form ? `${pad(form[1])}T${pad(form[2])}` : ''
  const time = new Date(`${iso}${form?.[3] ?? ''}Z`)
  // A day that a month does not have would be read as one of the next.
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, 19) !== iso) {
    throw errors.badRequest(`Invalid timestamp for date ${text}`)
  }
  return time
}

export const extension = {
  alias: 'os-instance_usage_audit_log',
  name: 'OSInstanceUsageAuditLog',
  description: 'Admin-only Task Log Monitoring.',
  resources: [
    { collection: 'os-instance_usage_audit_log', controller: InstanceUsageAuditLogController },
  ],
}
