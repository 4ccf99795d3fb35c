import './require-node.js'
import { Command } from 'commander'
import { appconfig, loadapp } from '../paste/index.js'
import { resolvePlan } from '../paste/load.js'
import { isSecretName, masked, maskUrl } from '../paste/secrets.js'
import { globals, optionsOf, packageVersion, uriOf } from './paster/arguments.js'
import { addCheck } from './paster/check.js'
import { addCompletion } from './paster/completion.js'
import { addDescribe } from './paster/describe.js'
import { explain } from './paster/explain.js'
import { addRequest } from './paster/request.js'
import { addRoutes } from './paster/routes.js'
import { addServe } from './paster/serve.js'
import { addShow } from './paster/show.js'

const program = new Command('paster')
  .description('Loads and serves what a Paste Deploy file describes.')
  .version(packageVersion())

addServe(program)

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
      const [asked] = plan.chain
      console.log(`${asked ? `[${asked.section.section}]` : uri} loads.`)
      for (const [key, value] of Object.entries(localConf)) {
        const secret = plan.options.get(key)?.secret || isSecretName(key)
        console.log(`  ${key} = ${secret ? masked : maskUrl(value)}`)
      }
    },
  )

addShow(program)
addCheck(program)
addDescribe(program)
addRequest(program)
addRoutes(program)
addCompletion(program)

try {
  await program.parseAsync()
} catch (error) {
  console.error(`paster: ${explain(error)}`)
  process.exitCode = 1
}
