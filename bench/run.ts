import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { request } from 'undici'
import { MeasuredCloud } from './cloud.js'
import { fleet } from './fleet.js'
import { type Amount, type Figures, load, residentMebibytes, type Shot } from './load.js'
import { objects } from './objects.js'
import { pasteLoad } from './paste-load.js'
import { pasteRequests } from './paste-requests.js'
import { rpc } from './rpc.js'
import { schedulerDecisions } from './scheduler.js'
import { serverRows } from './server-rows.js'

/**
 * `npm run bench`: the whole pipeline beside bare node:http answering the same bytes, in one run,
 * as ratios; then boots to ACTIVE per second, start and memory. Absolute figures belong to the
 * machine they ran on.
 *
 *     npm run bench -- [--only WORD] [--servers N]
 *
 * `--only` takes what has the word in its name.
 */
const { values: options } = parseArgs({
  options: { only: { type: 'string' }, servers: { type: 'string', default: '100' } },
})
const servers = Number(options.servers)
if (!Number.isInteger(servers) || servers < 1) {
  throw new Error(`--servers is '${options.servers}': expected a whole number above 0`)
}

const isWanted = (name: string): boolean =>
  options.only === undefined || name.includes(options.only)

const columns = ['ours/s', 'floor/s', 'ratio', 'ours us', 'floor us', 'ratio', 'p50 ms']

const row = (name: string, cells: readonly string[]): void =>
  console.log(name.padEnd(44) + cells.map(cell => cell.padStart(10)).join(''))

const compared = (name: string, ours: Figures, floor: Figures): void => {
  row(name, [
    ours.requestsPerSecond.toFixed(0),
    floor.requestsPerSecond.toFixed(0),
    (floor.requestsPerSecond / ours.requestsPerSecond).toFixed(2),
    ours.cpuMicroseconds.toFixed(0),
    floor.cpuMicroseconds.toFixed(0),
    (ours.cpuMicroseconds / floor.cpuMicroseconds).toFixed(2),
    ours.medianMilliseconds.toFixed(1),
  ])
  for (const { failures, firstFailure } of [ours, floor]) {
    if (failures)
      console.log(`  ${failures} answers were not as expected, the first: ${firstFailure}`)
  }
}

/** The same load on a process that only answers the bytes that the cloud answered. */
const bareTwin = async (cloud: MeasuredCloud, shot: Shot, amount: Amount): Promise<Figures> => {
  const sample = await request(cloud.origin + shot.path, {
    method: shot.method,
    headers: shot.headers,
    ...(shot.body ? { body: shot.body } : {}),
  })
  const headers: Record<string, string | string[]> = {}
  for (const [key, value] of Object.entries(sample.headers)) {
    if (value !== undefined && !hopByHop.has(key)) headers[key] = value
  }
  const child = fork(join(import.meta.dirname, 'bare.js'))
  child.send({ status: sample.statusCode, headers, body: await sample.body.text() })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const origin = `http://127.0.0.1:${port}`
  const pids = [child.pid ?? 0]
  // More of them: a floor that is measured for a blink is none.
  const count = Math.max(amount.count, 3000)
  await load(origin, pids, () => shot, { ...amount, count: count / 10 })
  const figures = await load(origin, pids, () => shot, { ...amount, count })
  child.disconnect()
  await once(child, 'exit')
  return figures
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'date',
])

const compare = async (
  name: string,
  cloud: MeasuredCloud,
  shot: Shot,
  amount: Amount,
): Promise<void> => {
  if (!isWanted(name)) return
  const floor = await bareTwin(cloud, shot, amount)
  await load(cloud.origin, cloud.pids, () => shot, {
    ...amount,
    count: Math.ceil(amount.count / 10),
  })
  compared(name, await load(cloud.origin, cloud.pids, () => shot, amount), floor)
}

