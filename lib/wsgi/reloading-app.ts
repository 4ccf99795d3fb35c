import type { App } from './request.js'

export interface ReloadingOptions {
  /** A text that changes when the app has to be loaded anew. */
  readonly version: () => Promise<string>
  readonly load: () => Promise<App>
  /** Hears of a version that could not be loaded: the one before goes on. */
  readonly onError: (error: unknown) => void
  /** Milliseconds, monotonic; for tests. */
  readonly now?: () => number
}

/** How often, at most, the version is looked at, ms. */
const CHECK_INTERVAL = 1000

/** How long a request waits for a new version at most, ms; then the one before serves it. */
const PATIENCE = 5000

/**
 * An app that is loaded anew when its version changes. It looks when a request comes, and this one is served by the
 * new version already; those under way end with the one that they began with.
 *
 * @throws what `load` throws, the first time
 */
export const reloadingApp = async (options: ReloadingOptions): Promise<App> => {
  const { load, onError, now = () => performance.now() } = options
  let version = await options.version()
  let app = await load()
  let checkedAt = now()
  let checking: Promise<void> | null = null

  const check = async (): Promise<void> => {
    try {
      const current = await options.version()
      if (current === version) return
      version = current // also when it is broken: it is complained of once a change
      app = await load()
    } catch (error) {
      onError(error)
    } finally {
      checkedAt = now()
      checking = null
    }
  }

  return (req, res, next) => {
    if (!checking && now() - checkedAt >= CHECK_INTERVAL) checking = check()
    if (!checking) {
      app(req, res, next)
      return
    }
    withinPatience(checking).then(() => app(req, res, next), next)
  }
}

const withinPatience = async (work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>(resolve => {
    timer = setTimeout(resolve, PATIENCE)
  })
  await Promise.race([work, patience])
  clearTimeout(timer)
}
