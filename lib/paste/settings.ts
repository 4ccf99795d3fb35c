import type { Source } from './errors.js'
import type { GlobalConf, LocalConf } from './types.js'

/** A value, where it came from, and what it took the place of. */
export interface Setting {
  /** Text, but for what a program passes in. */
  readonly value: unknown
  /** Absent: given by the caller of the loader, or by the loader itself (`here`, `__file__`). */
  readonly source?: Source | undefined
  readonly over?: Setting | undefined
  /** It holds what came from the environment or a secret file: never shown. */
  readonly secret?: boolean | undefined
}

export type Globals = Map<string | symbol, Setting>
export type Options = Map<string, Setting>

/** Lays a setting over what is there, remembering that. */
export const lay = <Key>(onto: Map<Key, Setting>, key: Key, setting: Setting): void => {
  const over = onto.get(key)
  // the same line comes again where a section is used by the one that sets it
  const same = over && setting.source && isSamePlace(over.source, setting.source)
  onto.set(key, same ? over : over && over !== setting ? { ...setting, over } : setting)
}

const isSamePlace = (a: Source | undefined, b: Source): boolean =>
  a !== undefined && a.file === b.file && a.line === b.line && a.option === b.option

/**
 * @param known  settings whose place is kept where a value is still theirs: a composite hands its
 *   children a plain object
 */
export const globalsFrom = (given: GlobalConf, known?: Globals): Globals =>
  new Map(
    Reflect.ownKeys(given).map(key => {
      const value: unknown = Reflect.get(given, key)
      const before = known?.get(key)
      return [key, before && before.value === value ? before : { value }]
    }),
  )

/** Live objects travel on even where a composite asks for a child without passing globals. */
export const symbolsOf = (globals: Globals): Globals =>
  new Map([...globals].filter(([key]) => typeof key === 'symbol'))

export const toGlobalConf = (globals: Globals): GlobalConf =>
  Object.fromEntries([...globals].map(([key, { value }]) => [key, value])) as GlobalConf

export const toLocalConf = (options: Options): LocalConf =>
  Object.fromEntries([...options].map(([key, { value }]) => [key, value])) as LocalConf
