import { loadConf } from '../lib/conf/index.js'
import { createLogger } from '../lib/log/index.js'
import {
  computeService,
  enforcerOf,
  openIndirectProcess,
  serviceClients,
} from '../lib/service/compose/index.js'

/**
 * Several nova-computes in one process, each with all that it would have by itself but the interpreter:
 * `compute-hosts.js NOVA.CONF HOST,HOST,...`. Prints `serving` when all of them do; SIGTERM ends it.
 */
const [file = '', names = ''] = process.argv.slice(2)

const services = names.split(',').map(host => {
  const conf = loadConf({ files: [file], overrides: { DEFAULT: { host } } })
  const log = createLogger({ name: 'nova-compute', level: 'error' })
  const one = openIndirectProcess({ conf, log, policy: enforcerOf(conf, log, file) })
  return { one, service: computeService(one, serviceClients(conf)) }
})

for (const { service } of services) await service.start()
console.log('serving')

process.once('SIGTERM', async () => {
  await Promise.all(services.map(({ service }) => service.stop()))
  await Promise.all(services.map(({ one }) => one.close()))
  process.exit()
})
