import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { Command, CommanderError } from 'commander'
import { ConfError, defaultSources, loadConf, renderSample } from '../../conf/index.js'
import { buildApiCommands } from './api/index.js'
import {
  createCell,
  deleteCell,
  discoverHosts,
  listCells,
  mapCell0,
  simpleCellSetup,
  updateCell,
} from './cell-v2.js'
import { apiDbSync, dbSync, printVersion } from './db.js'
import { CommandError, ManageSession } from './session.js'

/** Where a command's words go, and what it finds around itself. */
export interface Surroundings {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
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
  { out, err, env }: Surroundings,
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
      const session = new ManageSession(loadConf({ ...sources, env }), line => out(`${line}\n`))
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
    const message = error instanceof Error ? error.message : String(error)
    err(known ? `${message}\n` : `An error has occurred: ${message}\n`)
    return error instanceof CommandError ? error.exitCode : known ? 1 : UNEXPECTED
  }
}

type Run = <Options>(
  work: (session: ManageSession, options: Options) => Promise<number>,
) => (options: Options) => Promise<void>

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

  const apiDb = program.command('api_db').description('the API database')
  const sync = (group: Command, what: string) =>
    group
      .command('sync')
      .description(`make ${what}, or bring it to the newest schema`)
      .argument('[version]', 'revision to stop at')
      .option('--version <version>', 'the same')
  sync(apiDb, 'the API database').action((version: string | undefined, options) =>
    run((session, given: { version?: string }) => apiDbSync(session, version ?? given.version))(
      options,
    ),
  )
  apiDb
    .command('version')
    .description('print the revision of its schema')
    .action(run(async session => printVersion(session, await session.api())))

  const db = program.command('db').description("the cell's database")
  sync(db, "the cell's database and that of cell0")
    .option('--local_cell', 'leave cell0 alone')
    .action((version: string | undefined, options) =>
      run((session, given: { version?: string; local_cell?: boolean }) =>
        dbSync(session, {
          version: version ?? given.version,
          localCell: given.local_cell ?? false,
        }),
      )(options),
    )
  db.command('version')
    .description('print the revision of its schema')
    .action(run(async session => printVersion(session, await session.main())))

  buildCells(program.command('cell_v2').description('cells'), run)
  buildApiCommands(program.command('api').description('the compute API and its extensions'), run)

  program
    .command('config')
    .description('nova.conf')
    .command('sample')
    .description('print a nova.conf with every option and its default')
    .action(() => print(renderSample()))
}

interface CellArguments {
  readonly name?: string
  readonly transportUrl?: string
  readonly database_connection?: string
  readonly disabled?: boolean
  readonly verbose?: boolean
}

const buildCells = (cells: Command, run: Run): void => {
  const urls = (command: Command) =>
    command
      .option('--name <name>', 'name of the cell')
      .option('--transport-url <url>', 'its message bus; by default [DEFAULT] transport_url')
      .option('--database_connection <url>', 'its database; by default [database] connection')
  const given = ({ database_connection, ...others }: CellArguments) => ({
    ...others,
    databaseConnection: database_connection,
  })

  cells
    .command('simple_cell_setup')
    .description('map cell0, and all hosts there are into one cell')
    .option('--transport-url <url>', 'its message bus; by default [DEFAULT] transport_url')
    .action(run(simpleCellSetup))
  cells
    .command('map_cell0')
    .description('map the cell of instances that were never placed')
    .option('--database_connection <url>', 'by default [database] connection with _cell0 added')
    .action(run((session, options: CellArguments) => mapCell0(session, given(options))))
  urls(cells.command('create_cell').description('map a cell'))
    .option('--disabled', 'place nothing in it yet')
    .option('--verbose', 'print its uuid')
    .action(run((session, options: CellArguments) => createCell(session, given(options))))
  cells
    .command('list_cells')
    .description('print all cells')
    .option('--verbose', 'with passwords')
    .action(run(listCells))
  cells
    .command('discover_hosts')
    .description('map the compute hosts that are in no cell yet')
    .option('--cell_uuid <uuid>', 'only of this cell')
    .option('--verbose', 'tell what is done')
    .option('--strict', 'exit with 1 when there are none')
    .option('--by-service', 'accepted; hosts are found by their compute nodes')
    .action(
      run((session, options: { cell_uuid?: string; verbose?: boolean; strict?: boolean }) =>
        discoverHosts(session, { ...options, cellUuid: options.cell_uuid }),
      ),
    )
  cells
    .command('delete_cell')
    .description('forget a cell that has neither hosts nor instances')
    .requiredOption('--cell_uuid <uuid>', 'which')
    .option('--force', 'though it has hosts')
    .action(
      run((session, options: { cell_uuid: string; force?: boolean }) =>
        deleteCell(session, { ...options, cellUuid: options.cell_uuid }),
      ),
    )
  urls(cells.command('update_cell').description('change a cell'))
    .requiredOption('--cell_uuid <uuid>', 'which')
    .option('--disable', 'place nothing more in it')
    .option('--enable', 'place instances in it again')
    .action(
      run(
        (
          session,
          options: CellArguments & { cell_uuid: string; disable?: boolean; enable?: boolean },
        ) => updateCell(session, { ...given(options), ...options, cellUuid: options.cell_uuid }),
      ),
    )
}
