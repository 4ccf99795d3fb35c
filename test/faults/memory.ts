import { readFileSync } from 'node:fs'
import { heapOf } from '../support/heap.js'
import type { Process } from '../support/processes.js'
import type { SeparateCloud } from '../support/separate-cloud.js'
import { auditQueues } from './audit.js'
import { type Violation, violation } from './rules.js'
import { cutOff } from './troubles.js'
import { until } from './wait.js'

/** Bytes by which a heap may be larger after the last calm round than after the second. */
const MOST_GROWTH = 3 * 2 ** 20
/** Resident MiB that a process may have in the end. */
const MOST_MEMORY = 400
/** Servers of a round. */
const SERVERS = 10

export interface Memory {
  readonly name: string
  /** Bytes that live in the heap after each round. */
  readonly heaps: readonly number[]
  /** MiB */
  readonly resident: number
}

/** Resident memory, MiB, as Linux tells. */
const residentOf = (pid: number): number => {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kib ?? 0) / 1024)
}

/**
 * The same work several times, a loss of all connections and servers that come and go, in processes that
 * nobody kills meanwhile: whatever is kept of it shows in the heap.
 */
export const watchMemory = async (cloud: SeparateCloud, rounds: number): Promise<Memory[]> => {
  const heaps = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    await play(cloud, round)
    for (const [name, process] of cloud.named) {
      heaps.set(name, [...(heaps.get(name) ?? []), await heapOf(process)])
    }
  }
  const known = (name: string): readonly number[] => heaps.get(name) ?? []
  return [...cloud.named].map(([name, process]: [string, Process]) => ({
    name,
    heaps: known(name),
    resident: residentOf(process.pid),
  }))
}

const play = async (cloud: SeparateCloud, round: number): Promise<void> => {
  const brokers = [cloud.broker, ...cloud.computes.map(host => cloud.brokerOf(host))]
  await cutOff([...brokers, cloud.database], 500)
  await until(
    () => auditQueues(cloud),
    found => found.length === 0,
  )
  await cloud.boot(`round-${round}`, SERVERS)
  const servers = await until(
    () => cloud.servers(),
    all => all.every(({ status }) => status === 'ACTIVE' || status === 'ERROR'),
  )
  for (const { id } of servers) await cloud.api('DELETE', `/servers/${id}`)
  await until(
    () => cloud.servers(),
    all => all.length === 0,
  )
}

/** The first round warms up: caches fill, code is compiled. */
export const auditMemory = (memory: readonly Memory[]): Violation[] =>
  memory.flatMap(({ name, heaps, resident }) => {
    const [, first, ...others] = heaps
    const grown = first === undefined ? 0 : (others.at(-1) ?? first) - first
    const mib = (grown / 2 ** 20).toFixed(1)
    return [
      ...(grown > MOST_GROWTH ? [violation('memory', `${name}: its heap grew by ${mib} MiB`)] : []),
      ...(resident > MOST_MEMORY
        ? [violation('memory', `${name} takes ${resident} MiB, ${MOST_MEMORY} at most`)]
        : []),
    ]
  })