const requests = async (): Promise<void> => {
  const names = {
    root: 'GET /',
    version: 'GET /v2.1/',
    flavors: 'GET /v2.1/flavors/detail',
    server: 'GET /v2.1/servers/{id}',
    detail: `GET /v2.1/servers/detail, ${servers} servers`,
    create: 'POST /v2.1/servers',
  }
  if (!Object.values(names).some(isWanted)) return
  console.log('requests/s and microseconds of CPU a request; floor: node:http, the same bytes')
  row('', columns)
  const cloud = await MeasuredCloud.start({ computeNodes: 10 })
  try {
    const { headers } = cloud
    const get = (path: string): Shot => ({ method: 'GET', path, headers })
    const many = { count: 10_000, inFlight: 16, expected: 200 }
    await compare(names.root, cloud, { method: 'GET', path: '/' }, many)
    await compare(names.version, cloud, get('/v2.1/'), many)
    await compare(names.flavors, cloud, get('/v2.1/flavors/detail'), { ...many, count: 3000 })
    const body = await cloud.serverBody('bench')
    if (isWanted(names.server) || isWanted(names.detail)) {
      const ids: string[] = []
      for (let n = 0; n < servers; n++) {
        const { server } = await cloud.json<{ server: { id: string } }>(
          'POST',
          '/v2.1/servers',
          JSON.parse(body),
        )
        ids.push(server.id)
      }
      await cloud.waitForBoots(servers)
      await compare(names.server, cloud, get(`/v2.1/servers/${ids[0]}`), { ...many, count: 1000 })
      await compare(names.detail, cloud, get('/v2.1/servers/detail'), {
        count: Math.ceil(Math.max(30, 30_000 / servers)),
        inFlight: 8,
        expected: 200,
      })
    }
    const post: Shot = { method: 'POST', path: '/v2.1/servers', headers, body }
    await compare(names.create, cloud, post, { count: 200, inFlight: 8, expected: 202 })
  } finally {
    await cloud.stop()
  }
}

const boots = async (computeNodes: number, count: number): Promise<void> => {
  const name = `boots, ${computeNodes} fake node${computeNodes === 1 ? '' : 's'}`
  if (!isWanted(name)) return
  const begun = performance.now()
  const cloud = await MeasuredCloud.start({ computeNodes })
  try {
    const started = performance.now() - begun
    const fresh = residentMebibytes(cloud.pids)
    const body = await cloud.serverBody('bench')
    const { headers } = cloud
    const shot = (): Shot => ({ method: 'POST', path: '/v2.1/servers', headers, body })
    const start = performance.now()
    const posts = await load(cloud.origin, cloud.pids, shot, { count, inFlight: 16, expected: 202 })
    await cloud.waitForBoots(count)
    const seconds = (performance.now() - start) / 1000
    console.log(
      `${name}, ${count} servers, 16 clients: ${posts.requestsPerSecond.toFixed(1)} accepted/s, ` +
        `${(count / seconds).toFixed(1)} ACTIVE/s; start ${(started / 1000).toFixed(2)} s, ` +
        `memory ${fresh} MiB fresh, ${residentMebibytes(cloud.pids)} MiB after`,
    )
    if (posts.failures) console.log(`  ${posts.failures} refused, the first: ${posts.firstFailure}`)
  } finally {
    await cloud.stop()
  }
}

if (isWanted('paste: load')) await pasteLoad()
if (isWanted('paste: requests')) await pasteRequests()
if (isWanted('scheduler')) await schedulerDecisions()
if (isWanted('rpc')) await rpc()
if (isWanted('objects')) await objects()
for (const engine of ['SQLite', 'MariaDB'] as const) {
  if (isWanted(`rows: ${engine}`)) await serverRows(engine, servers)
}
for (const engine of ['SQLite', 'MariaDB'] as const) {
  if (isWanted(`fleet: ${engine}`)) await fleet(engine, servers)
}
await requests()
await boots(1, 200)
await boots(10, 200)
