import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Database } from '../../db/database.js'
import { openDatabase } from '../../db/open.js'
import type { GlobalConf, LocalConf } from '../../paste/types.js'

/**
 * Where an embedded service keeps what it knows: below `state_dir` of its section, or of `[DEFAULT]`.
 * Null: in memory only, gone with the process.
 */
export const stateDirOf = (globalConf: GlobalConf, localConf: LocalConf): string | null => {
  const dir = localConf.state_dir ?? globalConf.state_dir
  return dir ? resolve(globalConf.here ?? '.', dir) : null
}

/** One SQLite file for one service, `<stateDir>/<name>.sqlite`. */
export const openState = <Schema>(stateDir: string | null, name: string): Database<Schema> => {
  if (stateDir === null) return openDatabase<Schema>('sqlite://')
  mkdirSync(stateDir, { recursive: true })
  return openDatabase<Schema>(`sqlite:///${join(stateDir, `${name}.sqlite`)}`)
}
