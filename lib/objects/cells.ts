import type { CellAddress, CellDirectory, DirectAccess, RequestContext } from '../context/index.js'
import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import type { CellSchema } from '../db/schema/cell.js'
import { fillUrlTemplate } from '../db/template.js'
import { NovaException } from '../exception/index.js'
import type { Transport } from '../rpc/transport.js'
import { directOf } from './access.js'

export interface CellConnectionsOptions {
  readonly api: Database<ApiSchema>
  /** `[database] connection` and `[DEFAULT] transport_url`: they fill the templates of mappings. */
  readonly databaseUrl: string | null
  readonly transportUrl: string | null
  /** The process's own database, where its URL is a cell's: not opened a second time, nor closed here. */
  readonly ownDatabase?: Database<CellSchema> | undefined
  readonly ownTransport?: Transport | undefined
  readonly openDatabase: (url: string) => Database<CellSchema>
  readonly openTransport: (url: string) => Transport
  /** Cells open at once, those included whose mapping has changed since. Default 200. */
  readonly max?: number | undefined
}

interface OpenCell {
  readonly databaseUrl: string
  readonly transportUrl: string
  readonly access: DirectAccess
}

/** The scheme of a cell without a message bus: cell0's. */
const noTransport = 'none:'

/**
 * Every cell's database and message bus, opened when a cell is first aimed at and kept until
 * {@link close}. Cells of the same URL share what is open.
 */
export class CellConnections implements CellDirectory {
  readonly #options: CellConnectionsOptions
  readonly #cells = new Map<string, OpenCell>()
  readonly #databases = new Map<string, Database<CellSchema>>()
  readonly #transports = new Map<string, Transport>()

  constructor(options: CellConnectionsOptions) {
    this.#options = options
  }

  /**
   * How rows of a cell are reached.
   *
   * @throws NovaException when too many cells are open
   * @throws DatabaseUrlError, TransportConfigError for a mapping that names nothing usable
   */
  access(cell: CellAddress): DirectAccess {
    const { databaseUrl: ownDatabase, transportUrl: ownTransport } = this.#options
    const databaseUrl = fillUrlTemplate(cell.databaseConnection, ownDatabase)
    const transportUrl = fillUrlTemplate(cell.transportUrl, ownTransport)
    const open = this.#cells.get(cell.uuid)
    if (open && open.databaseUrl === databaseUrl && open.transportUrl === transportUrl) {
      return open.access
    }
    const access: DirectAccess = Object.freeze({
      kind: 'direct',
      api: this.#options.api,
      cell: this.#database(databaseUrl),
      transport: transportUrl.startsWith(noTransport) ? null : this.#transport(transportUrl),
      cellUuid: cell.uuid,
      cells: this,
    })
    this.#cells.set(cell.uuid, { databaseUrl, transportUrl, access })
    return access
  }

  /** The caller's context, aimed at a cell. */
  async target(context: RequestContext, cell: CellAddress): Promise<RequestContext> {
    return context.withData(this.access(cell))
  }

  /** Those that were opened here. */
  get databases(): readonly Database<CellSchema>[] {
    return [...this.#databases.values()]
  }

  get transports(): readonly Transport[] {
    return [...this.#transports.values()]
  }

  #database(url: string): Database<CellSchema> {
    if (this.#options.ownDatabase && url === this.#options.databaseUrl) {
      return this.#options.ownDatabase
    }
    const known = this.#databases.get(url)
    if (known) return known
    this.#checkRoom(this.#databases.size)
    const database = this.#options.openDatabase(url)
    this.#databases.set(url, database)
    return database
  }

  #transport(url: string): Transport {
    if (this.#options.ownTransport && url === this.#options.transportUrl) {
      return this.#options.ownTransport
    }
    const known = this.#transports.get(url)
    if (known) return known
    this.#checkRoom(this.#transports.size)
    const transport = this.#options.openTransport(url)
    this.#transports.set(url, transport)
    return transport
  }

  #checkRoom(size: number): void {
    const max = this.#options.max ?? 200
    if (size >= max) throw new NovaException(`more than ${max} cells would be open at once`)
  }

  /** Closes what was opened here. */
  async close(): Promise<void> {
    const open = [...this.#databases.values(), ...this.#transports.values()]
    this.#cells.clear()
    this.#databases.clear()
    this.#transports.clear()
    await Promise.all(open.map(one => one.close()))
  }
}

/**
 * The context aimed at a cell: its database, its message bus.
 *
 * @throws NovaException in a process that serves one cell only
 */
export const targetCell = async (
  context: RequestContext,
  cell: CellAddress,
): Promise<RequestContext> => {
  const access = directOf(context)
  if (access.cellUuid === cell.uuid) return context
  if (!access.cells) {
    throw new NovaException(
      `cell ${cell.uuid} was asked for, and this process serves one cell only`,
    )
  }
  return context.withData(access.cells.access(cell))
}
