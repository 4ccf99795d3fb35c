import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Random } from '../fuzz/random.js'
import { SeparateCloud, type ServerState } from '../support/separate-cloud.js'
import {
  auditDatabases,
  auditEmpty,
  auditOrders,
  auditQueues,
  memoryOf,
  ruleTexts,
  type Violation,
} from './audit.js'
import { type Order, serveCustomers } from './customers.js'
import { type Trouble, Troublemaker } from './troubles.js'

const HELP = `npm run faults -- [options]

Servers are created and deleted while their cloud's processes are killed, and broker and database go
away. Exit code 1 when a promise was not kept in the end, 2 for a wrong option, 130 after Ctrl-C.

  --servers N    servers to order (200)
  --kills N      processes killed by SIGKILL and started again (50)
  --broker N     times that the broker goes away for some seconds (5)
  --database N   the same of the database (5)
  --holes N      times that nothing passes between some process and the broker (3)
  --parallel N   customers at once (6)
  --seed N       the same seed makes the same troubles
  --restart-services   restart RabbitMQ and MariaDB themselves, for everyone who uses them
  --logs         print what the processes said when a promise was not kept`

const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '200' },
    kills: { type: 'string', default: '50' },
    broker: { type: 'string', default: '5' },
    database: { type: 'string', default: '5' },
    holes: { type: 'string', default: '3' },
    parallel: { type: 'string', default: '6' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    'restart-services': { type: 'boolean', default: false },
    logs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}

type Count = 'servers' | 'kills' | 'broker' | 'database' | 'holes' | 'parallel' | 'seed'
const numberOf = (name: Count): number => {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= 0) return number
  console.error(`--${name} must be a whole number, got '${values[name]}'`)
  process.exit(2)
}
const [servers, seed] = [numberOf('servers'), numberOf('seed')]

/** What is interrupted is told of in seconds, and a build takes long enough to be interrupted. */
const conf = `[fake]
delays = spawn:1
[DEFAULT]
rpc_response_timeout = 15
long_rpc_timeout = 40
report_interval = 3
service_down_time = 12
[quota]
instances = 10000
cores = 10000
ram = 10000000
[oslo_messaging_rabbit]
heartbeat_timeout_threshold = 6
[scheduler]
discover_hosts_in_cells_interval = 5
max_attempts = 5
[filter_scheduler]
host_subset_size = 3
`
/** Seconds in which the cloud has to come to rest after the last trouble. */
const REST = 240
/** Resident MiB that a process may have in the end. */
const MOST_MEMORY = 400

