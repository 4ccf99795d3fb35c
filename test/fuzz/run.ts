import { parseArgs } from 'node:util'
import { type FuzzReport, fuzz } from './fuzz.js'

/** `npm run fuzz -- --count 50000 --seed 1 --only 'POST /servers'`: exit code 1 when an answer is wrong. */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    only: { type: 'string' },
  },
})

const numberOf = (name: 'count' | 'seed'): number => {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= 0) return number
  console.error(`--${name} must be a whole number, got '${values[name]}'`)
  process.exit(2)
}

const [count, seed] = [numberOf('count'), numberOf('seed')]
const started = performance.now()
const report = await fuzz({
  count,
  seed,
  only: values.only === undefined ? undefined : new RegExp(values.only),
  onProgress: done => process.stderr.write(`\r${done} of ${count} `),
})
process.stderr.write('\n')
print(report)
process.exitCode = report.failures.length ? 1 : 0

function print({ failures, statuses, broken, targets, heap, handles }: FuzzReport): void {
  const seconds = (performance.now() - started) / 1000
  const by = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`)
  console.log(`seed ${seed}: ${count} requests to ${targets} methods in ${seconds.toFixed(0)} s`)
  console.log(`${broken} of them broken in one place; answers ${by.join(', ')}`)
  const [first = 0, second = first] = heap
  const last = heap.at(-1) ?? first
  console.log(
    `heap after the first APIs ${mib(first)}, ${mib(second)}, after the last ${mib(last)}`,
  )
  console.log(`handles after the first ${handles[0]}, after the last ${handles.at(-1)}`)
  const kinds = new Map<string, typeof failures>()
  for (const failure of failures) {
    const kind = `${failure.request.label.replace(/ at 2\.\d+$/, '')}: ${failure.fault.slice(0, 60)}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), failure])
  }
  for (const [kind, list] of kinds) {
    const [one] = list
    if (!one) continue
    const { request, number } = one
    console.log(`\n${list.length} times: ${kind}`)
    console.log(
      `  number ${number}, ${request.label}: ${request.method} ${request.path.slice(0, 300)}`,
    )
    console.log(`  ${JSON.stringify(request.headers)} ${(request.body ?? '').slice(0, 600)}`)
    console.log(`  ${one.fault.slice(0, 600)}`)
    if (one.logged) console.log(`  ${one.logged.slice(0, 900)}`)
  }
  console.log(`\n${failures.length} answers were wrong`)
}

function mib(value: number): string {
  return `${value.toFixed(1)} MiB`
}
