import { ComputeManager } from '../../compute/manager.js'
import { computeOptionsOf } from '../../compute/options.js'
import { InventoryReport, PlacementReport } from '../../compute/provider-report.js'
import { RequestContext } from '../../context/index.js'
import type { ImageApi } from '../../image/api.js'
import { partOf } from '../../log/index.js'
import type { NetworkApi } from '../../network/api.js'
import type { ShareApi } from '../../share/api.js'
import { loadDriver } from '../../virt/load.js'
import type { VolumeApi } from '../../volume/api.js'
import { Service } from '../service.js'
import { waitFor } from '../wait-for.js'
import { refuseOldComputes } from './old-computes.js'
import { placementOf } from './placement.js'
import type { IndirectProcess } from './process.js'
import { serviceOptions } from './service-options.js'
import { ObjectServiceRecord } from './service-record.js'

export interface ComputeParts {
  readonly images: ImageApi
  readonly network: NetworkApi
  readonly volumes: VolumeApi
  readonly shares: ShareApi
  /** Ends the wait for a conductor. */
  readonly signal?: AbortSignal
}

/** nova-compute: the guests of one host. */
export const computeService = (
  process: IndirectProcess,
  { images, network, volumes, shares, signal }: ComputeParts,
): Service<unknown> => {
  const { conf, rpc, log, adminContext } = process
  const placement = placementOf(conf, log)
  const who = { host: conf.DEFAULT.host, binary: 'nova-compute', topic: 'compute' }
  const manager = new ComputeManager({
    host: who.host,
    driver: loadDriver(conf, who.host),
    network,
    image: images,
    volumes,
    shares,
    computeTask: rpc.computeTask,
    compute: rpc.compute,
    allocations: placement?.claims ?? rpc.allocations,
    providers: placement
      ? new PlacementReport(placement.reports, log)
      : new InventoryReport(rpc.allocations),
    scheduler: rpc.scheduler,
    options: computeOptionsOf(conf),
    log: partOf(log, 'nova.compute.manager'),
    adminContext,
  })
  process.metrics?.gauge(
    'nova_compute_running_builds',
    'Servers being built, those that wait for their turn among them.',
    () => manager.runningBuilds,
  )
  return new Service<unknown>({
    ...serviceOptions(process),
    ...who,
    endpoints: manager.endpoints(),
    record: new ObjectServiceRecord(adminContext, who),
    manager: {
      initHost: async () => {
        await waitForConductor(process, signal)
        await refuseOldComputes(process)
        await manager.initHost()
      },
      preStartHook: () => manager.preStartHook(),
      cleanupHost: () => manager.cleanupHost(),
      periodicTasks: () => manager.periodicTasks(),
    },
  })
}

/** As nova's computes do: nothing works without a conductor, so its answer is waited for. */
const waitForConductor = (
  { rpc, log, conf }: IndirectProcess,
  signal: AbortSignal | undefined,
): Promise<unknown> => {
  const context = new RequestContext({ isAdmin: true })
  // Short: a question asked before the conductor's queue is there is lost, and asked again.
  const timeout = Math.min(3, conf.DEFAULT.rpc_response_timeout)
  return waitFor(
    'nova-conductor',
    () =>
      rpc.conductorBase
        .prepare({ version: '1.0', timeout })
        .call(context, 'ping', { arg: '1.21 GigaWatts' }),
    { log, ...(signal ? { signal } : {}) },
  )
}
