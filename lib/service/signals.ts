import type { Log } from '../log/index.js'
import { withinSeconds } from '../util/within.js'

export interface SignalHandlers {
  /** First SIGINT or SIGTERM. */
  readonly stop: () => Promise<void>
  /** SIGHUP; a process without one only notes it. */
  readonly reload?: (() => Promise<void> | void) | undefined
  /** SIGUSR2: tells what the process is doing. */
  readonly report?: (() => void) | undefined
  readonly log: Log
  /** Seconds for `stop`; then the process ends anyway, with status 1. */
  readonly limit: number
}

/** The parts of `process` that are used, for tests. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  exit(code: number): unknown
}

/**
 * Ties a process to its signals: SIGINT or SIGTERM stops it cleanly and a second one at once,
 * SIGHUP reloads, SIGUSR2 reports.
 *
 * @returns what unties it again
 */
export const handleSignals = (
  handlers: SignalHandlers,
  source: SignalSource = process,
): (() => void) => {
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      source.exit(signal === 'SIGINT' ? 130 : 143)
      return
    }
    stopping = true
    handlers.log.info({}, `Caught ${signal}, stopping`)
    withinSeconds(handlers.limit, handlers.stop()).then(
      () => source.exit(0),
      error => {
        handlers.log.error({ err: error }, 'Stopped without coming to a clean end')
        source.exit(1)
      },
    )
  }
  const reload = async () => {
    if (!handlers.reload) return handlers.log.info({}, 'Caught SIGHUP; there is nothing to reload')
    handlers.log.info({}, 'Caught SIGHUP, reloading')
    try {
      await handlers.reload()
    } catch (error) {
      handlers.log.error({ err: error }, 'Cannot reload; going on as before')
    }
  }
  const report = () => {
    try {
      handlers.report?.()
    } catch (error) {
      handlers.log.error({ err: error }, 'Cannot report')
    }
  }
  const table: readonly [NodeJS.Signals, (signal: NodeJS.Signals) => void][] = [
    ['SIGINT', stop],
    ['SIGTERM', stop],
    ['SIGHUP', () => void reload()],
    ['SIGUSR2', report],
  ]
  for (const [signal, listener] of table) source.on(signal, listener)
  return () => {
    for (const [signal, listener] of table) source.off(signal, listener)
  }
}
