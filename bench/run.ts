import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { request } from 'undici'
import { Cloud } from './cloud.js'
import { type Figures, load, type Shot } from './load.js'

/**
 * `npm run bench`: the whole pipeline beside bare node:http answering the same bytes, in one run,
 * as ratios; then boots to ACTIVE per second. Absolute figures belong to the machine they ran on.
 */

const row = (name: string, ours: Figures, floor: Figures): void => {
  const cells = [
    name.padEnd(38),
    ours.requestsPerSecond.toFixed(0).padStart(9),
    floor.requestsPerSecond.toFixed(0).padStart(9),
    (floor.requestsPerSecond / ours.requestsPerSecond).toFixed(2).padStart(7),
    ours.cpuMicroseconds.toFixed(0).padStart(9),
    floor.cpuMicroseconds.toFixed(0).padStart(9),
    (ours.cpuMicroseconds / floor.cpuMicroseconds).toFixed(2).padStart(7),
  ]
  const failed = ours.failures + floor.failures
  console.log(cells.join(' ') + (failed ? `   ${failed} answers were not as expected` : ''))
}

/** The same load on a process that only answers the bytes that the cloud answered. */
const bareTwin = async (
  cloud: Cloud,
  shot: Shot,
  amount: { count: number; inFlight: number },
): Promise<Figures> => {
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
  const expected = sample.statusCode
  await load(origin, child.pid ?? 0, () => shot, { ...amount, count: amount.count / 10, expected })
  const figures = await load(origin, child.pid ?? 0, () => shot, { ...amount, expected })
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
  cloud: Cloud,
  shot: Shot,
  amount: { count: number; inFlight: number; expected: number },
): Promise<void> => {
  const floor = await bareTwin(cloud, shot, amount)
  await load(cloud.origin, cloud.pid, () => shot, {
    ...amount,
    count: Math.ceil(amount.count / 10),
  })
  row(name, await load(cloud.origin, cloud.pid, () => shot, amount), floor)
}

const waitForActive = async (cloud: Cloud, count: number): Promise<number> => {
  const deadline = performance.now() + 120_000
  while (performance.now() < deadline) {
    const { servers } = await cloud.json<{ servers: { id: string }[] }>(
      'GET',
      `/v2.1/servers?status=ACTIVE&limit=1000`,
    )
    if (servers.length >= count) return servers.length
    await new Promise(resume => setTimeout(resume, 20))
  }
  throw new Error(`not all of ${count} servers were ACTIVE within 120 s`)
}

const boots = async (computeNodes: number, count: number): Promise<void> => {
  const cloud = await Cloud.start(computeNodes)
  try {
    const body = await cloud.serverBody('bench')
    const shot = (): Shot => ({
      method: 'POST',
      path: '/v2.1/servers',
      headers: cloud.headers,
      body,
    })
    const start = performance.now()
    const posts = await load(cloud.origin, cloud.pid, shot, { count, inFlight: 16, expected: 202 })
    await waitForActive(cloud, count)
    const seconds = (performance.now() - start) / 1000
    const nodes = `${computeNodes} fake node${computeNodes === 1 ? '' : 's'}`
    console.log(
      `boots, ${nodes}, ${count} servers, 16 clients: ${posts.requestsPerSecond.toFixed(1)} accepted/s, ` +
        `${(count / seconds).toFixed(1)} ACTIVE/s`,
    )
  } finally {
    await cloud.stop()
  }
}

const main = async (): Promise<void> => {
  console.log('requests/s and microseconds of CPU a request; floor: node:http, the same bytes')
  console.log(
    `${''.padEnd(38)} ${'ours/s'.padStart(9)} ${'floor/s'.padStart(9)} ${'ratio'.padStart(7)} ` +
      `${'ours us'.padStart(9)} ${'floor us'.padStart(9)} ${'ratio'.padStart(7)}`,
  )
  const cloud = await Cloud.start(10)
  try {
    const { headers } = cloud
    const get = (path: string): Shot => ({ method: 'GET', path, headers })
    await compare(
      'GET /',
      cloud,
      { method: 'GET', path: '/' },
      { count: 10_000, inFlight: 16, expected: 200 },
    )
    const body = await cloud.serverBody('bench')
    for (let n = 0; n < 100; n++) await cloud.json('POST', '/v2.1/servers', JSON.parse(body))
    await waitForActive(cloud, 100)
    const detail = get('/v2.1/servers/detail')
    await compare('GET /v2.1/servers/detail, 100 servers', cloud, detail, {
      count: 300,
      inFlight: 8,
      expected: 200,
    })
    const post: Shot = { method: 'POST', path: '/v2.1/servers', headers, body }
    await compare('POST /v2.1/servers', cloud, post, { count: 300, inFlight: 8, expected: 202 })
  } finally {
    await cloud.stop()
  }
  await boots(1, 200)
  await boots(10, 200)
}

await main()
