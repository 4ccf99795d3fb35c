import type { Command } from 'commander'
import { listRoutes, type MountedApp, paint } from '../../paste/inspect/index.js'
import { globals, optionsOf, uriOf, wantsColour } from './arguments.js'
import { withManual } from './manual.js'

export const addRoutes = (program: Command): void => {
  const command = program
    .command('routes')
    .description(
      'list every mount of a file, what answers there, and its routes where it can tell them',
    )
    .usage('[options] FILE [var=value...]')
    .argument('<file>', 'FILE, FILE#name, or a URI')
    .argument('[var=value...]', 'globals', globals)
    .option('-n, --app-name <name>', 'the section of the application (main)')
    .option('--no-load', 'make no application: routes of those alone whose factory tells')
    .option('--json', 'as JSON')
    .action(routes)
  withManual(command, {
    about: [
      'For each mount: its path, the filters in front of it, the application. Below it the routes, of applications that can tell: by `routes` of their factory (which is then not called), by a `routes()` of their own, or because they are of Express. Of a router inside an Express application only the dots are known of where it is mounted, for Express does not keep that.',
      'Applications of which nothing is known otherwise are made, without their filters, and closed again, unless --no-load is given. Of one that cannot be made the reason is told behind a question mark.',
    ],
    exits: { 1: 'the file cannot be loaded, or a mount of it leads nowhere' },
    examples: [
      ['What is where', 'paster routes api-paste.ini#osapi_compute'],
      [
        'Paths that take a POST',
        `paster routes app.ini --json | jq -r '.[].routes[]? | select(.method == "POST").path'`,
      ],
    ],
  })
}

async function routes(
  file: string,
  given: Record<string, string>,
  options: { appName?: string; load: boolean; json?: boolean },
): Promise<void> {
  const found = await listRoutes(uriOf(file), {
    ...optionsOf(options.appName, given),
    make: options.load,
  })
  console.log(options.json ? JSON.stringify(found, null, 2) : routesText(found))
  if (found.some(({ problem }) => problem !== undefined)) process.exitCode = 1
}

const routesText = (found: readonly MountedApp[]): string => {
  const colours = paint(wantsColour(process.stdout))
  const width = Math.max(...found.map(({ path }) => path.length))
  return found
    .flatMap(({ path, filters, app, routes, problem, unknown }) => {
      const way = [...filters.map(colours.dim), colours.bold(app)].join(' → ')
      return [
        `${colours.green(path.padEnd(width))}  ${way}`,
        ...(problem === undefined ? [] : [`    ${colours.red(`✗ ${problem}`)}`]),
        ...(unknown === undefined ? [] : [`    ${colours.yellow(`? ${unknown}`)}`]),
        ...(routes ?? []).map(one => `    ${one.method.padEnd(7)} ${one.path}`),
      ]
    })
    .join('\n')
}
