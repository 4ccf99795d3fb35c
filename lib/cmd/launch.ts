import type { NovaConf } from '../conf/index.js'
import type { Logger } from '../log/index.js'
import { ProcessLauncher } from '../service/index.js'
import type { Running } from './daemon.js'

/** Keeps so many processes of this program running; signals go on to them. */
export const launch = (conf: NovaConf, log: Logger, workers: number): Running => {
  const launcher = new ProcessLauncher({
    workers,
    log,
    gracefulShutdownTimeout: conf.DEFAULT.graceful_shutdown_timeout,
  })
  launcher.run().then(code => process.exit(code))
  return {
    stop: () => launcher.stop(),
    reload: () => launcher.signal('SIGHUP'),
    report: () => {
      launcher.signal('SIGUSR2')
      return launcher.report()
    },
  }
}
