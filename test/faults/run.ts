import { missingForOwnEngines, OwnMariadb, OwnRabbit } from '../support/own-engines.js'
import { SeparateCloud } from '../support/separate-cloud.js'
import { cloudOptions, runFaults } from './faults.js'
import { table } from './outcome.js'
import { HELP, settingsOf } from './settings.js'

const read = () => {
  try {
    return settingsOf(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(2)
  }
}
const { settings, logs, help } = read()
if (help) {
  console.log(HELP)
  process.exit(0)
}
const missing = settings.shared ? [] : missingForOwnEngines()
if (missing.length > 0) {
  console.error(`not installed: ${missing.join(', ')}; --shared does without`)
  process.exit(2)
}

const say = (text: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`)
}

/** What is to be ended, last first. */
const ends: (() => Promise<void>)[] = []
const end = async (): Promise<void> => {
  for (const one of ends.splice(0).reverse()) await one()
}

let interrupted = false
process.once('SIGINT', () => {
  interrupted = true
  say('stopping; again: at once')
  process.once('SIGINT', () => process.exit(130))
  end().finally(() => process.exit(130))
})

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  if (!interrupted) throw error
} finally {
  if (!interrupted) await end()
}

async function main(): Promise<boolean> {
  console.log(`seed ${settings.seed}`)
  const cloud = await SeparateCloud.start(cloudOptions(settings, await engines()))
  ends.push(() => cloud.stop())
  const outcome = await runFaults(cloud, settings, say)
  for (const line of table(outcome)) console.log(line)
  const { found, orders } = outcome
  if (found.length > 0 && logs) {
    for (const [name, output] of cloud.outputs) console.log(`\n== ${name}\n${output}`)
  }
  // Of a cloud that takes no orders nothing is proved.
  const accepted = orders.filter(({ booted }) => booted === 202).length
  if (accepted >= settings.servers / 4) return found.length === 0
  console.log(`only ${accepted} of ${settings.servers} orders were accepted`)
  return false
}

async function engines() {
  if (settings.shared) return undefined
  say('starting a RabbitMQ and a MariaDB')
  const rabbit = await OwnRabbit.start()
  ends.push(() => rabbit.stop())
  const mariadb = await OwnMariadb.start()
  ends.push(() => mariadb.stop())
  return { rabbit, mariadb }
}
