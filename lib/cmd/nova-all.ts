import './require-node.js'
import { createLogger } from '../log/index.js'
import { handleSignals, processSection, renderReport } from '../service/index.js'
import { type CloudReport, EmbeddedCloud } from './all/cloud.js'
import { type AllOptions, help, readOptions, UsageError } from './all/options.js'
import { StateDir, StateDirError } from './all/state.js'
import { reasonOf } from './daemon.js'
import { version } from './version.js'

/** A cloud that does not end within this many seconds is left. */
const STOP_LIMIT = 2

const main = async (): Promise<void> => {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') return void process.stdout.write(help)
  if (options === 'version') return console.log(version)
  const state = StateDir.open(options.stateDir)
  const log = createLogger({
    name: 'kilonova',
    level: options.debug ? 'debug' : 'info',
    file: state.file('kilonova.log'),
  })
  const cloud = new EmbeddedCloud(options, state, log)
  let isStopping = false
  handleSignals({
    log,
    limit: STOP_LIMIT,
    stop: () => {
      isStopping = true
      return cloud.stop()
    },
    reload: () => cloud.reload(),
    report: () =>
      process.stderr.write(renderReport([processSection('nova-all', version), ...cloud.report()])),
  })
  let report: CloudReport
  try {
    report = await cloud.start()
  } catch (error) {
    // The stop that broke it off ends the process, and with its own status.
    if (!isStopping) throw error
    log.debug({ err: error }, 'the start was broken off')
    return
  }
  if (!options.quiet && !isStopping) console.log(told(report, options, state))
}

const told = ({ url, openrc, hosts }: CloudReport, options: AllOptions, state: StateDir): string =>
  [
    `Kilonova ${version} runs at ${url}`,
    ...(options.companionsOnly
      ? []
      : [
          `  compute   ${url}/v2.1    (nova-api, conductor, scheduler; fake computes ${hosts.join(', ')})`,
        ]),
    `  identity  ${url}/identity/v3    image   ${url}/image`,
    `  network   ${url}/network        volume  ${url}/volume/v3`,
    `  state     ${state.path}    log  ${state.file('kilonova.log')}`,
    ...(openrc
      ? [
          'Try:',
          `  . ${openrc}`,
          options.companionsOnly
            ? '  openstack token issue'
            : '  openstack server create --flavor m1.tiny --image cirros --network private --wait first',
        ]
      : ['The password of admin is not known here: give it with --admin-password.']),
    'Ctrl-C ends it.',
  ].join('\n')

try {
  await main()
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`nova-all: ${error.message}`)
    process.exit(2)
  }
  console.error(`nova-all: ${error instanceof StateDirError ? error.message : reasonOf(error)}`)
  process.exit(1)
}
