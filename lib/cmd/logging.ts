import { join, resolve } from 'node:path'
import type { NovaConf } from '../conf/index.js'
import {
  createLogger,
  type Logger,
  type LogLevels,
  type OsloFormats,
  readLevels,
  setLevels,
} from '../log/index.js'

/**
 * The log of a process, as `[DEFAULT]` of its nova.conf wants it.
 *
 * @param name  of the program: that of its file, too, where only `log_dir` is set
 * @throws when the file cannot be opened, naming it
 */
export const loggerOf = (name: string, conf: NovaConf): Logger => {
  const { use_json: json, use_stderr: stderrToo } = conf.DEFAULT
  const formats: OsloFormats = conf.DEFAULT
  const { levels, wrong } = levelsOf(conf)
  const log = createLogger({
    name,
    level: levels.level,
    levels: levels.parts,
    format: json ? 'json' : 'oslo',
    formats,
    file: fileOf(name, conf),
    stderrToo,
  })
  warnOf(log, wrong)
  return log
}

/** After nova.conf was read again: `debug` and `default_log_levels` count at once. */
export const applyLevels = (log: Logger, conf: NovaConf): void => {
  const { levels, wrong } = levelsOf(conf)
  setLevels(log, levels)
  warnOf(log, wrong)
}

const fileOf = (name: string, { DEFAULT }: NovaConf): string | undefined => {
  const { log_file: file, log_dir: folder } = DEFAULT
  if (folder) return resolve(folder, file ?? `${name}.log`)
  return file ? join(file) : undefined
}

const levelsOf = ({ DEFAULT }: NovaConf) => {
  const { parts, wrong } = readLevels(DEFAULT.default_log_levels)
  const levels: LogLevels = { level: DEFAULT.debug ? 'debug' : 'info', parts }
  return { levels, wrong }
}

const warnOf = (log: Logger, wrong: readonly string[]): void => {
  for (const pair of wrong) {
    log.warn(
      {},
      `[DEFAULT] default_log_levels: '${pair}' is no pair NAME=LEVEL (DEBUG, INFO, WARNING, ERROR, CRITICAL)`,
    )
  }
}
