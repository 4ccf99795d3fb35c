import type { RowDataPacket } from 'mysql2/promise'
import { withServer } from '../support/databases.js'
import type { SeparateCloud, ServerState } from '../support/separate-cloud.js'
import { queuesOf } from '../support/vhost.js'
import type { Order } from './customers.js'
import { type Violation, violation } from './rules.js'

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

/** What the databases hold, against each other. */
export const auditDatabases = async (
  { id, engines }: SeparateCloud,
  maxAttempts: number,
): Promise<Violation[]> => {
  const [api, cell, cell0] = [`${id}_api`, id, `${id}_cell0`]
  const rows = (sql: string): Promise<RowDataPacket[]> =>
    withServer(async server => (await server.query<RowDataPacket[]>(sql))[0], engines.mariadb)
  const live = `(select uuid, host, node, vm_state from ${cell}.instances where deleted = 0
                 union all select uuid, host, node, vm_state from ${cell0}.instances where deleted = 0)`
  const tasks = await rows(
    `select uuid, vm_state, task_state, host from ${cell}.instances where deleted = 0
       and (task_state is not null or vm_state = 'building')`,
  )
  const claims = await rows(
    `select distinct a.consumer_id, p.name, i.host, i.vm_state
       from ${api}.allocations a join ${api}.resource_providers p on p.id = a.resource_provider_id
       left join ${live} i on i.uuid = a.consumer_id
       where i.uuid is null or not (i.node <=> p.name)`,
  )
  const unclaimed = await rows(
    `select i.uuid, i.host, i.node from ${cell}.instances i
       left join ${api}.allocations a on a.consumer_id = i.uuid
       where i.deleted = 0 and i.vm_state = 'active' and (a.id is null or i.host is null)`,
  )
  const twice = await rows(
    `select a.uuid from ${cell}.instances a join ${cell0}.instances b on a.uuid = b.uuid
       where a.deleted = 0 and b.deleted = 0`,
  )
  const built = await rows(
    `select a.instance_uuid, count(*) as times, sum(e.result = 'Success') as successes
       from ${cell}.instance_actions_events e
       join ${cell}.instance_actions a on a.id = e.action_id
       where e.event = 'compute__do_build_and_run_instance'
       group by a.instance_uuid having successes > 1 or times > ${maxAttempts}`,
  )
  const requests = await rows(`select instance_uuid from ${api}.build_requests`)
  const unmapped = await rows(
    `select i.uuid, m.id as mapping, m.cell_id, s.id as spec from ${live} i
       left join ${api}.instance_mappings m on m.instance_uuid = i.uuid and m.queued_for_delete = 0
       left join ${api}.request_specs s on s.instance_uuid = i.uuid
       where m.id is null or m.cell_id is null or s.id is null`,
  )
  const aimless = await rows(
    `select m.instance_uuid from ${api}.instance_mappings m left join ${live} i on i.uuid = m.instance_uuid
       where m.queued_for_delete = 0 and i.uuid is null`,
  )
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
    ...built.map(row =>
      violation(
        'twice',
        `${row.instance_uuid}: ${row.times} builds began, ${row.successes} succeeded`,
      ),
    ),
    ...requests.map(row => violation('request', `a build request of ${row.instance_uuid}`)),
    ...unmapped.map(row =>
      violation(
        'request',
        `${row.uuid} has no ${!row.mapping || !row.cell_id ? 'mapping to a cell' : 'request spec'}`,
      ),
    ),
    ...aimless.map(row => violation('request', `a mapping of ${row.instance_uuid}, which is gone`)),
  ]
}

/** What the API says is used, against what it lists. */
export const auditQuota = async (
  cloud: SeparateCloud,
  servers: readonly ServerState[],
): Promise<Violation[]> => {
  const { body } = await cloud.api('GET', '/limits')
  const { absolute } = (body as { limits: { absolute: Record<string, number> } }).limits
  const used = absolute.totalInstancesUsed
  return used === servers.length
    ? []
    : [violation('quota', `${used} servers are counted, and ${servers.length} are there`)]
}

/** Ports of the network service, against the servers. */
export const auditPorts = async (
  cloud: SeparateCloud,
  servers: readonly ServerState[],
): Promise<Violation[]> => {
  const owners = Map.groupBy(await cloud.ports(), port => port.device_id)
  const ids = new Set(servers.map(({ id }) => id))
  const lost = [...owners].filter(([owner]) => !ids.has(owner))
  const wrong = servers.filter(
    ({ id, status }) => status === 'ACTIVE' && owners.get(id)?.length !== 1,
  )
  return [
    ...lost.map(([owner, { length }]) =>
      violation('port', `${length} of ${owner || 'nobody'}, who is no server`),
    ),
    ...wrong.map(({ id, name }) =>
      violation('port', `${name} (${id}) has ${owners.get(id)?.length ?? 0}`),
    ),
  ]
}

/** What the broker holds: each topic's queues are consumed, and nothing waits in them. */
export const auditQueues = async (cloud: SeparateCloud): Promise<Violation[]> => {
  const queues = await queuesOf(cloud.id, cloud.engines.rabbit)
  const expected = [
    ...['conductor', 'conductor.controller', 'scheduler', 'scheduler.controller', 'compute'],
    ...cloud.computes.map(host => `compute.${host}`),
  ]
  const topics = expected.flatMap(name => {
    const queue = queues.find(one => one.name === name)
    if (!queue) return [violation('consumer', `${name} is not there`)]
    const { consumers, messages } = queue
    const wanted = name === 'compute' ? cloud.computes.length : 1
    return consumers === wanted && messages === 0
      ? []
      : [violation('consumer', `${name}: ${consumers} consumers, ${messages} messages`)]
  })
  // Those of the dead have no consumer, and are the broker's to expire.
  const transient = queues.filter(
    ({ name, consumers }) => consumers > 0 && /^reply_|_fanout_/.test(name),
  )
  const fanouts = ['conductor', 'scheduler', 'compute'].flatMap(topic => {
    const own = transient.filter(({ name }) => name.startsWith(`${topic}_fanout_`))
    const wanted = topic === 'compute' ? cloud.computes.length : 1
    return own.length === wanted
      ? []
      : [violation('consumer', `${own.length} consumers of the fanout of ${topic}`)]
  })
  const waiting = transient.filter(({ messages }) => messages > 0)
  return [
    ...topics,
    ...fanouts,
    ...waiting.map(({ name, messages }) => violation('consumer', `${name}: ${messages} messages`)),
  ]
}

/** After the last server was deleted. */
export const auditEmpty = async (cloud: SeparateCloud): Promise<Violation[]> => {
  const claims = await withServer(
    async server =>
      (
        await server.query<RowDataPacket[]>(
          `select distinct consumer_id from ${cloud.id}_api.allocations`,
        )
      )[0],
    cloud.engines.mariadb,
  )
  const late = claims.map(row => violation('claim', `${row.consumer_id}, after all were deleted`))
  return [...late, ...(await auditPorts(cloud, []))]
}
