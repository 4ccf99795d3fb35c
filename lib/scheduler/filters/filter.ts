import type { NovaConf } from '../../conf/index.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'

/** One reason to leave a host out, under nova's name. */
export interface HostFilter {
  readonly name: string
  /** Evaluated for the first instance of a request only: its answer is the same for all. */
  readonly runOncePerRequest: boolean
  /** Also evaluated when a server is rebuilt on its host with another image. */
  readonly runOnRebuild: boolean
  hostPasses(host: HostState, request: SchedulerRequest): boolean
  /** False: every host passes, so none is asked. Without it, each is. */
  concerns?(request: SchedulerRequest): boolean
  /** Asked once before the hosts are, where an answer takes another service. */
  prepare?(hosts: readonly HostState[], request: SchedulerRequest): Promise<void>
  /** Why a host did not pass: half a sentence for operators. */
  why?(host: HostState, request: SchedulerRequest): string
  /** What must be known of the instances on hosts, beyond their number. */
  readonly needs?: readonly InstanceFact[]
}

/** Facts of all instances that are read for those who ask for them only: they are many. */
export type InstanceFact = 'flavors' | 'images'

export type SchedulerConf = Pick<
  NovaConf,
  'DEFAULT' | 'filter_scheduler' | 'metrics' | 'scheduler' | 'trusted_computing' | 'workarounds'
>

/** What filters and weighers are given when they are made. */
export interface FilterOptions {
  readonly conf: SchedulerConf
  /** ms since the epoch */
  readonly now: () => number
}

export type FilterFactory = (options: FilterOptions) => HostFilter

/** A filter whose answer holds for all instances of a request, and that a rebuild does not ask. */
export const oncePerRequest = { runOncePerRequest: true, runOnRebuild: false } as const

/** A filter that each instance of a request is asked about, for the first ones change its answer. */
export const perInstance = { runOncePerRequest: false, runOnRebuild: false } as const
