import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IniError, parseIni } from '../ini/index.js'
import { messageOf } from '../util/message-of.js'
import { ConfError } from './error.js'

/** A value as it was written, and where. */
export interface Written {
  /** All values given to the name, in order; the last one counts unless the option collects. */
  readonly values: readonly string[]
  readonly file?: string | undefined
  readonly line?: number | undefined
}

/** group → option → what was written; later sources replace earlier ones, option by option. */
export type WrittenOptions = Map<string, Map<string, Written>>

const failure = (file: string, message: string, cause: unknown) =>
  new ConfError([{ file, group: '', message }], { cause })

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = messageOf(error)
    throw failure(file, `Cannot read the configuration file ${file}: ${reason}`, error)
  }
}

const filesOf = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.conf'))
      .sort()
      .map(name => join(folder, name))
  } catch (error) {
    const reason = messageOf(error)
    throw failure(folder, `Cannot read the configuration folder ${folder}: ${reason}`, error)
  }
}

export interface Sources {
  /** In order: a later file wins. */
  readonly files?: readonly string[] | undefined
  /** Folders whose `*.conf` are read, by name, after the files. */
  readonly dirs?: readonly string[] | undefined
  /** `OS_<GROUP>__<OPTION>` wins over the files, as in oslo.config. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** @throws ConfError for a file that cannot be read or is no ini */
export const readSources = ({ files = [], dirs = [], env = {} }: Sources): WrittenOptions => {
  const written: WrittenOptions = new Map()
  const set = (group: string, option: string, value: Written): void => {
    const options = written.get(group) ?? new Map<string, Written>()
    written.set(group, options.set(option, value))
  }

  for (const file of [...files, ...dirs.flatMap(filesOf)]) {
    for (const section of documentOf(file).sections) {
      if (!written.has(section.name)) written.set(section.name, new Map())
      for (const { key } of section.options) {
        const all = section.all(key)
        const line = all.at(-1)?.keyAt.line
        set(section.name, key, { values: all.map(({ value }) => value), file, line })
      }
    }
  }
  for (const [name, value] of Object.entries(env)) {
    const [, group, option] = /^OS_([A-Z0-9_]+?)__([A-Z0-9_]+)$/.exec(name) ?? []
    if (group === undefined || option === undefined || value === undefined) continue
    set(group === 'DEFAULT' ? group : group.toLowerCase(), option.toLowerCase(), {
      values: [value],
      file: `environment variable ${name}`,
    })
  }
  return written
}

const documentOf = (file: string) => {
  try {
    return parseIni(read(file), { file, dialect: 'oslo' })
  } catch (error) {
    if (error instanceof IniError) throw failure(file, error.message, error)
    throw error
  }
}

/** Where nova looks when no `--config-file` is given; only what exists is named. */
export const defaultSources = (
  exists: (path: string) => boolean,
  home: string,
): Required<Pick<Sources, 'files' | 'dirs'>> => ({
  files: [`${home}/.nova/nova.conf`, '/etc/nova/nova.conf'].filter(exists).slice(0, 1),
  dirs: [`${home}/.nova/nova.conf.d`, '/etc/nova/nova.conf.d'].filter(exists).slice(0, 1),
})