const say = (text: string): void => {
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${text}\n`)
}

console.log(`seed ${seed}`)
const cloud = await SeparateCloud.start({ conf, proxied: true })
let interrupted = false
process.once('SIGINT', () => {
  interrupted = true
  say('stopping; again: at once')
  process.once('SIGINT', () => process.exit(130))
  cloud.stop().finally(() => process.exit(130))
})
try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  if (!interrupted) throw error
} finally {
  if (!interrupted) await cloud.stop()
}

async function main(): Promise<boolean> {
  const random = new Random(seed)
  const troubles: Trouble[] = (
    [
      ['kill', 'kills'],
      ['broker', 'broker'],
      ['database', 'database'],
      ['hole', 'holes'],
    ] as const
  ).flatMap(([trouble, option]) => Array.from({ length: numberOf(option) }, () => trouble))
  const maker = new Troublemaker(cloud, random, values['restart-services'])
  const customers = serveCustomers(cloud, new Random(seed + 1), servers, {
    parallel: numberOf('parallel'),
    onOrder: done => {
      if (done % 10 === 0) say(`${done} of ${servers} servers ordered`)
    },
  })
  const total = troubles.length
  while (troubles.length > 0) {
    const [trouble] = troubles.splice(random.int(0, troubles.length - 1), 1)
    if (!trouble) break
    say(`${total - troubles.length} of ${total}: ${await maker.make(trouble)}`)
    await sleep(random.int(0, 3000))
  }
  await customers.done
  const listed = await rest(customers.orders)
  const found = [
    ...auditOrders(customers.orders, listed),
    ...(await auditDatabases(cloud)),
    ...(await auditQueues(cloud)),
  ]
  const memory = cloud.processes.map(({ name, pid }) => ({ name, mib: memoryOf(pid) }))
  say('deleting what is left')
  for (const { id } of listed) await cloud.api('DELETE', `/servers/${id}`)
  const left = await until(all => all.length === 0)
  for (const { name, status } of left) {
    found.push({ rule: 'what is deleted is gone', what: `${name} is ${status}` })
  }
  found.push(...(await auditEmpty(cloud)))
  print({ orders: customers.orders, listed, memory, kills: maker.kills, found })
  if (found.length > 0 && values.logs) {
    for (const { name, output } of cloud.processes) console.log(`\n== ${name}\n${output}`)
  }
  // Of a cloud that takes no orders nothing is proved.
  const accepted = customers.orders.filter(({ booted }) => booted === 202).length
  if (accepted < servers / 4) console.log(`only ${accepted} of ${servers} orders were accepted`)
  if (accepted < servers / 4) return false
  return found.length === 0 && memory.every(({ mib }) => mib <= MOST_MEMORY)
}

/** Until everything is as it will stay, or too much time has passed. */
function rest(orders: readonly Order[]): Promise<readonly ServerState[]> {
  say('waiting for the cloud to come to rest')
  const gone = new Set(orders.filter(({ deleted }) => deleted).map(({ name }) => name))
  return until(all =>
    all.every(({ name, status }) => (status === 'ACTIVE' || status === 'ERROR') && !gone.has(name)),
  )
}

async function until(
  isSo: (servers: readonly ServerState[]) => boolean,
): Promise<readonly ServerState[]> {
  const deadline = performance.now() + REST * 1000
  for (;;) {
    const all = await cloud.servers()
    if (isSo(all) || performance.now() > deadline) return all
    await sleep(500)
  }
}

interface Outcome {
  readonly orders: readonly Order[]
  readonly listed: readonly ServerState[]
  readonly memory: readonly { readonly name: string; readonly mib: number }[]
  readonly kills: ReadonlyMap<string, number>
  readonly found: readonly Violation[]
}

function print({ orders, listed, memory, kills, found }: Outcome): void {
  const count = (status: string): number => listed.filter(one => one.status === status).length
  const table: readonly (readonly [string, number])[] = [
    ['ordered', orders.length],
    ['accepted (202)', orders.filter(({ booted }) => booted === 202).length],
    ['refused', orders.filter(({ booted }) => booted !== null && booted !== 202).length],
    ['not answered', orders.filter(({ booted }) => booted === null).length],
    ['deleted', orders.filter(({ deleted }) => deleted).length],
    ['deletion refused', orders.filter(({ refusals }) => refusals.length > 0).length],
    ['ACTIVE in the end', count('ACTIVE')],
    ['ERROR in the end', count('ERROR')],
  ]
  for (const [what, number] of table) console.log(`| ${what.padEnd(20)} | ${number} |`)
  const reasons = Map.groupBy(
    listed.filter(one => one.fault),
    one => String(one.fault).slice(0, 90),
  )
  for (const [fault, list] of reasons) console.log(`  ${list.length} × ${fault}`)
  const silences = Map.groupBy(
    orders.filter(one => one.silence),
    one => one.silence.slice(0, 90),
  )
  for (const [why, list] of silences) console.log(`  ${list.length} × not answered: ${why}`)
  for (const [name, times] of kills) console.log(`killed ${name}: ${times}`)
  for (const { name, mib } of memory) console.log(`${name}: ${mib} MiB`)
  for (const rule of ruleTexts) {
    const broken = found.filter(one => one.rule === rule)
    console.log(`${broken.length === 0 ? 'kept  ' : 'BROKEN'} ${rule}`)
    for (const { what } of broken.slice(0, 20)) console.log(`         ${what}`)
  }
}
