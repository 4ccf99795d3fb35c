import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { SeparateCloud } from '../test/support/separate-cloud.js'
import { MeasuredCloud } from './cloud.js'
import { cpuSeconds, load, residentMebibytes, type Shot } from './load.js'

const PROCESSES = 10
const HOSTS_OF_EACH = 10
/** Boots that are timed one by one. */
const ALONE = 100

/**
 * A hundred fake hosts: how fast servers come, how long one takes when it comes alone, and what a cloud of
 * many servers answers. `SQLite` is nova-all with all hosts in it; `MariaDB` is each service a process,
 * ten of them computes of ten hosts, RabbitMQ between them.
 *
 * @param servers  that are booted by sixteen clients
 */
export const fleet = async (engine: 'SQLite' | 'MariaDB', servers: number): Promise<void> => {
  const { cloud, stop } = await (engine === 'SQLite' ? together() : apart())
  try {
    console.log(`${engine}, ${PROCESSES * HOSTS_OF_EACH} fake hosts`)
    const { headers } = cloud
    const body = await cloud.serverBody('bench')
    const create: Shot = { method: 'POST', path: '/v2.1/servers', headers, body }

    alone('POST to ACTIVE, one client, no servers', await bootsAlone(cloud, create))

    const cpuBefore = cpuSeconds(cloud.pids)
    const start = performance.now()
    const posts = await load(cloud.origin, cloud.pids, () => create, {
      count: servers,
      inFlight: 16,
      expected: 202,
    })
    await cloud.waitForBoots(ALONE + servers, 3600)
    const seconds = (performance.now() - start) / 1000
    line(`boots, ${servers}, 16 clients`, [
      `${posts.requestsPerSecond.toFixed(1)} accepted/s`,
      `${(servers / seconds).toFixed(1)} ACTIVE/s`,
      `${(((cpuSeconds(cloud.pids) - cpuBefore) / servers) * 1000).toFixed(1)} ms CPU each`,
    ])
    refused(posts)

    alone(`POST to ACTIVE, one client, ${servers} servers`, await bootsAlone(cloud, create))

    const [some] = await idsOf(cloud, 1)
    const get = (path: string): Shot => ({ method: 'GET', path, headers })
    for (const [name, path, count, inFlight] of [
      ['show', `/v2.1/servers/${some}`, 2000, 16],
      ['list, 1,000 a page', '/v2.1/servers/detail', 40, 4],
      ['list by name', '/v2.1/servers?name=bench&limit=20', 500, 16],
    ] as const) {
      await load(cloud.origin, cloud.pids, () => get(path), {
        count: count / 10,
        inFlight,
        expected: 200,
      })
      const figures = await load(cloud.origin, cloud.pids, () => get(path), {
        count,
        inFlight,
        expected: 200,
      })
      line(`${name}, ${inFlight} clients`, [
        `${figures.requestsPerSecond.toFixed(1)}/s`,
        `p50 ${figures.medianMilliseconds.toFixed(1)} ms`,
        `${(figures.cpuMicroseconds / 1000).toFixed(2)} ms CPU each`,
      ])
      refused(figures)
    }

    const walked = performance.now()
    const ids = await idsOf(cloud, Number.POSITIVE_INFINITY)
    line(`all ${ids.length}, page by page`, [`${(performance.now() - walked).toFixed(0)} ms`])

    await deleteAll(cloud, ids)
    line('memory', [`${residentMebibytes(cloud.pids)} MiB in ${cloud.pids.length} processes`])
  } finally {
    await stop()
  }
}

interface Fleet {
  readonly cloud: MeasuredCloud
  stop(): Promise<void>
}

const together = async (): Promise<Fleet> => {
  const cloud = await MeasuredCloud.start({ computeNodes: PROCESSES * HOSTS_OF_EACH })
  return { cloud, stop: () => cloud.stop() }
}

