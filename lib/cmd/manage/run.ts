import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { Command, CommanderError } from 'commander'
import { ConfError, defaultSources, loadConf, renderSample } from '../../conf/index.js'
import { messageOf } from '../../util/message-of.js'
import { buildApiCommands } from './api/index.js'
import { buildCells } from './cell-commands.js'
import { buildDatabases } from './db-commands.js'
import { buildPlacementCommands } from './placement/index.js'
import type { Run } from './run-command.js'
import { buildSchedulerCommands } from './scheduler/index.js'
import { CommandError, ManageSession, type SessionSurroundings } from './session.js'

/** Where a command's words go, and what it finds around itself. */
export interface Surroundings extends SessionSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
}

/** nova's code for what it did not expect. */
const UNEXPECTED = 255

/**
 * nova-manage, with nova's commands, words and exit codes.
 *
 * @param args what follows the name of the program
 * @returns the exit code
 */
export const runNovaManage = async (
  args: readonly string[],
  { out, err, env, signal }: Surroundings,
): Promise<number> => {
  let exitCode = 0
  const program = new Command('nova-manage')
  const withSession =
    <Options>(work: (session: ManageSession, options: Options) => Promise<number>) =>
    async (options: Options) => {
      const { configFile, configDir } = program.opts<{
        configFile: string[]
        configDir: string[]
      }>()
      const named = configFile.length || configDir.length
      const sources = named
        ? { files: configFile, dirs: configDir }
        : defaultSources(existsSync, env.HOME ?? homedir())
      const session = new ManageSession(loadConf({ ...sources, env }), { out, err, signal })
      try {
        exitCode = await work(session, options)
      } finally {
        await session.close()
      }
    }
  build(program, withSession, text => out(`${text}\n`))
  for (const command of everyCommand(program)) {
    command.exitOverride().configureOutput({ writeOut: out, writeErr: err })
  }

  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    // argparse's code for a wrong command line
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const known = error instanceof CommandError || error instanceof ConfError
    const message = messageOf(error)
    err(known ? `${message}\n` : `An error has occurred: ${message}\n`)
    return error instanceof CommandError ? error.exitCode : known ? 1 : UNEXPECTED
  }
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value]

const everyCommand = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap(everyCommand),
]

const packageVersion = (): string => {
  const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const build = (program: Command, run: Run, print: (text: string) => void): void => {
  program
    // `--version` of `db sync` is its own
    .enablePositionalOptions()
    .description('Administers the databases and cells of a compute cloud.')
    .version(packageVersion(), '--version')
    .option('--config-file <path>', 'nova.conf; may be repeated, later ones win', collect, [])
    .option('--config-dir <path>', 'folder of further *.conf files', collect, [])

  buildDatabases(program, run)
  buildCells(program.command('cell_v2').description('cells'), run)
  buildApiCommands(program.command('api').description('the compute API and its extensions'), run)
  buildSchedulerCommands(program.command('scheduler').description('the choice of hosts'), run)
  buildPlacementCommands(program.command('placement').description('the Placement service'), run)

  program
    .command('config')
    .description('nova.conf')
    .command('sample')
    .description('print a nova.conf with every option and its default')
    .action(() => print(renderSample()))
}
