import type { ComputeTaskRpcApi } from '../conductor/rpcapi.js'
import type { RequestContext } from '../context/index.js'
import type { ImageApi } from '../image/api.js'
import type { Log } from '../log/log.js'
import type { NetworkApi } from '../network/api.js'
import type { Allocations } from '../placement/allocations.js'
import type { SchedulerRpcApi } from '../scheduler/rpcapi.js'
import type { ShareApi } from '../share/api.js'
import type { ComputeDriver } from '../virt/driver.js'
import type { VolumeApi } from '../volume/api.js'
import type { ComputeOptions } from './options.js'
import type { ProviderReport } from './provider-report.js'
import type { ComputeRpcApi } from './rpcapi.js'

/** What nova-compute works with; all of it is given, none of it opens a database. */
export interface ComputeServices {
  /** `[DEFAULT] host` */
  readonly host: string
  readonly driver: ComputeDriver
  readonly network: NetworkApi
  readonly image: ImageApi
  readonly volumes: VolumeApi
  readonly shares: ShareApi
  readonly computeTask: ComputeTaskRpcApi
  /** The other hosts of its cell, for what goes from one to another. */
  readonly compute: ComputeRpcApi
  readonly allocations: Allocations
  readonly providers: ProviderReport
  readonly scheduler: SchedulerRpcApi
  readonly options: ComputeOptions
  readonly log: Log
  /** The service's own context: admin, indirect data. */
  readonly adminContext: RequestContext
}
