import './require-node.js'
import {
  computeService,
  enforcerOf,
  openIndirectProcess,
  serviceClients,
} from '../service/compose/index.js'
import { runDaemon } from './daemon.js'
import { startWorker } from './worker.js'

await runDaemon({
  name: 'nova-compute',
  about: 'runs the guests of one host',
  start: async ({ conf, log, confFile, metrics, signal }) => {
    const process = openIndirectProcess({
      conf,
      log,
      metrics,
      policy: enforcerOf(conf, log, confFile),
    })
    return startWorker(process, computeService(process, { ...serviceClients(conf), signal }))
  },
})
