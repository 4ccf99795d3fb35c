import { QuotaEngine } from '../../compute/quota.js'
import { endAbandonedBuilds } from '../../conductor/abandoned-builds.js'
import { AllocationsManager } from '../../conductor/allocations.js'
import { ComputeTaskManager } from '../../conductor/compute-task.js'
import { ConductorManager } from '../../conductor/manager.js'
import { endOrphanedClaims } from '../../conductor/orphaned-claims.js'
import type { ConductorServices } from '../../conductor/services.js'
import { finishDeletions } from '../../conductor/unfinished-deletions.js'
import type { RequestContext } from '../../context/index.js'
import type { ImageApi } from '../../image/api.js'
import { partOf } from '../../log/index.js'
import type { NetworkApi } from '../../network/api.js'
import { discoverHosts } from '../../objects/index.js'
import { schedulableCells } from '../../scheduler/cells.js'
import { schedulerFromConf } from '../../scheduler/from-conf.js'
import type { VolumeApi } from '../../volume/api.js'
import { Service } from '../service.js'
import { claimsOf, placementOf } from './placement.js'
import type { DirectProcess } from './process.js'
import { serviceOptions } from './service-options.js'
import { ObjectServiceRecord } from './service-record.js'

export interface ConductorParts {
  readonly network: NetworkApi
  readonly images: ImageApi
  readonly volumes: VolumeApi
  /** Nobody else may be working on a build at the start: a cloud in one process. */
  readonly isAlone?: boolean
}

/** nova-conductor: rows for those without a database, and the tasks that span hosts. */
export const conductorService = (
  process: DirectProcess,
  { network, images, volumes, isAlone = false }: ConductorParts,
): Service<unknown> => {
  const { conf, api, cells, rpc, log, adminContext } = process
  const placement = placementOf(conf, log)
  const who = { host: conf.DEFAULT.host, binary: 'nova-conductor', topic: 'conductor' }
  const services: ConductorServices = {
    host: who.host,
    claims: claimsOf(process, placement),
    cells,
    scheduler: rpc.scheduler,
    compute: rpc.compute,
    network,
    images,
    volumes,
    quota: new QuotaEngine(conf, cells),
    log: partOf(log, 'nova.conductor.manager'),
    maxAttempts: conf.scheduler.max_attempts,
    migrateMaxRetries: conf.DEFAULT.migrate_max_retries,
    defaultZone: conf.DEFAULT.default_availability_zone,
    serviceDownTime: conf.DEFAULT.service_down_time,
    precacheConcurrency: conf.image_cache.precache_concurrency,
  }
  const tasks = new ComputeTaskManager(services)
  const endAbandoned = async (before: Date | null): Promise<void> => {
    const options = { ...services, mappings: (context: RequestContext) => cells.mappings(context) }
    await endAbandonedBuilds(adminContext, options, before)
    await finishDeletions(adminContext, options, before)
    // What Placement holds, `nova-manage placement audit` looks through, as in nova.
    if (!placement) await endOrphanedClaims(adminContext, { ...options, api }, before)
  }
  // Longer than any call of a living conductor may take.
  const patience = conf.DEFAULT.instance_build_timeout || conf.DEFAULT.long_rpc_timeout
  return new Service<unknown>({
    ...serviceOptions(process),
    ...who,
    endpoints: [
      new ConductorManager().endpoint(),
      tasks.endpoint(),
      // With Placement, computes speak to that.
      ...(placement ? [] : [new AllocationsManager(api).endpoint()]),
    ],
    record: new ObjectServiceRecord(adminContext, who),
    manager: {
      ...(isAlone ? { initHost: () => endAbandoned(null) } : {}),
      periodicTasks: () => [
        {
          name: 'end_abandoned_builds',
          spacing: Math.min(60, patience),
          run: () => endAbandoned(new Date(Date.now() - patience * 1000)),
        },
      ],
    },
  })
}

/** nova-scheduler: chooses hosts, and claims room on them. */
export const schedulerService = async (process: DirectProcess): Promise<Service<unknown>> => {
  const { conf, api, connections, cells, log, adminContext } = process
  const who = { host: conf.DEFAULT.host, binary: 'nova-scheduler', topic: 'scheduler' }
  const manager = await schedulerFromConf({
    conf,
    api,
    cells: schedulableCells(connections, adminContext),
    placement: placementOf(conf, log),
    log: partOf(log, 'nova.scheduler.host_manager'),
  })
  return new Service<unknown>({
    ...serviceOptions(process),
    ...who,
    endpoints: [manager.endpoint()],
    record: new ObjectServiceRecord(adminContext, who),
    manager: {
      periodicTasks: () => [
        {
          name: 'discover_hosts',
          spacing: conf.scheduler.discover_hosts_in_cells_interval,
          run: async () => {
            const { answers } = await cells.gather(adminContext, (_cell, mapping) =>
              discoverHosts(adminContext, [mapping]),
            )
            for (const { host } of answers.flat()) {
              partOf(log, 'nova.scheduler.manager').info({}, `Mapped the new compute host ${host}`)
            }
          },
        },
      ],
    },
  })
}
