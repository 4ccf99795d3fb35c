import { buildApp } from './build.js'
import type { ConfigFile } from './config-file.js'
import { dispose } from './dispose.js'
import { type LoadOptions, planFor, sessionOf } from './load.js'
import type { Tracer } from './trace.js'
import type { App } from './types.js'
import { UserModules } from './user-modules.js'

/** One tree, and the requests that it is answering. */
interface Generation {
  readonly app: App
  readonly files: ReadonlySet<string>
  /** What is to be closed when it has answered its last request. */
  readonly made: Set<unknown>
  requests: number
  /** Its requests must be over by then. Present when another tree has taken over. */
  limit?: NodeJS.Timeout | undefined
}

export interface ReloadOptions extends LoadOptions {
  /** Told of what went wrong with an old tree: it could not be closed, or its requests would not end. */
  readonly failed?: ((error: unknown) => void) | undefined
  /** Seconds in which a tree must be built; 60 when absent. */
  readonly buildSeconds?: number | undefined
  /** Seconds that requests in an old tree get before it is closed under them; 60 when absent. */
  readonly drainSeconds?: number | undefined
}

export interface Reload {
  /** Called when the new tree is built, before it takes over; what it throws keeps the old one. */
  readonly ready?: (() => void) | undefined
  /** For the new tree, in place of the one before; null for none. */
  readonly tracer?: Tracer | null | undefined
}

/**
 * An app that can be loaded anew while it serves. The new tree is built whole beside the old one;
 * then every new request goes to it, and those under way end where they began. The old tree's apps and
 * filters that have `close()`, `Symbol.asyncDispose` or `Symbol.dispose` are closed behind the last of
 * them, those made last first. If the new one cannot be built, the old one stays.
 *
 * Modules of the user's own are imported anew where one of them has changed; see {@link UserModules}.
 */
export class ReloadableApp {
  readonly #uri: string
  readonly #options: ReloadOptions
  readonly #modules = new UserModules()
  readonly #old = new Set<Generation>()
  #current: Generation = { app: unloaded, files: new Set(), made: new Set(), requests: 0 }
  #tracer: Tracer | undefined
  /** One reload at a time. */
  #last: Promise<unknown> = Promise.resolve()
  /** Files of the tree that is being built. */
  #opened = new Set<ConfigFile>()

  /** Has no tree, and passes every request on, until it is loaded for the first time. */
  constructor(uri: string, options: ReloadOptions = {}) {
    this.#uri = uri
    this.#options = options
    this.#tracer = options.tracer
  }

  /** @throws as {@link loadapp} */
  static async load(uri: string, options: ReloadOptions = {}): Promise<ReloadableApp> {
    const made = new ReloadableApp(uri, options)
    try {
      await made.reload()
    } catch (error) {
      await made.close()
      throw error
    }
    return made
  }

  /** Stays the same over every reload. */
  readonly app: App = (req, res, next) => {
    const generation = this.#current
    generation.requests++
    res.once('close', () => {
      generation.requests--
      if (generation.limit && generation.requests === 0) void this.#retire(generation)
    })
    generation.app(req, res, next)
  }

  /** Absolute paths of everything that the present tree, or the last try, came from. */
  get files(): ReadonlySet<string> {
    return new Set([...this.#current.files, ...this.#newFiles()])
  }

  /** @throws as {@link loadapp}; the old tree then goes on */
  reload(change: Reload = {}): Promise<void> {
    const reloaded = this.#last.then(() => this.#reload(change))
    this.#last = reloaded.catch(() => {})
    return reloaded
  }

  async #reload({ ready, tracer }: Reload): Promise<void> {
    const wanted = tracer === undefined ? this.#tracer : (tracer ?? undefined)
    const made = new Set<unknown>()
    this.#opened = new Set()
    let app: App
    try {
      app = await this.#build(made, wanted)
      ready?.()
    } catch (error) {
      this.#modules.failed()
      await this.#close(made)
      throw error
    }
    const old = this.#current
    this.#tracer = wanted
    this.#current = { app, files: this.#newFiles(), made, requests: 0 }
    this.#old.add(old)
    old.limit = this.#drainLimit(old)
    if (old.requests === 0) void this.#retire(old)
  }

  /** Inis, what they draw values from, and modules. */
  #newFiles(): Set<string> {
    const inis = [...this.#opened].flatMap(({ path, drawn }) => [path, ...drawn])
    return new Set([...inis, ...this.#modules.files])
  }

  async #build(made: Set<unknown>, tracer: Tracer | undefined): Promise<App> {
    this.#modules.begin()
    const session = sessionOf(
      { ...this.#options, tracer },
      {
        made: thing => made.add(thing),
        importFile: this.#modules.importFile,
        opened: ({ file }) => this.#opened.add(file),
      },
    )
    const building = planFor(session, 'app', this.#uri, this.#options).then(plan =>
      buildApp(session, plan),
    )
    const { buildSeconds = 60 } = this.#options
    const tooLong = Promise.withResolvers<never>()
    const limit = setTimeout(() => {
      tooLong.reject(new Error(`the tree was not built within ${buildSeconds} seconds`))
      // should it come after all, nobody waits for it
      building.then(
        () => this.#close(made),
        () => {},
      )
    }, buildSeconds * 1000)
    try {
      return await Promise.race([building, tooLong.promise])
    } finally {
      clearTimeout(limit)
    }
  }

  #drainLimit(old: Generation): NodeJS.Timeout {
    const { drainSeconds = 60, failed } = this.#options
    const limit = setTimeout(() => {
      const text = `${old.requests} requests did not end within ${drainSeconds} seconds of a reload`
      failed?.(new Error(`${text}: what they came to is closed now`))
      void this.#retire(old)
    }, drainSeconds * 1000)
    return limit.unref()
  }

  async #retire(old: Generation): Promise<void> {
    clearTimeout(old.limit)
    if (this.#old.delete(old)) await this.#close(old.made)
  }

  async #close(made: Set<unknown>): Promise<void> {
    const things = [...made].toReversed()
    made.clear()
    for (const thing of things) {
      try {
        await dispose(thing)
      } catch (error) {
        this.#options.failed?.(error)
      }
    }
  }

  /** Closes every tree that is left; nothing more is to be asked of it. */
  async close(): Promise<void> {
    await this.#last
    this.#modules.close()
    this.#old.add(this.#current)
    await Promise.all([...this.#old].map(old => this.#retire(old)))
  }
}

const unloaded: App = (_req, _res, next) => next()
