import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { rabbitUrl, uniqueName } from '../test/support/broker.js'
import { addVhost, deleteVhost } from '../test/support/vhost.js'
import { cpuSeconds } from './load.js'
import { median } from './median.js'
import type { Load } from './rpc-peer.js'

/** What goes there and back: about what an object of 2 KiB is. */
const payload = {
  'nova_object.name': 'Instance',
  'nova_object.data': Object.fromEntries(
    Array.from({ length: 50 }, (_, n) => [`field_${n}`, `value ${n} of a server`]),
  ),
}

/** What a peer is warmed up with; then it gets as much as fills {@link SECONDS} at its own pace. */
const loads: readonly (readonly [name: string, load: Load])[] = [
  ['call, 1 in flight', { kind: 'call', count: 200, inFlight: 1, payload }],
  ['call, 64 in flight', { kind: 'call', count: 640, inFlight: 64, payload }],
  ['cast', { kind: 'cast', count: 640, inFlight: 64, payload }],
]

/** Of one measurement, about. */
const SECONDS = 2

/** Rounds of all, one peer after the other: what else the machine does hits all of them. */
const ROUNDS = 5

/** Milliseconds that one load may take, on however busy a machine. */
const PATIENCE = 120_000

interface Figures {
  readonly perSecond: number
  /** Microseconds of both processes' processor time for one message there and, of a call, back. */
  readonly cpu: number
}

/** A client and a server of one kind, each a process. */
class Pair {
  readonly #processes: readonly ChildProcess[]
  readonly #lines: AsyncIterator<string>
  private constructor(server: ChildProcess, client: ChildProcess, lines: AsyncIterator<string>) {
    this.#processes = [client, server]
    this.#lines = lines
  }

  static async start(command: readonly string[], url: string): Promise<Pair> {
    const [program = '', ...args] = command
    const run = async (role: string) => {
      const child = spawn(program, [...args, role, url], { stdio: ['pipe', 'pipe', 'inherit'] })
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const { value } = await lines.next()
      if (value !== 'ready') throw new Error(`${command.join(' ')} ${role} did not start`)
      return { child, lines }
    }
    const server = await run('server')
    const client = await run('client')
    return new Pair(server.child, client.child, client.lines)
  }

  async measure(load: Load): Promise<Figures> {
    const pids = this.#processes.map(({ pid }) => pid ?? 0)
    const [cpuBefore, start] = [cpuSeconds(pids), performance.now()]
    this.#processes[0]?.stdin?.write(`${JSON.stringify(load)}\n`)
    const late = new AbortController()
    const answer = await Promise.race([
      this.#lines.next(),
      setTimeout(PATIENCE, null, { signal: late.signal }),
    ])
    late.abort()
    if (answer === null) throw new Error(`no answer within ${PATIENCE} ms: ${load.kind}`)
    if (answer.done) throw new Error('the client ended')
    return {
      perSecond: load.count / ((performance.now() - start) / 1000),
      cpu: ((cpuSeconds(pids) - cpuBefore) / load.count) * 1e6,
    }
  }

  async stop(): Promise<void> {
    for (const child of this.#processes) {
      const exited = once(child, 'exit')
      child.stdin?.end()
      const killer = globalThis.setTimeout(() => child.kill('SIGKILL'), 5000)
      await exited
      clearTimeout(killer)
    }
  }
}

const peers: Readonly<Record<string, readonly string[]>> = {
  ours: [process.execPath, join(import.meta.dirname, 'rpc-peer.js'), 'ours'],
  amqplib: [process.execPath, join(import.meta.dirname, 'rpc-peer.js'), 'bare'],
  'amqplib + JSON': [process.execPath, join(import.meta.dirname, 'rpc-peer.js'), 'json'],
  'oslo.messaging': ['/usr/bin/python3', resolve(import.meta.dirname, '../../bench/oslo_rpc.py')],
}

/**
 * Calls and casts of ours, of bare amqplib and of Debian's python3-oslo.messaging, on one broker: messages a
 * second, and processor time of client and server.
 */
export const rpc = async (): Promise<void> => {
  const vhost = uniqueName('bench-rpc')
  await addVhost(vhost)
  const pairs: [string, Pair][] = []
  try {
    for (const [name, command] of Object.entries(peers)) {
      // amqplib takes no other scheme.
      const url = name.startsWith('amqplib') ? rabbitUrl.replace('rabbit:', 'amqp:') : rabbitUrl
      pairs.push([name, await Pair.start(command, url + vhost)])
    }
    console.log('rpc: messages/s, and microseconds of CPU a message, of client and server')
    console.log(' '.repeat(22) + pairs.map(([name]) => name.padStart(24)).join(''))
    for (const [name, load] of loads) {
      const figures = pairs.map((): Figures[] => [])
      const counts: number[] = []
      for (const [, pair] of pairs) {
        await pair.measure(load)
        const { perSecond } = await pair.measure(load)
        counts.push(Math.ceil(Math.max(load.count, perSecond * SECONDS)))
      }
      for (let round = 0; round < ROUNDS; round++) {
        for (const [at, [, pair]] of pairs.entries()) {
          figures[at]?.push(await pair.measure({ ...load, count: counts[at] ?? load.count }))
        }
      }
      const cells = figures.map(rounds => {
        const perSecond = median(rounds.map(one => one.perSecond)).toFixed(0)
        return `${perSecond}/s ${median(rounds.map(one => one.cpu))
          .toFixed(0)
          .padStart(7)} us`
      })
      console.log(name.padEnd(22) + cells.map(cell => cell.padStart(24)).join(''))
    }
  } finally {
    for (const [, pair] of pairs) await pair.stop()
    await deleteVhost(vhost)
  }
}