const apart = async (): Promise<Fleet> => {
  const separate = await SeparateCloud.start({ computes: [] })
  const children: ChildProcess[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(
      children.map(async child => {
        const exited = once(child, 'exit')
        child.kill()
        await exited
      }),
    )
    await separate.stop()
  }
  try {
    for (let at = 0; at < PROCESSES; at++) {
      const hosts = Array.from({ length: HOSTS_OF_EACH }, (_, n) => `host${at}-${n}`)
      const args = [separate.writeComputeConf(`hosts${at}`), hosts.join(',')]
      const child = fork(join(import.meta.dirname, 'compute-hosts.js'), args, { silent: true })
      children.push(child)
      await serving(child)
    }
    await separate.manage('cell_v2', 'discover_hosts')
    const pids = children.map(({ pid }) => pid ?? 0)
    return { cloud: await MeasuredCloud.of(separate, pids), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const serving = async (child: ChildProcess): Promise<void> => {
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', text => (said += text))
  }
  const ended = once(child, 'exit').then(() => {
    throw new Error(`computes ended:\n${said}`)
  })
  while (!said.includes('serving') && child.stdout) {
    await Promise.race([once(child.stdout, 'data'), ended])
  }
  ended.catch(() => {})
}

/** Milliseconds that each took, in order of length. */
const bootsAlone = async (cloud: MeasuredCloud, create: Shot): Promise<readonly number[]> => {
  const times: number[] = []
  for (let n = 0; n < ALONE; n++) {
    const begun = performance.now()
    const body: unknown = JSON.parse(create.body ?? '')
    const { server } = await cloud.json<{ server: { id: string } }>('POST', create.path, body)
    await settled(cloud, server.id)
    times.push(performance.now() - begun)
  }
  return times.sort((a, b) => a - b)
}

const settled = async (cloud: MeasuredCloud, id: string): Promise<void> => {
  const deadline = performance.now() + 60_000
  for (;;) {
    const { server } = await cloud.json<{ server: { status: string } }>(
      'GET',
      `/v2.1/servers/${id}`,
    )
    if (server.status === 'ACTIVE') return
    if (server.status !== 'BUILD' || performance.now() > deadline) {
      throw new Error(`${id} is ${server.status}`)
    }
    await new Promise(resume => setTimeout(resume, 2))
  }
}

const idsOf = async (cloud: MeasuredCloud, count: number): Promise<readonly string[]> => {
  const ids: string[] = []
  while (ids.length < count) {
    const marker = ids.length > 0 ? `&marker=${ids.at(-1)}` : ''
    const limit = Math.min(count, 1000)
    const { servers } = await cloud.json<{ servers: { id: string }[] }>(
      'GET',
      `/v2.1/servers?limit=${limit}${marker}`,
    )
    if (servers.length === 0) break
    ids.push(...servers.map(({ id }) => id))
  }
  return ids
}

/** Every server by a request of its own, eight clients; gone is what no list shows. */
const deleteAll = async (cloud: MeasuredCloud, ids: readonly string[]): Promise<void> => {
  const start = performance.now()
  const shot = (n: number): Shot => ({
    method: 'DELETE',
    path: `/v2.1/servers/${ids[n]}`,
    headers: cloud.headers,
  })
  const figures = await load(cloud.origin, cloud.pids, shot, {
    count: ids.length,
    inFlight: 8,
    expected: 204,
  })
  const deadline = performance.now() + 3_600_000
  while ((await idsOf(cloud, 1)).length > 0) {
    if (performance.now() > deadline) throw new Error('servers are left after an hour')
    await new Promise(resume => setTimeout(resume, 50))
  }
  const seconds = (performance.now() - start) / 1000
  line(`delete all ${ids.length}, 8 clients`, [
    `${figures.requestsPerSecond.toFixed(1)} accepted/s`,
    `${(ids.length / seconds).toFixed(1)} gone/s`,
  ])
  refused(figures)
}

const alone = (name: string, times: readonly number[]): void => {
  const at = (part: number): string => {
    const time = times[Math.min(times.length - 1, Math.floor(times.length * part))]
    return time?.toFixed(0) ?? '-'
  }
  line(name, [`p50 ${at(0.5)} ms`, `p99 ${at(0.99)} ms`])
}

const line = (name: string, cells: readonly string[]): void =>
  console.log(`  ${name.padEnd(44)}${cells.join(', ')}`)

const refused = ({ failures, firstFailure }: { failures: number; firstFailure: string }): void => {
  if (failures) console.log(`    ${failures} were not answered so, the first: ${firstFailure}`)
}
