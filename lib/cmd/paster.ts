import './require-node.js'
import { Command } from 'commander'
import { packageVersion } from './paster/arguments.js'
import { addCheck } from './paster/check.js'
import { addCompletion } from './paster/completion.js'
import { addDescribe } from './paster/describe.js'
import { explain } from './paster/explain.js'
import { addLoad } from './paster/load.js'
import { ManualHelp, withManual } from './paster/manual.js'
import { addRequest } from './paster/request.js'
import { addRoutes } from './paster/routes.js'
import { addServe } from './paster/serve.js'
import { addShow } from './paster/show.js'

class Paster extends Command {
  override createCommand(name?: string): Command {
    return new Paster(name)
  }

  override createHelp() {
    return Object.assign(new ManualHelp(), this.configureHelp())
  }
}

const program = new Paster('paster')
  .description('check, show, try and serve what a Paste Deploy file describes')
  .version(packageVersion())
  .showSuggestionAfterError()
  .configureOutput({
    outputError: (text, write) => write(text.replace(/^error: /, 'paster: ')),
  })
  // 1 is for files that are wrong
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
withManual(program, {
  about: [
    'FILE is a path, FILE#name an application of it other than main; a URI such as config:/etc/app.ini#main or egg:package#name does as well. Colours are for terminals; NO_COLOR switches them off.',
  ],
  exits: {
    0: 'well',
    1: 'the file, or what is in it, is wrong; the reason is on stderr',
    2: 'the command line makes no sense',
  },
  examples: [
    ['Everything that is wrong with a file', 'paster check app.ini'],
    ['What a request passes', 'paster show app.ini'],
    ['One request, without a server', 'paster request app.ini /'],
    ['Serve it, while you edit it', 'paster serve app.ini --reload'],
    ['What a command can do', 'paster serve --help'],
  ],
})

for (const add of [
  addServe,
  addCheck,
  addShow,
  addRequest,
  addRoutes,
  addLoad,
  addDescribe,
  addCompletion,
]) {
  add(program)
}

/** Timers and sockets of what was loaded keep nobody waiting. */
const exit = (): void => {
  process.stdout.write('', () => process.exit())
}
program.hook('postAction', (_program, command) => {
  if (command.name() !== 'serve') exit()
})

try {
  await program.parseAsync()
} catch (error) {
  console.error(
    `paster: ${explain(
      error,
      process.argv.some(arg => /^(-v|--verbose)$/.test(arg)),
    )}`,
  )
  process.exitCode = 1
  exit()
}
