import { NovaException } from '../../exception/index.js'
import type { IndirectProcess } from './process.js'

/** What all workers take from nova.conf and from their process. */
export const serviceOptions = ({
  conf: { DEFAULT },
  transport,
  serializer,
  log,
  metrics,
}: Pick<IndirectProcess, 'conf' | 'transport' | 'serializer' | 'log' | 'metrics'>) => ({
  transport,
  serializer,
  log,
  reportInterval: DEFAULT.report_interval,
  periodicFuzzyDelay: DEFAULT.periodic_fuzzy_delay,
  periodicEnable: DEFAULT.periodic_enable,
  gracefulShutdownTimeout: DEFAULT.graceful_shutdown_timeout,
  concurrency: DEFAULT.executor_thread_pool_size,
  onDispatch: metrics?.dispatch,
  rpcPing: DEFAULT.rpc_ping_enabled,
  // nova's own exceptions tell what happened to the business; the caller is told.
  isExpected: (error: unknown) => error instanceof NovaException,
})
