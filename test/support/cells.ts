import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cellHistory } from '../../lib/db/migrations/history.js'
import { migrate } from '../../lib/db/migrations/migrate.js'
import { openDatabase } from '../../lib/db/open.js'
import type { CellSchema } from '../../lib/db/schema/cell.js'
import { CellMapping } from '../../lib/objects/index.js'
import type { TestApi } from '../../lib/testing/index.js'

/** The cell of servers that no host took. */
export const CELL0 = '00000000-0000-0000-0000-000000000000'

/** Folders of databases of further cells; `clean` takes them away. */
export class CellFolders {
  readonly #folders: string[] = []

  /**
   * A cell more, with a database of its own, before the first request.
   *
   * @returns the API as seen from that cell: for `addServer` and the like
   */
  async add(api: TestApi, uuid: string, name: string): Promise<TestApi> {
    const folder = mkdtempSync(join(tmpdir(), 'kilonova-cell-'))
    this.#folders.push(folder)
    const url = `sqlite:///${join(folder, 'cell.sqlite')}`
    const database = openDatabase<CellSchema>(url)
    await migrate(database, cellHistory)
    await database.close()
    const cell = new CellMapping(api.process.adminContext, {
      uuid,
      name,
      transportUrl: uuid === CELL0 ? 'none:///' : api.conf.DEFAULT.transport_url,
      databaseConnection: url,
      disabled: false,
    })
    await cell.create()
    return { ...api, cell, context: await api.process.cells.target(api.process.adminContext, cell) }
  }

  clean(): void {
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  }
}
