import './require-node.js'
import { schedulerService } from '../service/compose/index.js'
import { runDaemon } from './daemon.js'
import { openWaiting, startWorker } from './worker.js'

await runDaemon({
  name: 'nova-scheduler',
  about: 'chooses hosts for servers, and claims room on them',
  workers: conf => conf.scheduler.workers,
  start: async context => {
    const process = await openWaiting(context)
    return startWorker(process, await schedulerService(process))
  },
})
