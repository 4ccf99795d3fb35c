import type { Modules } from '../../../lib/paste/importer.js'
import type { GlobalConf, Loader, LocalConf, Packages } from '../../../lib/paste/index.js'

/** How a factory was called, and what it holds: contract/paste/cases/fixtures.json. */
export interface Node {
  readonly kind: string
  readonly factory: string
  readonly global_conf: Record<string, unknown>
  readonly local_conf: Record<string, unknown>
  readonly local_order: readonly string[]
  readonly children: Node[]
  readonly mount?: string
}

export class Refused extends Error {
  override readonly name = 'Refused'
}

const node = (
  kind: string,
  factory: string,
  globalConf: GlobalConf,
  localConf: LocalConf,
  children: Node[] = [],
): Node => ({
  kind,
  factory: `fixtures:${factory}`,
  global_conf: Object.fromEntries(Object.entries(globalConf)),
  local_conf: { ...localConf },
  local_order: Object.keys(localConf),
  children,
})

/** The application that a filter or server of a case is applied to. */
export const inner = (): Node => node('app', '(inner)', {}, {})

/** The recording factories as modules and packages, and what they have done. */
export const recording = (): { modules: Modules; packages: Packages; calls: string[] } => {
  const calls: string[] = []
  const log = (verb: string, kind: string, factory: string, localConf: LocalConf): void => {
    calls.push(`${verb} ${kind}:${localConf.id ?? factory}`)
  }
  const app = (name: string) => (globalConf: GlobalConf, localConf: LocalConf) => {
    log('make', 'app', name, localConf)
    return node('app', name, globalConf, localConf)
  }
  const urlmap =
    (name: string, passGlobals: boolean) =>
    async (loader: Loader, globalConf: GlobalConf, localConf: LocalConf) => {
      log('make', 'composite', name, localConf)
      const children: Node[] = []
      for (const [mount, target] of Object.entries(localConf)) {
        if (mount === 'id') continue
        const child: unknown = await (passGlobals
          ? loader.getApp(target, globalConf)
          : loader.getApp(target))
        children.push({ ...(child as Node), mount })
      }
      return node('composite', name, globalConf, localConf, children)
    }

  const fixtures = {
    make_app: app('make_app'),
    make_other_app: app('make_other_app'),
    make_strict_app: Object.assign(
      function make_strict_app(globalConf: GlobalConf, localConf: LocalConf) {
        return app('make_strict_app')(globalConf, localConf)
      },
      { options: { path: { required: true }, mode: { default: 'ro' } } },
    ),
    make_refusing_app: (_globalConf: GlobalConf, localConf: LocalConf) => {
      log('make', 'app', 'make_refusing_app', localConf)
      throw new Refused(`refused by ${localConf.id ?? 'make_refusing_app'}`)
    },
    Holder: { factory: app('Holder.factory') },
    not_callable: 'only text',
    make_urlmap: urlmap('make_urlmap', true),
    make_bare_urlmap: urlmap('make_bare_urlmap', false),
    make_chain: async (loader: Loader, globalConf: GlobalConf, localConf: LocalConf) => {
      log('make', 'composite', 'make_chain', localConf)
      const names = (localConf[localConf.pick ?? 'chain'] ?? '').split(/\s+/)
      const last = names.pop()
      const filters = []
      for (const name of names) filters.push(await loader.getFilter(name))
      let made = await loader.getApp(last)
      for (const filter of filters.toReversed()) made = filter(made)
      const child: unknown = made
      return node('composite', 'make_chain', globalConf, localConf, [child as Node])
    },
    make_default_child: async (loader: Loader, globalConf: GlobalConf, localConf: LocalConf) => {
      log('make', 'composite', 'make_default_child', localConf)
      const child: unknown = await loader.getApp()
      return node('composite', 'make_default_child', globalConf, localConf, [child as Node])
    },
    make_filter: (globalConf: GlobalConf, localConf: LocalConf) => {
      log('make', 'filter', 'make_filter', localConf)
      return (child: Node) => {
        log('wrap', 'filter', 'make_filter', localConf)
        return node('filter', 'make_filter', globalConf, localConf, [child])
      }
    },
    make_filter_app: (child: Node, globalConf: GlobalConf, localConf: LocalConf) => {
      log('wrap', 'filter', 'make_filter_app', localConf)
      return node('filter', 'make_filter_app', globalConf, localConf, [child])
    },
    make_server: (globalConf: GlobalConf, localConf: LocalConf) => {
      log('make', 'server', 'make_server', localConf)
      return (child: Node) => {
        log('serve', 'server', 'make_server', localConf)
        return node('server', 'make_server', globalConf, localConf, [child])
      }
    },
    run_server: (child: Node, globalConf: GlobalConf, localConf: LocalConf) => {
      log('serve', 'server', 'run_server', localConf)
      return node('server', 'run_server', globalConf, localConf, [child])
    },
  }

  return {
    calls,
    modules: {
      fixtures,
      'fixtures.nested': { make_app: app('nested.make_app') },
      'fixtures.broken': () => {
        throw new Error("Cannot find package 'a_module_that_is_not_installed'")
      },
    },
    packages: {
      fixtures: {
        'paste.app_factory': {
          main: fixtures.make_app,
          app: fixtures.make_app,
          other: fixtures.make_other_app,
          strict: fixtures.make_strict_app,
          refusing: fixtures.make_refusing_app,
          held: fixtures.Holder.factory,
          both: fixtures.make_app,
        },
        'paste.composite_factory': {
          urlmap: fixtures.make_urlmap,
          chain: fixtures.make_chain,
          both: fixtures.make_urlmap,
        },
        'paste.composit_factory': { oldmap: fixtures.make_urlmap },
        'paste.filter_factory': {
          main: fixtures.make_filter,
          filter: fixtures.make_filter,
          dual: fixtures.make_filter,
        },
        'paste.filter_app_factory': {
          filter_app: fixtures.make_filter_app,
          dual: fixtures.make_filter_app,
        },
        'paste.server_factory': { main: fixtures.make_server, server: fixtures.make_server },
        'paste.server_runner': { runner: fixtures.run_server },
      },
    },
  }
}
