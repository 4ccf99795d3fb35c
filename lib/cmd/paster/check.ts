import type { Command } from 'commander'
import { type CheckResult, checkFile, paint, reportText } from '../../paste/inspect/index.js'
import { globals, optionsOf, uriOf, wantsColour } from './arguments.js'
import { withManual } from './manual.js'

interface Options {
  readonly appName?: string
  readonly json?: boolean
  readonly strict?: boolean
}

export const addCheck = (program: Command): void => {
  const command = program
    .command('check')
    .description('tell everything that is wrong with a file, all at once, and serve nothing')
    .argument('<file>', 'FILE, FILE#name, or a URI')
    .argument('[var=value...]', 'globals', globals)
    .option('-n, --app-name <name>', 'where all begins: what it does not reach is unused')
    .option('--json', 'as JSON')
    .option('--strict', 'warnings count as errors do')
    .action(async (file: string, given: Record<string, string>, options: Options) => {
      const result = await checkFile(uriOf(file), optionsOf(options.appName, given))
      const colours = paint(!options.json && wantsColour(process.stdout))
      console.log(options.json ? JSON.stringify(result, null, 2) : reportText(result, colours))
      process.exitCode = exitCode(result, options.strict ?? false)
    })
  withManual(command, {
    about: [
      'Every section of every file that is reached is looked at; modules are imported, factories are asked for the options that they declare, none is called.',
      'A warning is allowed by a comment above its line, with its code: # paste: allow unused-section',
    ],
    exits: {
      0: 'nothing is wrong, or there are warnings only',
      1: 'there are errors',
      2: 'there are warnings only, and --strict is given',
    },
    examples: [
      ['Ahead of a restart', 'paster check api-paste.ini -n osapi_compute'],
      ['In CI', 'paster check app.ini --strict'],
      ['For a program', "paster check app.ini --json | jq '.findings[].text'"],
    ],
  })
}

const exitCode = ({ findings }: CheckResult, strict: boolean): number =>
  findings.some(({ level }) => level === 'error') ? 1 : strict && findings.length ? 2 : 0
