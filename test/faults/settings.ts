import { parseArgs } from 'node:util'

export const HELP = `npm run faults -- [options]

Servers are created and deleted while their cloud's processes are killed, broker and database are
restarted, and the network between them fails. Exit code 1 when a promise was not kept in the end, 2
for a wrong option, 130 after Ctrl-C.

  --servers N    servers to order (200)
  --kills N      processes killed by SIGKILL and started again (50)
  --broker N     times that the broker is restarted, by its administrator or after a SIGKILL (5)
  --database N   the same of the database (5)
  --cuts N       times that some process loses its connections for some seconds (5)
  --holes N      times that nothing passes between some process and the broker (3)
  --parallel N   customers at once (6)
  --rounds N     calm rounds after it, in which memory may not grow (4)
  --timeout N    rpc_response_timeout, seconds (15): after it, and twice it, what was lost is seen to
  --seed N       the same seed makes the same troubles
  --actions      customers also reboot, stop, resize and migrate their servers
  --durable      with amqp_durable_queues
  --shared       on the machine's RabbitMQ and MariaDB, whose restarts are played by proxies; without,
                 the run starts a RabbitMQ and a MariaDB of its own
  --logs         print what the processes said when a promise was not kept`

/** What a run does. */
export interface FaultSettings {
  readonly servers: number
  readonly kills: number
  readonly broker: number
  readonly database: number
  readonly cuts: number
  readonly holes: number
  readonly parallel: number
  readonly rounds: number
  /** `rpc_response_timeout`, seconds */
  readonly timeout: number
  readonly seed: number
  readonly actions: boolean
  readonly durable: boolean
  readonly shared: boolean
}

const numbers = {
  servers: 200,
  kills: 50,
  broker: 5,
  database: 5,
  cuts: 5,
  holes: 3,
  parallel: 6,
  rounds: 4,
  timeout: 15,
} as const

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const

/** @throws Error with a sentence for whoever called it */
export const settingsOf = (args: readonly string[]) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      servers: text,
      kills: text,
      broker: text,
      database: text,
      cuts: text,
      holes: text,
      parallel: text,
      rounds: text,
      timeout: text,
      seed: text,
      actions: flag,
      durable: flag,
      shared: flag,
      logs: flag,
      help: flag,
    },
  })
  const numberOf = (name: keyof typeof numbers | 'seed', preset: number): number => {
    const number = Number(values[name] ?? preset)
    if (Number.isSafeInteger(number) && number >= 0) return number
    throw new Error(`--${name} must be a whole number, got '${values[name]}'`)
  }
  const of = (name: keyof typeof numbers): number => numberOf(name, numbers[name])
  const settings: FaultSettings = {
    servers: of('servers'),
    kills: of('kills'),
    broker: of('broker'),
    database: of('database'),
    cuts: of('cuts'),
    holes: of('holes'),
    parallel: of('parallel'),
    rounds: of('rounds'),
    timeout: of('timeout'),
    seed: numberOf('seed', Date.now() % 2 ** 31),
    actions: values.actions,
    durable: values.durable,
    shared: values.shared,
  }
  return { settings, logs: values.logs, help: values.help }
}
