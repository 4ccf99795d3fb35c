import './require-node.js'
import { conductorService, serviceClients } from '../service/compose/index.js'
import { runDaemon } from './daemon.js'
import { openWaiting, startWorker } from './worker.js'

await runDaemon({
  name: 'nova-conductor',
  about: 'keeps the databases for those without one, and runs the tasks that span hosts',
  workers: conf => conf.conductor.workers,
  start: async context => {
    const process = await openWaiting(context)
    return startWorker(process, conductorService(process, serviceClients(context.conf)))
  },
})
