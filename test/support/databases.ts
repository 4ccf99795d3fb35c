import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import type { Database } from '../../lib/db/database.js'
import { apiHistory, cellHistory } from '../../lib/db/migrations/history.js'
import { migrate } from '../../lib/db/migrations/migrate.js'
import { openDatabase } from '../../lib/db/open.js'
import type { ApiSchema } from '../../lib/db/schema/api.js'
import type { CellSchema } from '../../lib/db/schema/cell.js'

const host = '127.0.0.1'
/** The MariaDB that tests use. */
export const machineMariadb: MariadbServer = { port: 3306 }
const { port } = machineMariadb

/** An engine within a test: databases of names that no other test has, gone when the test ends. */
export interface Engine {
  readonly name: 'SQLite' | 'MariaDB'
  /** The URL of a new, empty database. */
  url(): Promise<string>
  /** Opens one; closed after the test. */
  open<Schema>(url: string): Database<Schema>
  /** A new API database with its schema. */
  api(): Promise<Database<ApiSchema>>
  /** A new cell's database with its schema. */
  cell(): Promise<Database<CellSchema>>
}

/**
 * Runs the suite over SQLite (files) and over MariaDB; without one, that half is skipped aloud, or
 * fails on CI. Whatever the engine gives lasts for one test, or for the
 * suite: then the suite opens it in a `before`, and sees to its rows itself.
 */
export const eachEngine = (
  suite: (engine: Engine) => void,
  lasting: 'test' | 'suite' = 'test',
): void => {
  const finallyDo = lasting === 'test' ? afterEach : after
  describe('on SQLite', () => {
    const folders: string[] = []
    const url = async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kilonova-db-'))
      folders.push(folder)
      return `sqlite:///${folder}/test.db`
    }
    suite(engineOf('SQLite', url, finallyDo))
    finallyDo(() => {
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
    })
  })

  describe('on MariaDB', () => {
    const names: string[] = []
    before(needsMariadb)
    const url = async () => {
      const name = `kilonova_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`
      await withServer(server => server.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb3`))
      names.push(name)
      return `mysql+pymysql://root@${host}:${port}/${name}?charset=utf8`
    }
    suite(engineOf('MariaDB', url, finallyDo))
    finallyDo(async () => {
      if (names.length === 0) return
      await withServer(async server => {
        for (const name of names.splice(0)) await server.query(`DROP DATABASE ${name}`)
      })
    })
  })
}

const engineOf = (
  name: Engine['name'],
  url: Engine['url'],
  finallyDo: typeof afterEach,
): Engine => {
  const opened: { close(): Promise<void> }[] = []
  // Before the databases are dropped: hooks run in the order of their declaration.
  finallyDo(async () => {
    for (const db of opened.splice(0)) await db.close()
  })
  const open = <Schema>(where: string): Database<Schema> => {
    const db = openDatabase<Schema>(where)
    opened.push(db)
    return db
  }
  return {
    name,
    url,
    open,
    api: async () => {
      const db = open<ApiSchema>(await url())
      await migrate(db, apiHistory)
      return db
    },
    cell: async () => {
      const db = open<CellSchema>(await url())
      await migrate(db, cellHistory)
      return db
    },
  }
}

/** The machine's MariaDB, or one like it. */
export interface MariadbServer {
  readonly port: number
}

/** A connection to the server, in no database. */
export const withServer = async <T>(
  work: (server: mysql.Connection) => Promise<T>,
  { port }: MariadbServer = machineMariadb,
): Promise<T> => {
  const server = await mysql.createConnection({ host, port, user: 'root' })
  try {
    return await work(server)
  } finally {
    await server.end()
  }
}

/** For a `before`: skips aloud where there is no MariaDB; on CI it has to be there. */
export async function needsMariadb(this: Mocha.Context): Promise<void> {
  try {
    await withServer(server => server.query('SELECT 1'))
  } catch {
    if (process.env.CI === 'true') throw new Error(`no MariaDB at ${host}:${port}`)
    console.log(`      skipped: no MariaDB at ${host}:${port}`)
    this.skip()
  }
}
