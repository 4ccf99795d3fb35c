import './require-node.js'
import { readFileSync } from 'node:fs'
import type { Server as HttpServer } from 'node:http'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { novaModules } from '../filters/aliases.js'
import { appconfig, type LoadOptions, loadapp, loadserver, PasteError } from '../paste/index.js'
import { resolvePlan } from '../paste/load.js'
import { listen } from '../paste/stock/http-server.js'

const { version } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string }

const port = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text)
  throw new InvalidArgumentError('It must be a number from 0 to 65535.')
}

/** `var=value` arguments, which become globals. */
const globals = (text: string, known: Record<string, string> = {}): Record<string, string> => {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('It must be written var=value.')
  return { ...known, [text.slice(0, equals)]: text.slice(equals + 1) }
}

/** A path means a file; anything with a scheme is a URI as it stands. */
const uriOf = (file: string): string => (/^[a-zA-Z]+:/.test(file) ? file : `config:${file}`)

const optionsOf = (
  name: string | undefined,
  globalConf: Record<string, string> = {},
): LoadOptions => ({
  name,
  relativeTo: process.cwd(),
  globalConf,
  modules: novaModules(),
  warn: warning => console.error(`warning: ${warning.message}`),
})

const program = new Command('paster')
  .description('Loads and serves what a Paste Deploy file describes.')
  .version(version)

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

/** One sentence for what the reader can mend, with its place; the whole stack for the rest. */
const explain = (error: unknown): string => {
  if (error instanceof PasteError) {
    return error.excerpt ? `${error.message}\n\n${error.excerpt}` : error.message
  }
  if (!(error instanceof Error)) return String(error)
  const place: unknown = Reflect.get(error, 'paste')
  if (place instanceof PasteError) return explain(place)
  return 'code' in error ? error.message : (error.stack ?? error.message)
}

try {
  await program.parseAsync()
} catch (error) {
  console.error(`paster: ${explain(error)}`)
  process.exitCode = 1
}
