import type { Command } from 'commander'
import { type CheckResult, checkFile, paint, reportText } from '../../paste/inspect/index.js'
import { globals, optionsOf, uriOf, wantsColour } from './arguments.js'

interface Options {
  readonly appName?: string
  readonly json?: boolean
  readonly strict?: boolean
}

export const addCheck = (program: Command): void => {
  program
    .command('check')
    .description('tell everything that is wrong with a file, all at once, and serve nothing')
    .argument('<file>', 'FILE, FILE#name, or a URI')
    .argument('[var=value...]', 'globals', globals)
    .option('-n, --app-name <name>', 'where all begins: what it does not reach is unused')
    .option('--json', 'as JSON')
    .option('--strict', 'warnings count as errors do')
    .addHelpText(
      'after',
      `
Every section of every file that is reached is looked at; modules are imported, no factory is called.
A warning is allowed by a comment above its line, with its code: # paste: allow unused-section

Ends with 0 when nothing is wrong, 1 on errors, 2 when there are warnings only and --strict is given.

Examples:
  paster check api-paste.ini
  paster check api-paste.ini -n osapi_compute --strict
  paster check app.ini --json | jq '.findings[].text'`,
    )
    .action(async (file: string, given: Record<string, string>, options: Options) => {
      const result = await checkFile(uriOf(file), optionsOf(options.appName, given))
      const colours = paint(!options.json && wantsColour(process.stdout))
      console.log(options.json ? JSON.stringify(result, null, 2) : reportText(result, colours))
      process.exitCode = exitCode(result, options.strict ?? false)
    })
}

const exitCode = ({ findings }: CheckResult, strict: boolean): number =>
  findings.some(({ level }) => level === 'error') ? 1 : strict && findings.length ? 2 : 0
