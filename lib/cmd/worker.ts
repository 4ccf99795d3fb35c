import { DatabaseConnectionError } from '../db/errors.js'
import {
  type DirectProcess,
  enforcerOf,
  type IndirectProcess,
  openSyncedProcess,
} from '../service/compose/index.js'
import { type Service, waitFor } from '../service/index.js'
import type { DaemonContext, Running } from './daemon.js'

/** Databases and bus for a worker, which waits for a database that is away. */
export const openWaiting = ({
  conf,
  log,
  confFile,
  metrics,
  signal,
}: DaemonContext): Promise<DirectProcess> => {
  const policy = enforcerOf(conf, log, confFile)
  return waitFor('the database', () => openSyncedProcess({ conf, log, policy, metrics }), {
    log,
    signal,
    isFatal: error => !(error instanceof DatabaseConnectionError),
  })
}

/** Starts a worker; it waits by itself for a broker that is away. */
export const startWorker = async (
  process: DirectProcess | IndirectProcess,
  service: Service<unknown>,
): Promise<Running> => {
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
