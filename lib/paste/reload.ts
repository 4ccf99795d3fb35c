import { createRequire, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { buildApp } from './build.js'
import type { Exports } from './importer.js'
import { type LoadOptions, planFor, sessionOf } from './load.js'
import type { App } from './types.js'

/** One tree, and the requests that it is answering. */
interface Generation {
  readonly app: App
  readonly files: ReadonlySet<string>
  /** What is to be closed when it has answered its last request. */
  readonly made: readonly unknown[]
  requests: number
  retired: boolean
}

export interface ReloadOptions extends LoadOptions {
  /** Told of an old tree that could not be closed. */
  readonly failed?: ((error: unknown) => void) | undefined
}

/**
 * An app that can be loaded anew while it serves. The new tree is built whole beside the old one;
 * then every new request goes to it, and those under way end where they began. The old tree's apps
 * and filters that have `Symbol.asyncDispose` or `Symbol.dispose` are closed behind the last of them.
 * If the new one cannot be built, the old one stays.
 *
 * Modules of the user's own are imported anew too (with a query behind their URL, as is the custom), those
 * of packages are not.
 */
export class ReloadableApp {
  readonly #uri: string
  readonly #options: ReloadOptions
  readonly #hooks: { deregister(): void }
  #current: Generation
  #number = 0
  /** One reload at a time. */
  #last: Promise<unknown> = Promise.resolve()
  /** Files of the tree that is being built. */
  #files = new Set<string>()

  private constructor(uri: string, options: ReloadOptions) {
    this.#uri = uri
    this.#options = options
    this.#current = { app: unloaded, files: new Set(), made: [], requests: 0, retired: false }
    this.#hooks = registerHooks({
      resolve: (specifier, context, nextResolve) => {
        const found = nextResolve(specifier, context)
        const asked = /[?&]paste-reload=(\d+)$/.exec(context.parentURL ?? '')
        if (!asked || !isUsersOwn(found.url)) return found
        return { ...found, url: this.#fresh(found.url, Number(asked[1])) }
      },
    })
  }

  /** @throws as {@link loadapp} */
  static async load(uri: string, options: ReloadOptions = {}): Promise<ReloadableApp> {
    const made = new ReloadableApp(uri, options)
    try {
      await made.reload()
    } catch (error) {
      made.#hooks.deregister()
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
      this.#closeIfIdle(generation)
    })
    generation.app(req, res, next)
  }

  /** Absolute paths of everything that the present tree, or the last try, came from. */
  get files(): ReadonlySet<string> {
    return new Set([...this.#current.files, ...this.#files])
  }

  /** @throws as {@link loadapp}; the old tree then goes on */
  reload(): Promise<void> {
    const reloaded = this.#last.then(() => this.#reload())
    this.#last = reloaded.catch(() => {})
    return reloaded
  }

  async #reload(): Promise<void> {
    const number = ++this.#number
    const made: unknown[] = []
    this.#files = new Set()
    const session = sessionOf(this.#options, {
      made: thing => made.push(thing),
      importFile: async url => {
        if (!isUsersOwn(url)) return (await import(url)) as Exports
        // a CommonJS module is kept by its path
        delete require.cache[fileURLToPath(url)]
        return (await import(this.#fresh(url, number))) as Exports
      },
      opened: ({ file }) => this.#files.add(file.path),
    })
    let app: App
    try {
      const plan = await planFor(session, 'app', this.#uri, this.#options)
      app = await buildApp(session, plan)
    } catch (error) {
      await this.#close(made)
      throw error
    }
    const old = this.#current
    this.#current = { app, files: this.#files, made, requests: 0, retired: false }
    old.retired = true
    this.#closeIfIdle(old)
  }

  #fresh(url: string, number: number): string {
    const plain = url.replace(/[?#].*$/s, '')
    this.#files.add(fileURLToPath(plain))
    return `${plain}?paste-reload=${number}`
  }

  #closeIfIdle(generation: Generation): void {
    if (generation.retired && generation.requests === 0) void this.#close(generation.made)
  }

  async #close(made: readonly unknown[]): Promise<void> {
    for (const thing of made) {
      try {
        await dispose(thing)
      } catch (error) {
        this.#options.failed?.(error)
      }
    }
  }

  /** Closes the present tree; nothing more is to be asked of it. */
  async close(): Promise<void> {
    await this.#last
    this.#hooks.deregister()
    await this.#close(this.#current.made)
  }
}

const require = createRequire(import.meta.url)

const unloaded: App = (_req, _res, next) => next()

/** Packages, and this one, do not change while a process runs. */
const ownFolder = new URL('../../', import.meta.url).href

const isUsersOwn = (url: string): boolean =>
  url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(ownFolder)

const dispose = async (thing: unknown): Promise<void> => {
  if ((typeof thing !== 'object' && typeof thing !== 'function') || thing === null) return
  const later: unknown = Reflect.get(thing, Symbol.asyncDispose)
  const now: unknown = Reflect.get(thing, Symbol.dispose)
  if (typeof later === 'function') await later.call(thing)
  else if (typeof now === 'function') now.call(thing)
}
