import { readFileSync } from 'node:fs'
import type { RowDataPacket } from 'mysql2/promise'
import { withServer } from '../support/databases.js'
import type { SeparateCloud, ServerState } from '../support/separate-cloud.js'
import { queuesOf } from '../support/vhost.js'
import type { Order } from './customers.js'

/** A promise that was not kept: of which kind, and how it shows. */
export interface Violation {
  readonly rule: string
  readonly what: string
}

const rules = {
  lost: 'every accepted server is ACTIVE, in ERROR, or was deleted',
  silent: 'every server in ERROR has a fault',
  twice: 'no server is built twice',
  task: 'no server is stuck in a task',
  claim: 'no claim is left behind',
  request: 'no build request is left behind',
  port: 'no port is left behind',
  consumer: 'every queue of a topic has its consumer, and is empty',
  deleted: 'what is deleted is gone',
} as const

const violation = (rule: keyof typeof rules, what: string): Violation => ({
  rule: rules[rule],
  what,
})

/** All rules, for a table. */
export const ruleTexts: readonly string[] = Object.values(rules)

/** What customers were told, against what the API lists. */
export const auditOrders = (
  orders: readonly Order[],
  servers: readonly ServerState[],
): Violation[] => {
  const found: Violation[] = []
  for (const order of orders) {
    const own = servers.filter(({ name }) => name === order.name)
    if (own.length > 1) found.push(violation('twice', `${order.name}: ${own.map(({ id }) => id)}`))
    if (own.length === 0 && order.booted === 202 && !order.deleted && !order.refusals.length) {
      found.push(violation('lost', `${order.name} was accepted, and is not there`))
    }
    for (const { id, status, fault } of own) {
      const where = `${order.name} (${id})`
      if (order.deleted) found.push(violation('deleted', `${where} is ${status}`))
      else if (status === 'ERROR') {
        if (!fault) found.push(violation('silent', where))
      } else if (status !== 'ACTIVE') found.push(violation('lost', `${where} is ${status}`))
    }
  }
  return found
}

const rows = (sql: string): Promise<RowDataPacket[]> =>
  withServer(async server => (await server.query<RowDataPacket[]>(sql))[0])

/** What the databases hold, against each other. */
export const auditDatabases = async (cloud: SeparateCloud): Promise<Violation[]> => {
  const { id } = cloud
  const [api, cell, cell0] = [`${id}_api`, id, `${id}_cell0`]
  const tasks = await rows(
    `select uuid, vm_state, task_state, host from ${cell}.instances where deleted = 0
       and (task_state is not null or vm_state = 'building')`,
  )
  const claims = await rows(
    `select distinct a.consumer_id, p.name, i.host, i.vm_state
       from ${api}.allocations a join ${api}.resource_providers p on p.id = a.resource_provider_id
       left join ${cell}.instances i on i.uuid = a.consumer_id and i.deleted = 0
       where i.uuid is null or not (i.node <=> p.name)`,
  )
  const unclaimed = await rows(
    `select i.uuid, i.host from ${cell}.instances i
       left join ${api}.allocations a on a.consumer_id = i.uuid
       where i.deleted = 0 and i.vm_state = 'active' and a.id is null`,
  )
  const twice = await rows(
    `select a.uuid from ${cell}.instances a join ${cell0}.instances b on a.uuid = b.uuid
       where a.deleted = 0 and b.deleted = 0`,
  )
  const built = await rows(
    `select a.instance_uuid, count(*) as times from ${cell}.instance_actions_events e
       join ${cell}.instance_actions a on a.id = e.action_id
       join ${cell}.instances i on i.uuid = a.instance_uuid
       where e.event = 'compute__do_build_and_run_instance' and e.result = 'Success'
         and i.deleted = 0 and i.vm_state = 'active'
       group by a.instance_uuid, e.host having count(distinct e.host) > 1 or times > 1`,
  )
  const requests = await rows(`select instance_uuid from ${api}.build_requests`)
  return [
    ...tasks.map(row =>
      violation(
        'task',
        `${row.uuid}: ${row.vm_state}, task ${row.task_state}, on ${row.host ?? 'no host'}`,
      ),
    ),
    ...claims.map(row =>
      violation(
        'claim',
        `${row.consumer_id} on ${row.name}: ${row.vm_state ? `it is ${row.vm_state} on ${row.host}` : 'no such server'}`,
      ),
    ),
    ...unclaimed.map(row => violation('claim', `${row.uuid} runs on ${row.host} without one`)),
    ...twice.map(row => violation('twice', `${row.uuid} has a row in two cells`)),
    ...built.map(row => violation('twice', `${row.instance_uuid} was built ${row.times} times`)),
    ...requests.map(row => violation('request', String(row.instance_uuid))),
  ]
}

/** What the broker holds: each topic's queues are consumed, and nothing waits in them. */
export const auditQueues = async (cloud: SeparateCloud): Promise<Violation[]> => {
  const queues = await queuesOf(cloud.id)
  const expected = [
    ...['conductor', 'conductor.controller', 'scheduler', 'scheduler.controller', 'compute'],
    ...cloud.computes.map(host => `compute.${host}`),
  ]
  return expected.flatMap(name => {
    const queue = queues.find(one => one.name === name)
    if (!queue) return [violation('consumer', `${name} is not there`)]
    const { consumers, messages } = queue
    const wanted = name === 'compute' ? cloud.computes.length : 1
    return consumers === wanted && messages === 0
      ? []
      : [violation('consumer', `${name}: ${consumers} consumers, ${messages} messages`)]
  })
}

/** After the last server was deleted. */
export const auditEmpty = async (cloud: SeparateCloud): Promise<Violation[]> => {
  const { id } = cloud
  const claims = await rows(`select distinct consumer_id from ${id}_api.allocations`)
  const ports = await cloud.ports()
  return [
    ...claims.map(row => violation('claim', `${row.consumer_id}, after all were deleted`)),
    ...ports.map(port => violation('port', `${port.id} of ${port.device_id || 'nobody'}`)),
  ]
}

/** Resident memory, MiB, as Linux tells. */
export const memoryOf = (pid: number): number => {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kib ?? 0) / 1024)
}
