import { changedOptions, type NovaConf } from '../conf/index.js'
import type { Logger } from '../log/index.js'
import { applyLevels } from './logging.js'

export interface ReloadingOptions {
  readonly log: Logger
  /** As the process was started. */
  readonly conf: NovaConf
  /** Reads the same files again. @throws ConfError */
  readonly read: () => NovaConf
  /** What the process itself reads anew: policy, pipelines. Told of nova.conf as it is now. */
  readonly reload: (fresh: NovaConf) => Promise<void> | void
}

/**
 * What SIGHUP does: nova.conf is read again and its mutable options count, then the process reloads
 * what it has. One after the other; signals that come meanwhile make one more run, not many.
 *
 * @returns rejects when something cannot be used; then all is as before
 */
export const reloading = (options: ReloadingOptions): (() => Promise<void>) => {
  let conf = options.conf
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null

  const run = async (): Promise<void> => {
    const fresh = options.read()
    await options.reload(fresh)
    applyMutable(conf, fresh, options.log)
    conf = fresh
    options.log.info({}, 'Reloaded')
  }
  const start = (): Promise<void> => {
    running = run().finally(() => {
      running = null
    })
    return running
  }
  return () => {
    if (!running) return start()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null
        return start()
      })
    return next
  }
}

const applyMutable = (before: NovaConf, after: NovaConf, log: Logger): void => {
  for (const warning of after.warnings) log.warn({}, warning)
  for (const { group, name, isMutable } of changedOptions(before, after)) {
    if (!isMutable) {
      log.warn({}, `[${group}] ${name} has changed; it counts from the next start of this process`)
    }
  }
  applyLevels(log, after)
}
