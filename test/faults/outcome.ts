import type { ServerState } from '../support/separate-cloud.js'
import type { Order } from './customers.js'
import type { Memory } from './memory.js'
import { ruleTexts, type Violation } from './rules.js'

/** What a run saw. */
export interface Outcome {
  readonly orders: readonly Order[]
  readonly listed: readonly ServerState[]
  readonly memory: readonly Memory[]
  /** What was done to the cloud, and how often. */
  readonly troubles: ReadonlyMap<string, number>
  readonly found: readonly Violation[]
}

/** Violations shown of one rule. */
const SHOWN = 20

/** The table of a run, line by line. */
export function* table({ orders, listed, memory, troubles, found }: Outcome): Iterable<string> {
  const count = (status: string): number => listed.filter(one => one.status === status).length
  const counts: readonly (readonly [string, number])[] = [
    ['ordered', orders.length],
    ['accepted (202)', orders.filter(({ booted }) => booted === 202).length],
    ['refused', orders.filter(({ booted }) => booted !== null && booted !== 202).length],
    ['not answered', orders.filter(({ booted }) => booted === null).length],
    ['deleted', orders.filter(({ deleted }) => deleted).length],
    ['deletion refused', orders.filter(({ refusals }) => refusals.length > 0).length],
    ['ACTIVE in the end', count('ACTIVE')],
    ['ERROR in the end', count('ERROR')],
  ]
  yield '| servers | |'
  yield '| --- | ---: |'
  for (const [what, number] of counts) yield `| ${what} | ${number} |`
  yield* grouped(listed.flatMap(({ fault }) => (fault ? `in ERROR: ${fault}` : [])))
  yield* grouped(orders.flatMap(({ silence }) => (silence ? `not answered: ${silence}` : [])))
  const statuses = orders.flatMap(({ booted }) => (booted === null ? [] : String(booted)))
  yield* grouped(statuses.filter(one => one !== '202').map(one => `refused: ${one}`))
  yield* grouped(orders.flatMap(({ refusals }) => refusals.map(why => `not deleted: ${why}`)))
  yield ''
  yield '| trouble | times |'
  yield '| --- | ---: |'
  for (const [what, times] of [...troubles].sort()) yield `| ${what} | ${times} |`
  if (memory.length > 0) {
    yield ''
    yield '| process | heap after each calm round, MiB | resident, MiB |'
    yield '| --- | --- | ---: |'
    for (const { name, heaps, resident } of memory) {
      const mib = heaps.map(bytes => (bytes / 2 ** 20).toFixed(1)).join(' ')
      yield `| ${name} | ${mib} | ${resident} |`
    }
  }
  yield ''
  yield '| promise | |'
  yield '| --- | --- |'
  for (const rule of ruleTexts) {
    const broken = found.filter(one => one.rule === rule).length
    yield `| ${rule} | ${broken === 0 ? 'kept' : `BROKEN ${broken} times`} |`
  }
  for (const rule of ruleTexts) {
    const broken = found.filter(one => one.rule === rule)
    if (broken.length > 0) yield `\n${rule}: not so`
    for (const { what } of broken.slice(0, SHOWN)) yield `  ${what}`
  }
}

/** Texts that differ in ids only are one. */
function* grouped(texts: readonly string[]): Iterable<string> {
  const alike = Map.groupBy(texts, text => text.replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, '…'))
  for (const [text, list] of alike) yield `| – ${text.slice(0, 90)} | ${list.length} |`
}
