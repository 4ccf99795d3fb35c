import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import { type Log, silentLog } from '../log/index.js'
import type { Claims } from '../placement/allocations.js'
import type { PlacementClient } from '../placement/client.js'
import { DatabaseCandidates } from './candidates/database.js'
import { PlacementCandidates } from './candidates/placement.js'
import { noCapacities } from './capacity-source.js'
import { DatabaseClaims } from './database-claims.js'
import { driverNamed } from './drivers/index.js'
import type { SchedulerConf } from './filters/index.js'
import { type CellAccess, HostManager } from './host-manager.js'
import { SchedulerManager } from './manager.js'
import { requestFilters } from './request-filters/index.js'

/** Seconds that hosts are remembered at most: a fraction of the time after which one counts as down. */
const MAX_AGE = 10

export interface SchedulerParts {
  readonly conf: SchedulerConf
  readonly api: Database<ApiSchema>
  /** The cells in which hosts may be chosen: enabled ones, without cell0. */
  readonly cells: () => Promise<readonly CellAccess[]>
  /** Where hosts are found and claimed; null or absent: in the API database. */
  readonly placement?: { readonly client: PlacementClient; readonly claims: Claims } | null
  readonly log?: Log
  /** ms since the epoch */
  readonly now?: () => number
  /** 0 up to 1 */
  readonly random?: () => number
  /** What a user's own filters are looked up from; the working directory when absent. */
  readonly folder?: string
}

/**
 * nova-scheduler as nova.conf describes it.
 *
 * @throws OperatorError for a driver, filter or weigher that is none
 */
export const schedulerFromConf = async ({
  conf,
  api,
  cells,
  placement = null,
  log = silentLog,
  now = Date.now,
  random = Math.random,
  folder = process.cwd(),
}: SchedulerParts): Promise<SchedulerManager> => {
  const { service_down_time: downTime, default_availability_zone: zone } = conf.DEFAULT
  const maxAge = Math.min(MAX_AGE, downTime / 4) * 1000
  const capacities = placement ? noCapacities : undefined
  return new SchedulerManager({
    claims: placement?.claims ?? new DatabaseClaims(api),
    candidates: placement
      ? new PlacementCandidates({ client: placement.client, api, conf, log })
      : new DatabaseCandidates(requestFilters({ conf, now })),
    hosts: new HostManager({ api, cells, capacities, maxAge, now, log }),
    driver: await driverNamed(conf.scheduler.driver, { conf, now, random, folder }),
    maxAttempts: conf.scheduler.max_attempts,
    defaultAvailabilityZone: zone,
  })
}
