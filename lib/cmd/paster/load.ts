import type { Command } from 'commander'
import { appconfig, ReloadableApp } from '../../paste/index.js'
import { resolvePlan } from '../../paste/load.js'
import { isSecretName, masked, maskUrl } from '../../paste/secrets.js'
import { globals, optionsOf, uriOf } from './arguments.js'
import { withManual } from './manual.js'

export const addLoad = (program: Command): void => {
  const command = program
    .command('load')
    .description('load an application, every factory called, and serve nothing')
    .usage('[options] FILE [var=value...]')
    .argument('<file>', 'FILE, FILE#name, or a URI')
    .argument('[var=value...]', 'globals', globals)
    .option('-n, --app-name <name>', 'the section of the application (main)')
    .action(load)
  withManual(command, {
    about: [
      'What serve does before it listens: the application is made, with all its filters, and closed again. Then its options are told, secrets masked. To look without making anything, use show or check.',
    ],
    exits: { 1: 'it does not load; the reason is on stderr' },
    examples: [
      ['See whether a file loads on this machine', 'paster load app.ini'],
      ['Another application of the file, with a global', 'paster load app.ini#api site=north'],
    ],
  })
}

async function load(file: string, given: Record<string, string>, options: { appName?: string }) {
  const uri = uriOf(file)
  const loading = optionsOf(options.appName, given)
  const loaded = await ReloadableApp.load(uri, loading)
  await loaded.close()
  const quiet = { ...loading, warn: () => {} }
  const { localConf } = await appconfig(uri, quiet)
  const plan = await resolvePlan('app', uri, quiet)
  const [asked] = plan.chain
  console.log(`${asked ? `[${asked.section.section}]` : uri} loads.`)
  for (const [key, value] of Object.entries(localConf)) {
    const secret = plan.options.get(key)?.secret || isSecretName(key)
    console.log(`  ${key} = ${secret ? masked : maskUrl(value)}`)
  }
}
