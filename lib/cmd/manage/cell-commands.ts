import type { Command } from 'commander'
import { deleteHost, discoverHosts, listHosts } from './cell-hosts.js'
import { mapInstances, verifyInstance } from './cell-instances.js'
import {
  createCell,
  deleteCell,
  listCells,
  mapCell0,
  mapCellAndHosts,
  simpleCellSetup,
  updateCell,
} from './cell-v2.js'
import type { Run } from './run-command.js'

interface CellArguments {
  readonly name?: string
  readonly transportUrl?: string
  readonly database_connection?: string
  readonly disabled?: boolean
  readonly verbose?: boolean
}

/** `cell_v2`. */
export const buildCells = (cells: Command, run: Run): void => {
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
  buildHosts(cells, run)
  buildInstances(cells, run)
}

const buildHosts = (cells: Command, run: Run): void => {
  cells
    .command('map_cell_and_hosts')
    .description('map a cell of [database] connection, and its hosts into it')
    .option('--transport-url <url>', 'its message bus; by default [DEFAULT] transport_url')
    .option('--name <name>', 'name of the cell')
    .option('--verbose', 'print its uuid')
    .action(run(mapCellAndHosts))
  cells
    .command('discover_hosts')
    .description('map the compute hosts that are in no cell yet')
    .option('--cell_uuid <uuid>', 'only of this cell')
    .option('--verbose', 'tell what is done')
    .option('--strict', 'exit with 1 when there are none')
    .option(
      '--by-service',
      'by the services nova-compute, not by their nodes (ironic has none at first)',
    )
    .action(
      run(
        (
          session,
          options: {
            cell_uuid?: string
            verbose?: boolean
            strict?: boolean
            byService?: boolean
          },
        ) => discoverHosts(session, { ...options, cellUuid: options.cell_uuid }),
      ),
    )
  cells
    .command('list_hosts')
    .description('print which host is in which cell')
    .option('--cell_uuid <uuid>', 'only of this cell')
    .action(
      run((session, options: { cell_uuid?: string }) =>
        listHosts(session, { cellUuid: options.cell_uuid }),
      ),
    )
  cells
    .command('delete_host')
    .description('take a host without instances out of its cell')
    .requiredOption('--cell_uuid <uuid>', 'of which cell')
    .requiredOption('--host <host>', 'which')
    .action(
      run((session, options: { cell_uuid: string; host: string }) =>
        deleteHost(session, { cellUuid: options.cell_uuid, host: options.host }),
      ),
    )
}

const buildInstances = (cells: Command, run: Run): void => {
  cells
    .command('map_instances')
    .description('map the instances of a cell that are not mapped; exits with 1 when some are left')
    .requiredOption('--cell_uuid <uuid>', 'which')
    .option('--max-count <number>', 'at most so many; the next run goes on from there')
    .option('--reset', 'begin from the first instance')
    .action(
      run((session, options: { cell_uuid: string; maxCount?: string; reset?: boolean }) =>
        mapInstances(session, { ...options, cellUuid: options.cell_uuid }),
      ),
    )
  cells
    .command('verify_instance')
    .description('tell where an instance is; exits with 0 when it is in a cell')
    .requiredOption('--uuid <uuid>', 'which')
    .option('--quiet', 'print nothing')
    .action(run(verifyInstance))
}
