import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { Instance } from '../lib/objects/index.js'
import { fullInstance } from './full-instance.js'
import { median } from './median.js'

/** One peer after the other: what else the machine does hits both. */
const ROUNDS = 5

/** Of each measurement, about. */
const SECONDS = 1

/** Microseconds of processor time for one object. */
interface Costs {
  /** From what travels to an object. */
  readonly read: number
  /** From an object to what travels. */
  readonly write: number
}

const microsecondsOf = (work: () => unknown): number => {
  const times = (count: number): number => {
    const before = process.cpuUsage()
    for (let done = 0; done < count; done++) work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / count
  }
  return times(Math.ceil((SECONDS * 1e6) / times(500)))
}

const ours = (): Costs => {
  const instance = Instance.fromPrimitive(fullInstance, null)
  return {
    read: microsecondsOf(() => Instance.fromPrimitive(fullInstance, null)),
    write: microsecondsOf(() => instance.toPrimitive()),
  }
}

const script = resolve(import.meta.dirname, '../../bench/nova_objects.py')

/** Of Debian's python3-nova; and whether it writes what it was given, and so took all of it. */
const novas = async (): Promise<Costs> => {
  const child = spawn('/usr/bin/python3', ['-W', 'ignore', script, String(SECONDS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 120_000,
  })
  child.stdin.end(JSON.stringify(fullInstance))
  const [answer, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`${script} ended with ${code}`)
  const { again, ...costs } = JSON.parse(answer) as Costs & { again: object }
  assert.deepEqual(sorted(again), sorted(Instance.fromPrimitive(fullInstance, null).toPrimitive()))
  return costs
}

/** Sets are lists in no order on the wire, JSON in it has blanks or none, and changes are nobody's here. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    const items = value.map(sorted)
    return items.every(item => typeof item === 'number') ? items.sort() : items
  }
  if (typeof value === 'string' && value.startsWith('[{')) return JSON.parse(value)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => key !== 'nova_object.changes')
  return Object.fromEntries(kept.map(([key, item]) => [key, sorted(item)]))
}

/** An Instance with everything in it, read and written: ours beside nova's own. */
export const objects = async (): Promise<void> => {
  const rounds: { readonly ours: Costs; readonly novas: Costs }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ ours: ours(), novas: await novas() })
  }
  const bytes = JSON.stringify(fullInstance).length
  console.log(
    `objects: an Instance of ${bytes} bytes; microseconds of CPU, and as many a second of it`,
  )
  for (const kind of ['read', 'write'] as const) {
    const mine = median(rounds.map(round => round.ours[kind]))
    const theirs = median(rounds.map(round => round.novas[kind]))
    const cells = [mine, theirs].map(
      cost => `${cost.toFixed(1).padStart(9)} us ${(1e6 / cost).toFixed(0).padStart(7)}/s`,
    )
    console.log(
      `${kind.padEnd(8)}ours${cells[0]}   nova.objects${cells[1]}   ${(theirs / mine).toFixed(0)}x`,
    )
  }
}
