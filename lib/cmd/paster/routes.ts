import type { Command } from 'commander'
import { type NodeView, showTree } from '../../paste/inspect/index.js'
import { globals, optionsOf, uriOf } from './arguments.js'

export const addRoutes = (program: Command): void => {
  program
    .command('routes')
    .description('list every mount of a file, and what answers there')
    .argument('<file>', 'FILE, FILE#name, or a URI')
    .argument('[var=value...]', 'globals', globals)
    .option('-n, --app-name <name>', 'the section of the application (main)')
    .option('--json', 'as JSON')
    .action(
      async (
        file: string,
        given: Record<string, string>,
        options: { appName?: string; json?: boolean },
      ) => {
        const { tree } = await showTree(uriOf(file), optionsOf(options.appName, given))
        const routes = [...routesOf(tree, '', [])]
        if (options.json) {
          console.log(JSON.stringify(routes, null, 2))
          return
        }
        const width = Math.max(...routes.map(({ path }) => path.length))
        for (const { path, app, filters } of routes) {
          console.log(`${path.padEnd(width)}  ${[...filters, app].join(' → ')}`)
        }
      },
    )
}

interface Route {
  readonly path: string
  readonly app: string
  readonly filters: readonly string[]
}

const bare = (name: string): string => name.slice(name.indexOf(':') + 1)

/** A mount adds to the path; another choice of a composite (by configuration) is told in brackets. */
function* routesOf(node: NodeView, path: string, filters: readonly string[]): Generator<Route> {
  if (node.app) {
    const inner = [...filters, ...(node.filters ?? []).map(({ name }) => bare(name))]
    yield* routesOf(node.app, path, inner)
  } else if (node.mounts?.length) {
    for (const mount of node.mounts) {
      const key = mount.mount ?? ''
      const below = /(^|\s)\//.test(key)
        ? `${path.replace(/\/\+?$/, '')}${key}`
        : `${path} [${key}]`
      yield* routesOf(mount, below, filters)
    }
  } else {
    yield { path: path || '/', app: node.error ? `✗ ${node.name}` : bare(node.name), filters }
  }
}
