import type { Command } from 'commander'
import { type ArchiveCommandOptions, archive } from './archive.js'
import { apiDbSync, dbSync, printVersion } from './db.js'
import { onlineDataMigrations } from './online-data-migrations.js'
import { type PurgeCommandOptions, purge } from './purge.js'
import type { Run } from './run-command.js'

/** `api_db` and `db`. */
export const buildDatabases = (program: Command, run: Run): void => {
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
  buildArchive(db, run)
}

const buildArchive = (db: Command, run: Run): void => {
  db.command('archive_deleted_rows')
    .description('move deleted rows to the shadow tables; exits with 1 when there were some')
    .option('--max_rows <number>', 'rows to move, or a batch of --until-complete', '1000')
    .option('--before <date>', 'only what was deleted before')
    .option('--verbose', 'print how many rows of which table')
    .option('--until-complete', 'go on until all are moved')
    .option('--purge', 'then empty the shadow tables')
    .option('--all-cells', 'in every cell, not only in that of [database] connection')
    .option('--task-log', 'rows of task_log too, which are never deleted')
    .option('--sleep <seconds>', 'between batches of --until-complete', '0')
    .action(
      run((session, { max_rows, ...options }: ArchiveCommandOptions & { max_rows: string }) =>
        archive(session, { ...options, maxRows: max_rows }),
      ),
    )
  db.command('purge')
    .description('empty the shadow tables; exits with 3 when they are empty')
    .option('--before <date>', 'only rows older than this')
    .option('--all', 'all rows')
    .option('--verbose', 'print how many rows of which table')
    .option('--all-cells', 'in every cell, not only in that of [database] connection')
    .action(run((session, options: PurgeCommandOptions) => purge(session, options)))
  db.command('online_data_migrations')
    .description('change rows that an older nova wrote as a newer one wants them')
    .option('--max-count <number>', 'rows to change')
    .action(run(onlineDataMigrations))
}
