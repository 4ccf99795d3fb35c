import { buildApp, buildFilter, buildServer } from './build.js'
import type { Modules } from './importer.js'
import type { Want } from './kinds.js'
import type { LintError } from './lint.js'
import type { Packages } from './packages.js'
import type { Plan } from './plan.js'
import { resolveUri } from './resolve.js'
import type { Session } from './session.js'
import { globalsFrom, toGlobalConf, toLocalConf } from './settings.js'
import type { Tracer } from './trace.js'
import type { App, Filter, GlobalConf, LocalConf, Server } from './types.js'
import { emitWarning, isWaived, refusedWarning, type Warn } from './warnings.js'

export interface LoadOptions {
  /** The section; wins over the URI's fragment. `main` where neither is given. */
  readonly name?: string | null | undefined
  /** The folder that a relative `config:` path starts from. */
  readonly relativeTo?: string | null | undefined
  /** Laid over the file's `[DEFAULT]`. Symbol keys reach every factory. */
  readonly globalConf?: GlobalConf | null | undefined
  /** Modules by the name an ini gives them, looked up before any import. */
  readonly modules?: Modules | undefined
  /** Packages by their `egg:` name: protocol, then entry, then factory; looked up before any import. */
  readonly packages?: Packages | undefined
  /** Told of what loads, but perhaps not as meant. Node's process warnings when absent. */
  readonly warn?: Warn | undefined
  /** True: what would be a warning is an error (kind `refused-warning`). */
  readonly strict?: boolean | undefined
  /** Watches requests by section; without one nothing is added to a request's way. */
  readonly tracer?: Tracer | undefined
  /** Told of every breach of what apps and filters promise one another; for tests, see `lintFilter`. */
  readonly lint?: ((breach: LintError) => void) | undefined
}

/** What a section comes to, with nothing made. */
export interface AppConfig {
  /** Globals overlaid with options. */
  readonly config: GlobalConf
  readonly globalConf: GlobalConf
  readonly localConf: LocalConf
}

/** @throws PasteError; what a factory throws comes as it is, its place attached */
export const loadapp = async (uri: string, options: LoadOptions = {}): Promise<App> => {
  const session = sessionOf(options)
  return buildApp(session, await planFor(session, 'app', uri, options))
}

/** @throws as {@link loadapp} */
export const loadfilter = async (uri: string, options: LoadOptions = {}): Promise<Filter> => {
  const session = sessionOf(options)
  // a filter whose filter_app_factory is async gives a promise for its application
  return (await buildFilter(session, await planFor(session, 'filter', uri, options))) as Filter
}

/** @throws as {@link loadapp} */
export const loadserver = async (uri: string, options: LoadOptions = {}): Promise<Server> => {
  const session = sessionOf(options)
  return buildServer(session, await planFor(session, 'server', uri, options))
}

/** The configuration of an application; its factory is looked up, but not called. */
export const appconfig = async (uri: string, options: LoadOptions = {}): Promise<AppConfig> => {
  const plan = await planFor(sessionOf(options), 'app', uri, options)
  const globalConf = toGlobalConf(plan.globals)
  const localConf = toLocalConf(plan.options)
  return { config: { ...globalConf, ...localConf }, globalConf, localConf }
}

/** What would be made, with the place of everything. @throws PasteError */
export const resolvePlan = (want: Want, uri: string, options: LoadOptions = {}): Promise<Plan> =>
  planFor(sessionOf(options), want, uri, options)

export const sessionOf = (
  { modules = {}, packages = {}, warn = emitWarning, strict = false, tracer, lint }: LoadOptions,
  more: Partial<Omit<Session, 'modules' | 'packages' | 'files' | 'warn'>> = {},
): Session => {
  const said = new Set<string>()
  return {
    tracer,
    lint,
    thorough: strict || more.alsoWrong !== undefined,
    ...more,
    modules,
    packages,
    files: new Map(),
    // a section that several others use is resolved, and would be complained of, for each
    warn: warning => {
      if (said.has(warning.message)) return
      said.add(warning.message)
      if (isWaived(warning)) return
      if (strict) throw refusedWarning(warning)
      warn(warning)
    },
  }
}

export const planFor = (
  session: Session,
  want: Want,
  uri: string,
  options: LoadOptions,
): Promise<Plan> => {
  const { name, relativeTo, globalConf } = options
  const globals = globalConf ? globalsFrom(globalConf) : null
  const via = { at: undefined, chain: [] }
  return resolveUri(session, want, uri, name ?? null, relativeTo ?? undefined, globals, via)
}
