import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import {
  type InjectedAnswer,
  inject,
  ReloadableApp,
  type Step,
  stepTracer,
} from '../../paste/index.js'
import { type Paint, paint } from '../../paste/inspect/index.js'
import { messageOf } from '../../util/message-of.js'
import { globals, optionsOf, uriOf, wantsColour } from './arguments.js'
import { explain } from './explain.js'
import { withManual } from './manual.js'

interface Options {
  readonly appName?: string
  readonly method?: string
  readonly header?: Record<string, string>
  readonly configVar?: Record<string, string>
  readonly data?: string
  readonly timeout: number
  readonly displayHeaders?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

const pair =
  (shape: string) =>
  (text: string, known: Record<string, string> = {}): Record<string, string> => {
    const colon = text.indexOf(':')
    if (colon < 1) throw new InvalidArgumentError(`It must be written ${shape}.`)
    return { ...known, [text.slice(0, colon).trim()]: text.slice(colon + 1).trim() }
  }

const seconds = (text: string): number => {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= 3600) return value
  throw new InvalidArgumentError('It must be seconds, up to 3600.')
}

export const addRequest = (program: Command): void => {
  const command = program
    .command('request')
    .description(
      'send one request through an application, without a server, and tell which section did what',
    )
    .usage('[options] FILE URL [var=value...]')
    .argument('<file>', 'FILE, FILE#name, or a URI')
    .argument('<url>', 'a path, or a whole URL')
    .argument('[var=value...]', 'globals', globals)
    .option('-n, --app-name <name>', 'the section of the application (main)')
    .option('-X, --method <method>', 'GET, or POST with --data')
    .option(
      '-H, --header <name:value>',
      'a header of the request; once for each',
      pair('Name: value'),
    )
    .option('-d, --data <text>', 'the body; @FILE for that of a file, @- for what comes on stdin')
    .option(
      '--config-var <name:value>',
      'a global as well, in the way of Paste; once for each',
      pair('NAME:VALUE'),
    )
    .option('--timeout <seconds>', 'how long to wait for the answer', seconds, 30)
    .option('--display-headers', 'print status and headers to stdout, ahead of the body')
    .option('--json', 'print steps and answer as one JSON document')
    .option('-q, --quiet', 'print nothing but the body')
    .action(request)
  withManual(command, {
    about: [
      'The application is loaded, asked once, and closed. The body of the answer goes to stdout, so that it can be piped on; to stderr go the status, the headers, and a line for each section that the request came to, in order: what became of the request there, the time that it was in its hands, and what it changed (+added, ~changed, -removed headers).',
      'A section answered; passed the request on; gave up (called next without passing it on); failed (with an error of its own); or the request was aborted in it (no answer in time).',
    ],
    exits: { 0: 'the answer is below 400', 1: 'it is not, or there is none' },
    examples: [
      ['Ask', 'paster request app.ini /'],
      ['Ask an API, and read its JSON', 'paster request app.ini#api "/servers?limit=2" | jq .'],
      [
        'Send a body',
        `paster request app.ini /servers -H 'Content-Type: application/json' -d '{"server": {}}'`,
      ],
      [
        'Find the slowest section',
        "paster request app.ini / --json | jq '.steps | max_by(.ownMs)'",
      ],
    ],
  })
}

async function request(
  file: string,
  path: string,
  given: Record<string, string> | undefined,
  options: Options,
): Promise<void> {
  let steps: readonly Step[] = []
  const over = Promise.withResolvers<void>()
  const tracer = stepTracer({
    done: all => {
      steps = all
      over.resolve()
    },
  })
  const loading = optionsOf(options.appName, { ...options.configVar, ...given })
  const app = await ReloadableApp.load(uriOf(file), { ...loading, tracer })
  try {
    const body = options.data === undefined ? undefined : bodyOf(options.data)
    const answer = await inject(app.app, {
      method: options.method?.toUpperCase() ?? (body === undefined ? 'GET' : 'POST'),
      url: path,
      headers: options.header,
      body,
      timeout: options.timeout * 1000,
      failed: error => {
        if (!options.quiet) console.error(explain(error))
      },
    })
    await Promise.race([over.promise, new Promise(setImmediate)])
    print(answer, steps, options)
    process.exitCode = answer.status < 400 ? 0 : 1
  } catch (error) {
    await new Promise(setImmediate)
    if (steps.length && !options.quiet) {
      console.error(stepsText(steps, paint(wantsColour(process.stderr))))
    }
    throw error
  } finally {
    await app.close()
  }
}

const bodyOf = (data: string): string | Buffer =>
  data.startsWith('@') ? readFileSync(data === '@-' ? 0 : data.slice(1)) : data

const print = (answer: InjectedAnswer, steps: readonly Step[], options: Options): void => {
  const { status, reason, headers, body } = answer
  if (options.json) {
    const told = steps.map(({ section, kind, within, outcome, ownMs, changes, error }) => ({
      section,
      kind,
      within: within?.section,
      outcome,
      ownMs,
      changes,
      error: error === undefined ? undefined : messageOf(error),
    }))
    console.log(
      JSON.stringify({ status, headers, body: body.toString('utf8'), steps: told }, null, 2),
    )
    return
  }
  const stream = options.displayHeaders ? process.stdout : process.stderr
  const head = (colours: Paint): string =>
    [
      colours.bold(`HTTP ${status} ${reason}`),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '\n',
    ].join('\n')
  if (!options.quiet) {
    process.stderr.write(`${stepsText(steps, paint(wantsColour(process.stderr)))}\n`)
  }
  if (!options.quiet || options.displayHeaders) stream.write(head(paint(wantsColour(stream))))
  process.stdout.write(body)
  if (process.stdout.isTTY && body.length && body.at(-1) !== 10) process.stdout.write('\n')
}

const stepsText = (steps: readonly Step[], colours: Paint): string => {
  const depths = new Map<Step, number>()
  for (const step of steps) {
    depths.set(step, step.within ? (depths.get(step.within) ?? 0) + 1 : 0)
  }
  const width = Math.max(0, ...steps.map(step => step.section.length + (depths.get(step) ?? 0)))
  const paintOf = {
    passed: colours.dim,
    answered: colours.green,
    'gave up': colours.yellow,
    failed: colours.red,
    aborted: colours.red,
  }
  return steps
    .map(step => {
      const { section, outcome, ownMs, changes, error } = step
      const name = `${' '.repeat(depths.get(step) ?? 0)}${section}`.padEnd(width + 2)
      const told = [paintOf[outcome](outcome.padEnd(8)), `${ownMs.toFixed(2).padStart(7)} ms`]
      return [
        name,
        ...told,
        error === undefined ? '' : colours.red(messageOf(error)),
        changes.join(' '),
      ]
        .filter(Boolean)
        .join('  ')
        .trimEnd()
    })
    .concat('')
    .join('\n')
}
