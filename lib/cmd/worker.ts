import { DatabaseConnectionError, isRefusal } from '../db/errors.js'
import type { PolicyChecker } from '../policy/index.js'
import {
  type DirectProcess,
  enforcerOf,
  type IndirectProcess,
  openSyncedProcess,
  refuseOldComputes,
} from '../service/compose/index.js'
import { type Service, waitFor } from '../service/index.js'
import type { DaemonContext, Running } from './daemon.js'

/**
 * Databases and bus, once the databases are there.
 *
 * @param retry  how long to wait; absent: for ever
 * @throws DatabaseConnectionError for one that is away, or at once for one that does not know us
 */
export const openWaiting = (
  { conf, log, confFile, metrics, signal }: DaemonContext,
  retry?: { readonly retries: number; readonly interval: number },
  policy: PolicyChecker = enforcerOf(conf, log, confFile),
): Promise<DirectProcess> =>
  waitFor('the database', () => openSyncedProcess({ conf, log, policy, metrics }), {
    log,
    signal,
    isFatal: error => !(error instanceof DatabaseConnectionError) || isRefusal(error),
    ...(retry ? { ...retry, maxInterval: retry.interval } : {}),
  })

/** Starts a worker; it waits by itself for a broker that is away. */
export const startWorker = async (
  process: DirectProcess | IndirectProcess,
  service: Service<unknown>,
): Promise<Running> => {
  // A process without a database asks the conductor, which it first waits for.
  if ('cells' in process) await refuseOldComputes(process)
  await service.start()
  return {
    stop: async () => {
      await service.stop()
      await process.close()
    },
    reload: () => process.rpc.refresh(),
    report: () => [...service.report(), ...process.report()],
  }
}
