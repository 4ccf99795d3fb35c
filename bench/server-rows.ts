import { MeasuredCloud } from './cloud.js'
import { cpuSeconds, type Figures, load, type Shot } from './load.js'
import { type Measured, statements } from './statements.js'

const CLIENTS = [1, 16, 64]
/** Seconds that a row is measured for. */
const SECONDS = 4
/** Boots of each row of creates. */
const BOOTS = 200

/**
 * Lists, one server, flavors and creates, at several numbers of clients: requests a second, the median,
 * processor time of all processes of the cloud, and statements to the database for one request.
 * `SQLite` is nova-all; `MariaDB` is each service a process, RabbitMQ between them.
 *
 * @param servers  that there are before the first row
 */
export const serverRows = async (engine: 'SQLite' | 'MariaDB', servers: number): Promise<void> => {
  const counts = await statements()
  const cloud = await (engine === 'SQLite'
    ? MeasuredCloud.start({ computeNodes: 10 })
    : MeasuredCloud.startSeparate(['one', 'two']))
  try {
    const { headers } = cloud
    const body = await cloud.serverBody('bench')
    const create: Shot = { method: 'POST', path: '/v2.1/servers', headers, body }
    let there = 0
    const boot = async (count: number, inFlight: number): Promise<Figures> => {
      const before = cpuSeconds(cloud.pids)
      const amount = { count, inFlight, expected: 202 }
      const posts = await load(cloud.origin, cloud.pids, () => create, amount)
      there += count
      await cloud.waitForBoots(there)
      const cpuMicroseconds = ((cpuSeconds(cloud.pids) - before) / count) * 1e6
      return { ...posts, cpuMicroseconds }
    }
    await boot(servers, 16)
    const { servers: some } = await cloud.json<{ servers: { id: string }[] }>(
      'GET',
      '/v2.1/servers?limit=1',
    )
    console.log(`${engine}, ${servers} servers, version 2.93`)
    console.log(header)
    const gets: readonly (readonly [Measured, string])[] = [
      ['flavors', '/v2.1/flavors/detail'],
      ['server', `/v2.1/servers/${some[0]?.id}`],
      ['detail', '/v2.1/servers/detail'],
    ]
    for (const [name, path] of gets) {
      for (const clients of CLIENTS) {
        const figures = await timed(cloud, { method: 'GET', path, headers }, clients)
        row(path.replace(some[0]?.id ?? '', '{id}'), clients, figures, counts[name])
      }
    }
    for (const clients of CLIENTS) {
      row('POST /v2.1/servers', clients, await boot(BOOTS, clients), counts.create)
    }
  } finally {
    await cloud.stop()
  }
}

/** As many requests as fit into the time, by what a few of them took. */
const timed = async (cloud: MeasuredCloud, shot: Shot, clients: number): Promise<Figures> => {
  const shoot = (count: number): Promise<Figures> =>
    load(cloud.origin, cloud.pids, () => shot, { count, inFlight: clients, expected: 200 })
  const { requestsPerSecond } = await shoot(Math.max(clients, 20))
  return shoot(Math.max(clients, Math.ceil(requestsPerSecond * SECONDS)))
}

const header = `${'request'.padEnd(28)}${['clients', 'req/s', 'p50 ms', 'CPU us', 'SQL']
  .map(name => name.padStart(10))
  .join('')}`

const row = (name: string, clients: number, figures: Figures, sql: number): void => {
  const { requestsPerSecond, medianMilliseconds, cpuMicroseconds, failures } = figures
  const cells = [
    String(clients),
    requestsPerSecond.toFixed(requestsPerSecond < 100 ? 1 : 0),
    medianMilliseconds.toFixed(1),
    cpuMicroseconds.toFixed(0),
    String(sql),
  ]
  console.log(name.padEnd(28) + cells.map(cell => cell.padStart(10)).join(''))
  if (failures) console.log(`  ${failures} failed, the first: ${figures.firstFailure}`)
}
