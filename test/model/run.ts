import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { calmSequence, play, sequence } from './play.js'

/** `npm run model -- --count 5000 --seed 1`: exit code 1 when something does not agree. */
const { values } = parseArgs({
  allowNegative: true,
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    path: { type: 'string' },
    calm: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: true },
  },
})

const numberOf = (name: 'count' | 'seed'): number => {
  const number = Number(values[name])
  if (Number.isSafeInteger(number)) return number
  console.error(`--${name} must be a whole number, got '${values[name]}'`)
  process.exit(2)
}

const [count, seed] = [numberOf('count'), numberOf('seed')]
let done = 0
const started = performance.now()
const result = await fc.check(
  fc.asyncProperty(values.calm ? calmSequence : sequence, async one => {
    process.stderr.write(`\r${done} of ${count} `)
    await play(one)
    done += 1
  }),
  {
    numRuns: count,
    seed,
    endOnFailure: values.shrink === false,
    ...(values.path === undefined ? {} : { path: values.path }),
  },
)
process.stderr.write('\n')
const seconds = Math.round((performance.now() - started) / 1000)
if (result.failed) {
  const { errorInstance, counterexamplePath, numRuns, numShrinks } = result
  console.log(errorInstance instanceof Error ? errorInstance.message : String(errorInstance))
  console.log(
    `\nsequence ${numRuns} of seed ${seed}, made shorter ${numShrinks} times, ${seconds} s`,
  )
  console.log(`again: npm run model -- --seed ${seed} --path "${counterexamplePath}"`)
  process.exitCode = 1
} else {
  console.log(`seed ${seed}: ${count} sequences agree with the model, ${seconds} s`)
}
