import './require-node.js'
import type { Server as HttpServer } from 'node:http'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { appconfig, type LoadOptions, loadapp, loadserver, PasteError } from '../paste/index.js'
import { resolvePlan } from '../paste/load.js'
import { listen } from '../paste/stock/http-server.js'
import { globals, optionsOf, packageVersion, port, uriOf } from './paster/arguments.js'
import { addCheck } from './paster/check.js'
import { addDescribe } from './paster/describe.js'
import { explain } from './paster/explain.js'
import { addShow } from './paster/show.js'

const program = new Command('paster')
  .description('Loads and serves what a Paste Deploy file describes.')
  .version(packageVersion())

program
  .command('serve')
  .description('serve an application of a file')
  .argument('<file>', 'FILE, FILE#name, or a URI such as config:/etc/app.ini#main')
  .argument('[var=value...]', 'globals, for %(var)s and for the factories', globals)
  .option('-n, --app-name <name>', 'the section of the application (main)')
  .option('--server-name <name>', 'the section of the server (main, if the file has it)')
  .option('--host <address>', 'listen here, whatever the file says')
  .option('--port <number>', 'and on this port; 0 for any that is free', port)
  .addHelpText(
    'after',
    '\nExamples:\n  paster serve app.ini\n  paster serve app.ini#api --port 8774\n  paster serve app.ini site=north',
  )
  .action(serve)

program
  .command('load')
  .description('load an application, every factory called, and serve nothing')
  .argument('<file>', 'FILE, FILE#name, or a URI')
  .argument('[var=value...]', 'globals', globals)
  .option('-n, --app-name <name>', 'the section of the application (main)')
  .action(
    async (file: string, given: Record<string, string>, { appName }: { appName?: string }) => {
      const uri = uriOf(file)
      const options = optionsOf(appName, given)
      await loadapp(uri, options)
      const { localConf } = await appconfig(uri, { ...options, warn: () => {} })
      const plan = await resolvePlan('app', uri, { ...options, warn: () => {} })
      console.log(`${plan.section ? `[${plan.section.section}]` : uri} loads.`)
      for (const [key, value] of Object.entries(localConf)) console.log(`  ${key} = ${value}`)
    },
  )

interface ServeOptions {
  readonly appName?: string
  readonly serverName?: string
  readonly host?: string
  readonly port?: number
}

async function serve(
  file: string,
  given: Record<string, string>,
  options: ServeOptions,
): Promise<void> {
  const uri = uriOf(file)
  const load = optionsOf(options.appName, given)
  const byHand = options.host !== undefined || options.port !== undefined
  const server = byHand ? null : await serverOf(uri, options.serverName, load)
  const app = await loadapp(uri, load)
  const { host = '127.0.0.1' } = options
  const running = server
    ? await server(app)
    : await listen(app, { host, port: options.port ?? 8080 })
  if (!isHttpServer(running)) return
  const address = running.address()
  if (typeof address === 'object' && address) {
    const shown = address.address.includes(':') ? `[${address.address}]` : address.address
    console.log(`serving ${resolve(file.replace(/#.*/s, ''))} on http://${shown}:${address.port}`)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      running.close()
      running.closeIdleConnections()
      // what is being answered gets a little time
      setTimeout(() => running.closeAllConnections(), 2000).unref()
    })
  }
}

/** The file's server; null where it has none and none is asked for. */
const serverOf = async (uri: string, name: string | undefined, options: LoadOptions) => {
  const file = uri.replace(/#.*/s, '')
  try {
    return await loadserver(file, { ...options, name })
  } catch (error) {
    const absent = error instanceof PasteError && error.kind === 'no-section' && name === undefined
    if (absent) return null
    throw error
  }
}

const isHttpServer = (value: unknown): value is HttpServer =>
  typeof value === 'object' && value !== null && 'closeIdleConnections' in value

addShow(program)
addCheck(program)
addDescribe(program)

try {
  await program.parseAsync()
} catch (error) {
  console.error(`paster: ${explain(error)}`)
  process.exitCode = 1
}
