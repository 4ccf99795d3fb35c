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

/**
 * What a program opened itself, for the factory of that name: an embedded cloud seeds its services
 * before they serve, and in memory there is nothing to open twice.
 */
export const carrier = <T extends object>(name: string) => {
  const key = Symbol.for(`kilonova.embedded.${name}`)
  return {
    into: (globalConf: GlobalConf, value: T): GlobalConf => ({ ...globalConf, [key]: value }),
    // Only `into` puts anything under the key.
    from: (globalConf: GlobalConf): T | undefined => globalConf[key] as T | undefined,
  }
}
