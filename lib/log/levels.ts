export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Python's words, and those that people write for them. */
const words: Readonly<Record<string, LogLevel>> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
  FATAL: 'fatal',
}

/** How much is told, as a whole and by part. */
export interface LogLevels {
  readonly level: LogLevel
  /** `nova.scheduler` → its level, which counts for `nova.scheduler.host_manager` as well. */
  readonly parts?: ReadonlyMap<string, LogLevel> | undefined
}

/**
 * Reads `[DEFAULT] default_log_levels`.
 *
 * @returns levels by part; `wrong`: items that are no pair of a name and a level
 */
export const readLevels = (
  pairs: readonly string[],
): { readonly parts: ReadonlyMap<string, LogLevel>; readonly wrong: readonly string[] } => {
  const parts = new Map<string, LogLevel>()
  const wrong: string[] = []
  for (const pair of pairs) {
    const [, name = '', word = ''] = /^\s*([\w.-]+)\s*=\s*(\w+)\s*$/.exec(pair) ?? []
    const level = words[word.toUpperCase()]
    if (name && level) parts.set(name, level)
    else wrong.push(pair)
  }
  return { parts, wrong }
}

/** Of a part: its own, else that of what it belongs to, else that of all. */
export const levelFor = (name: string, { level, parts }: LogLevels): LogLevel => {
  if (!parts?.size) return level
  for (let part = name; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('.')))) {
    const own = parts.get(part)
    if (own) return own
  }
  return level
}
