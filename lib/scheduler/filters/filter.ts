import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'

/** One reason to leave a host out. A class a filter, under nova's name. */
export interface HostFilter {
  readonly name: string
  /** Evaluated for the first instance of a request only: its answer is the same for all. */
  readonly runOncePerRequest: boolean
  /** Also evaluated when a server is rebuilt on its host with another image. */
  readonly runOnRebuild: boolean
  hostPasses(host: HostState, request: SchedulerRequest): boolean
}

/** What filters are given when they are made. */
export interface FilterOptions {
  /** `[DEFAULT] service_down_time`, seconds */
  readonly serviceDownTime: number
  /** `[DEFAULT] default_availability_zone` */
  readonly defaultAvailabilityZone: string
  /** `[filter_scheduler] image_properties_default_architecture` */
  readonly defaultArchitecture: string | null
  /** ms since the epoch */
  readonly now: () => number
}
