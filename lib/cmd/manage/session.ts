import type { NovaConf } from '../../conf/index.js'
import type { Database } from '../../db/database.js'
import { openDatabase } from '../../db/open.js'
import type { ApiSchema } from '../../db/schema/api.js'
import type { CellSchema } from '../../db/schema/cell.js'
import { fillUrlTemplate } from '../../db/template.js'

/** A command cannot do its work: its text is for the operator, its number the exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** An hour: adding an index to a table that is full of rows takes its time. */
const MANAGE_QUERY_TIMEOUT = 3_600_000

/** Where a command's words go, and who may interrupt it. */
export interface SessionSurroundings {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly signal?: AbortSignal | undefined
}

/** What a command of nova-manage works with. */
export class ManageSession {
  readonly conf: NovaConf
  /** Aborted when the operator interrupts: long commands come to a clean end soon. */
  readonly signal: AbortSignal | undefined
  readonly #surroundings: SessionSurroundings
  readonly #opened: { close(): Promise<void> }[] = []

  constructor(conf: NovaConf, surroundings: SessionSurroundings) {
    this.conf = conf
    this.signal = surroundings.signal
    this.#surroundings = surroundings
  }

  print(line: string): void {
    this.#surroundings.out(`${line}\n`)
  }

  /** Progress: without an end of line. */
  write(text: string): void {
    this.#surroundings.out(text)
  }

  /** What a script that reads the output does not want there. */
  warn(line: string): void {
    this.#surroundings.err(`${line}\n`)
  }

  /** @throws CommandError when nova.conf names none */
  api(): Promise<Database<ApiSchema>> {
    return this.#open<ApiSchema>(this.#url('api_database'))
  }

  /** The database of `[database] connection`. */
  main(): Promise<Database<CellSchema>> {
    return this.#open<CellSchema>(this.mainUrl())
  }

  /** @param template of a cell mapping */
  cell(template: string): Promise<Database<CellSchema>> {
    return this.#open<CellSchema>(fillUrlTemplate(template, this.conf.database.connection))
  }

  mainUrl(): string {
    return this.#url('database')
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map(database => database.close()))
  }

  #url(group: 'api_database' | 'database'): string {
    const url = this.conf[group].connection
    if (url) return url
    throw new CommandError(`[${group}] connection is not set in nova.conf`)
  }

  /** Opens it, and makes sure that it is there. */
  async #open<Schema>(url: string): Promise<Database<Schema>> {
    const database = openDatabase<Schema>(url, { queryTimeout: MANAGE_QUERY_TIMEOUT })
    this.#opened.push(database)
    await database.ping()
    return database
  }
}
