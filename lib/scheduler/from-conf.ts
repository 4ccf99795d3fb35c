import type { NovaConf } from '../conf/index.js'
import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import { AvailabilityZoneFilter, filtersNamed } from './filters/index.js'
import { type CellAccess, HostManager } from './host-manager.js'
import { SchedulerManager } from './manager.js'
import { allWeighers } from './weighers/index.js'

/** Seconds that hosts are remembered at most: a fraction of the time after which one counts as down. */
const MAX_AGE = 10

export interface SchedulerParts {
  readonly conf: Pick<NovaConf, 'DEFAULT' | 'filter_scheduler' | 'scheduler'>
  readonly api: Database<ApiSchema>
  /** The cells in which hosts may be chosen: enabled ones, without cell0. */
  readonly cells: () => Promise<readonly CellAccess[]>
  /** ms since the epoch */
  readonly now?: () => number
}

/**
 * nova-scheduler as nova.conf describes it.
 *
 * @throws SchedulerHostFilterNotFound for a name in enabled_filters that is none
 */
export const schedulerFromConf = ({
  conf,
  api,
  cells,
  now = Date.now,
}: SchedulerParts): SchedulerManager => {
  const { DEFAULT: process, filter_scheduler: options, scheduler } = conf
  const filterOptions = {
    serviceDownTime: process.service_down_time,
    defaultAvailabilityZone: process.default_availability_zone,
    defaultArchitecture: options.image_properties_default_architecture,
    now,
  }
  return new SchedulerManager({
    api,
    hosts: new HostManager({
      api,
      cells,
      maxAge: Math.min(MAX_AGE, process.service_down_time / 4) * 1000,
      now,
    }),
    filters: filtersNamed(options.enabled_filters, filterOptions),
    zoneFilter: new AvailabilityZoneFilter(filterOptions),
    weighers: allWeighers({
      ram: options.ram_weight_multiplier,
      cpu: options.cpu_weight_multiplier,
      disk: options.disk_weight_multiplier,
      ioOps: options.io_ops_weight_multiplier,
      buildFailure: options.build_failure_weight_multiplier,
      softAffinity: options.soft_affinity_weight_multiplier,
      softAntiAffinity: options.soft_anti_affinity_weight_multiplier,
    }),
    maxAttempts: scheduler.max_attempts,
    hostSubsetSize: options.host_subset_size,
    defaultAvailabilityZone: process.default_availability_zone,
  })
}
