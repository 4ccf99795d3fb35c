import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../fuzz/random.js'
import { inspectable } from '../support/heap.js'
import type { SeparateCloud, SeparateCloudOptions } from '../support/separate-cloud.js'
import { settle } from './actions.js'
import {
  auditDatabases,
  auditEmpty,
  auditOrders,
  auditPorts,
  auditQueues,
  auditQuota,
} from './audit.js'
import { auditGuests } from './audit-guests.js'
import { serveCustomers } from './customers.js'
import { auditMemory, type Memory, watchMemory } from './memory.js'
import type { Outcome } from './outcome.js'
import { type Violation, violation } from './rules.js'
import type { FaultSettings } from './settings.js'
import { type Trouble, Troublemaker } from './troubles.js'
import { until } from './wait.js'

const MAX_ATTEMPTS = 5

/** What is interrupted is told of in seconds, and a build takes long enough to be interrupted. */
const confOf = ({ durable, timeout }: FaultSettings): string => `[fake]
delays = spawn:1
[DEFAULT]
rpc_response_timeout = ${timeout}
long_rpc_timeout = ${Math.ceil(2.5 * timeout)}
report_interval = 3
service_down_time = 12
running_deleted_instance_poll_interval = 10
[quota]
instances = 10000
cores = 10000
ram = 10000000
[oslo_messaging_rabbit]
heartbeat_timeout_threshold = 6
amqp_durable_queues = ${durable}
[scheduler]
discover_hosts_in_cells_interval = 5
max_attempts = ${MAX_ATTEMPTS}
[filter_scheduler]
host_subset_size = 3
`

/** For the cloud of a run. */
export const cloudOptions = (
  settings: FaultSettings,
  engines?: SeparateCloudOptions['engines'],
): SeparateCloudOptions => ({
  conf: confOf(settings),
  proxied: true,
  env: inspectable,
  ...(engines ? { engines } : {}),
})

/**
 * Lets customers and troubles loose on a cloud, waits until it has come to rest, and looks which
 * promises it has kept.
 */
export const runFaults = async (
  cloud: SeparateCloud,
  settings: FaultSettings,
  say: (text: string) => void,
): Promise<Outcome> => {
  const { servers, parallel, actions, seed, rounds } = settings
  let progress = 0
  const customers = serveCustomers(cloud, new Random(seed + 1), servers, {
    parallel,
    actions,
    progress: () => progress,
    onOrder: done => {
      if (done % 10 === 0) say(`${done} of ${servers} servers ordered`)
    },
  })
  const troubles = await makeTroubles(cloud, settings, (text, done) => {
    progress = done
    say(text)
  })
  progress = 1
  await customers.done
  say('waiting for the cloud to come to rest')
  const { orders } = customers
  const gone = new Set(orders.filter(({ deleted }) => deleted).map(({ name }) => name))
  const look = async () => {
    const all = await cloud.servers()
    if (actions) for (const { id, status } of all) await settle(cloud, id, status)
    return all
  }
  const listed = await until(look, all =>
    all.every(({ name, status }) => (status === 'ACTIVE' || status === 'ERROR') && !gone.has(name)),
  )
  // What is swept away by and by has its time, too; what is found then, stays.
  const found = await until(
    async () => [
      ...auditOrders(orders, listed),
      ...(await auditDatabases(cloud, MAX_ATTEMPTS)),
      ...(await auditGuests(cloud, listed)),
      ...(await auditPorts(cloud, listed)),
      ...(await auditQuota(cloud, listed)),
      ...(await auditQueues(cloud)),
    ],
    all => all.length === 0,
    120,
  )
  say('deleting what is left')
  found.push(...(await empty(cloud)))
  let memory: readonly Memory[] = []
  if (rounds > 0) {
    say(`${rounds} calm rounds, to watch the memory`)
    memory = await watchMemory(cloud, rounds)
    found.push(...auditMemory(memory))
  }
  return { orders, listed, memory, troubles, found }
}

const makeTroubles = async (
  cloud: SeparateCloud,
  { kills, broker, database, cuts, holes, seed }: FaultSettings,
  made: (text: string, done: number) => void,
): Promise<ReadonlyMap<string, number>> => {
  const random = new Random(seed)
  const counts = { kill: kills, broker, database, cut: cuts, hole: holes }
  const troubles = (Object.keys(counts) as Trouble[]).flatMap(trouble =>
    Array.from({ length: counts[trouble] }, () => trouble),
  )
  const maker = new Troublemaker(cloud, random)
  const total = troubles.length
  while (troubles.length > 0) {
    const [trouble] = troubles.splice(random.int(0, troubles.length - 1), 1)
    if (!trouble) break
    const done = total - troubles.length
    made(`${done} of ${total}: ${await maker.make(trouble)}`, done / total)
    await sleep(random.int(0, 3000))
  }
  return maker.made
}

/** Deletes all that is there; nothing may be left. */
const empty = async (cloud: SeparateCloud): Promise<Violation[]> => {
  for (const { id } of await cloud.servers()) await cloud.api('DELETE', `/servers/${id}`)
  const left = await until(
    () => cloud.servers(),
    all => all.length === 0,
  )
  const late = await until(
    async () => [...(await auditEmpty(cloud)), ...(await auditGuests(cloud, []))],
    found => found.length === 0,
    60,
  )
  return [...left.map(({ name, status }) => violation('deleted', `${name} is ${status}`)), ...late]
}
