import { createComputeRouter, loadExtensions } from '../controllers/router.js'
import { knownRoutes } from '../controllers/routes.js'
import { standInServices } from '../controllers/stand-in-services.js'
import type { KnownRoute, RouteStatus } from '../lib/wsgi/index.js'

/** The page docs/status.md: every route of nova's compute API, as the router itself tells of it. */
export const statusPage = async (): Promise<string> => {
  const log = { warn: () => undefined, error: () => undefined }
  const router = createComputeRouter(standInServices(await loadExtensions()), log)
  const rows = knownRoutes.map(route => ({ route, status: router.status(route) }))
  const count = (status: RouteStatus) => rows.filter(row => row.status === status).length

  return `# Status of the compute API

Written by \`npm run status\` from the router that serves; do not edit. "done": served in every
version that nova serves it in; "partly": in some of them; "not yet": answers 501; "gone": nova
answers 410 and nothing else, and so do we.

Not built, beyond these routes:

- the metadata service (nova's own file mounts it) and access rules of the embedded identity's
  application credentials: 501
- proxies for consoles: the URLs and tokens are there, nothing answers behind them
- with Placement: providers below a host (PCI devices, GPUs), routed networks; drivers beside the fake one

| done | partly | not yet | gone | together |
| ---: | -----: | ------: | ---: | -------: |
| ${count('done')} | ${count('partly')} | ${count('not yet')} | ${count('gone')} | ${rows.length} |

| method | path | action | versions | status |
| ------ | ---- | ------ | -------- | ------ |
${rows.map(({ route, status }) => line(route, status)).join('\n')}
`
}

const line = ({ method, path, action, min, max }: KnownRoute, status: RouteStatus): string => {
  const versions =
    min === 1 && max === undefined
      ? 'all'
      : max === undefined
        ? `2.${min} on`
        : `2.${min} to 2.${max}`
  const shown = path === '' ? '(empty)' : `\`${path.replaceAll(/:(\w+)/g, '{$1}')}\``
  return `| ${method} | ${shown} | ${action ?? ''} | ${versions} | ${status} |`
}
