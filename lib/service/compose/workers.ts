import { QuotaEngine } from '../../compute/quota.js'
import { AllocationsManager } from '../../conductor/allocations.js'
import { ComputeTaskManager } from '../../conductor/compute-task.js'
import { ConductorManager } from '../../conductor/manager.js'
import type { NetworkApi } from '../../network/api.js'
import { schedulableCells } from '../../scheduler/cells.js'
import { schedulerFromConf } from '../../scheduler/from-conf.js'
import { Service } from '../service.js'
import type { DirectProcess } from './process.js'
import { serviceOptions } from './service-options.js'
import { ObjectServiceRecord } from './service-record.js'

/** nova-conductor: rows for those without a database, and the tasks that span hosts. */
export const conductorService = (
  process: DirectProcess,
  { network }: { readonly network: NetworkApi },
): Service<unknown> => {
  const { conf, api, cells, rpc, log, adminContext } = process
  const who = { host: conf.DEFAULT.host, binary: 'nova-conductor', topic: 'conductor' }
  const tasks = new ComputeTaskManager({
    host: who.host,
    api,
    cells,
    scheduler: rpc.scheduler,
    compute: rpc.compute,
    network,
    quota: new QuotaEngine(conf, cells),
    log,
    maxAttempts: conf.scheduler.max_attempts,
  })
  return new Service<unknown>({
    ...serviceOptions(process),
    ...who,
    endpoints: [
      new ConductorManager().endpoint(),
      tasks.endpoint(),
      new AllocationsManager(api).endpoint(),
    ],
    record: new ObjectServiceRecord(adminContext, who),
  })
}

/** nova-scheduler: chooses hosts, and claims room on them. */
export const schedulerService = (process: DirectProcess): Service<unknown> => {
  const { conf, api, connections, adminContext } = process
  const who = { host: conf.DEFAULT.host, binary: 'nova-scheduler', topic: 'scheduler' }
  const manager = schedulerFromConf({
    conf,
    api,
    cells: schedulableCells(connections, adminContext),
  })
  return new Service<unknown>({
    ...serviceOptions(process),
    ...who,
    endpoints: [manager.endpoint()],
    record: new ObjectServiceRecord(adminContext, who),
  })
}
