import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { inject, loadapp } from '../../paste/index.js'
import { type Paint, paint } from '../../paste/inspect/index.js'
import { type Step, stepTracer } from '../../paste/steps.js'
import { globals, optionsOf, uriOf, wantsColour } from './arguments.js'

interface Options {
  readonly appName?: string
  readonly method?: string
  readonly header?: Record<string, string>
  readonly data?: string
  readonly quiet?: boolean
}

const header = (text: string, known: Record<string, string> = {}): Record<string, string> => {
  const colon = text.indexOf(':')
  if (colon < 1) throw new InvalidArgumentError('It must be written Name: value.')
  return { ...known, [text.slice(0, colon).trim()]: text.slice(colon + 1).trim() }
}

export const addRequest = (program: Command): void => {
  program
    .command('request')
    .description(
      'send one request through an application, without a server, and tell which section did what',
    )
    .argument('<file>', 'FILE, FILE#name, or a URI')
    .argument('<url>', 'a path, or a whole URL')
    .argument('[var=value...]', 'globals', globals)
    .option('-n, --app-name <name>', 'the section of the application (main)')
    .option('-X, --method <method>', 'GET, or POST with --data')
    .option('-H, --header <name: value>', 'once for each', header)
    .option('-d, --data <text>', 'the body')
    .option('-q, --quiet', 'the body of the answer alone')
    .addHelpText(
      'after',
      "\nEnds with 0 when the answer is below 400, else with 1.\n\nExamples:\n  paster request app.ini /\n  paster request app.ini#api /servers -X POST -H 'Content-Type: application/json' -d '{}'",
    )
    .action(async (file: string, url: string, given: Record<string, string>, options: Options) => {
      let steps: readonly Step[] = []
      const tracer = stepTracer({
        done: all => {
          steps = all
        },
      })
      const app = await loadapp(uriOf(file), { ...optionsOf(options.appName, given), tracer })
      const {
        method = options.data === undefined ? 'GET' : 'POST',
        header: headers,
        data,
      } = options
      const answer = await inject(app, { method, url, headers, body: data })
      if (options.quiet) {
        process.stdout.write(answer.body)
      } else {
        const colours = paint(wantsColour(process.stdout))
        const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`)
        console.log(
          [
            stepsText(steps, colours),
            colours.bold(`HTTP ${answer.status} ${answer.reason}`),
            ...lines,
            '',
            answer.body.toString('utf8'),
          ].join('\n'),
        )
      }
      process.exitCode = answer.status < 400 ? 0 : 1
    })
}

const stepsText = (steps: readonly Step[], colours: Paint): string => {
  const width = Math.max(0, ...steps.map(({ section }, depth) => section.length + depth))
  return steps
    .map(({ section, outcome, ownMs, changes, error }, depth) => {
      const name = `${' '.repeat(depth)}${section}`.padEnd(width + 2)
      const paintOf = {
        passed: colours.dim,
        answered: colours.green,
        'gave up': colours.yellow,
        failed: colours.red,
        aborted: colours.red,
      }
      const told = [paintOf[outcome](outcome.padEnd(8)), `${ownMs.toFixed(2).padStart(7)} ms`]
      return [
        name,
        ...told,
        changes.join(' '),
        error === undefined
          ? ''
          : colours.red(error instanceof Error ? error.message : String(error)),
      ]
        .join('  ')
        .trimEnd()
    })
    .concat('')
    .join('\n')
}
