import type { QuotaEngine } from '../compute/quota.js'
import type { ComputeRpcApi } from '../compute/rpcapi.js'
import type { RequestContext } from '../context/index.js'
import type { ImageApi } from '../image/api.js'
import type { Log } from '../log/log.js'
import type { NetworkApi } from '../network/api.js'
import type { CellMapping } from '../objects/index.js'
import type { Claims } from '../placement/allocations.js'
import type { SchedulerRpcApi } from '../scheduler/rpcapi.js'
import type { VolumeApi } from '../volume/api.js'

/** Aims contexts at cells: their databases, their buses. `lib/objects` has one. */
export interface CellTargets {
  target(context: RequestContext, mapping: CellMapping): Promise<RequestContext>
}

/** What the conductor's tasks work with. */
export interface ConductorServices {
  /** `[DEFAULT] host` */
  readonly host: string
  readonly claims: Claims
  readonly cells: CellTargets
  readonly scheduler: Pick<SchedulerRpcApi, 'selectDestinations'>
  readonly compute: ComputeRpcApi
  readonly network: NetworkApi
  readonly images: ImageApi
  readonly volumes: VolumeApi
  /** Looks again whether the project's servers are within its limits; absent: nobody looks. */
  readonly quota?: Pick<QuotaEngine, 'recheckInstances'> | undefined
  readonly log: Log
  /** `[scheduler] max_attempts` */
  readonly maxAttempts: number
  /** `[DEFAULT] migrate_max_retries`: further hosts that a live migration tries; -1: all */
  readonly migrateMaxRetries: number
  /** `[DEFAULT] default_availability_zone`, of hosts that no zoned aggregate holds */
  readonly defaultZone: string
  /** `[DEFAULT] service_down_time`, seconds */
  readonly serviceDownTime: number
  /** `[image_cache] precache_concurrency`: hosts that fetch an image at once */
  readonly precacheConcurrency: number
}
