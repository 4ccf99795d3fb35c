import { appendFileSync, closeSync, openSync } from 'node:fs'

/** Characters that wait at most: what logs more within one turn writes in between. */
const LIMIT = 1 << 20

/**
 * A log file: the lines of one turn of the event loop are written at once, at its end or when the
 * process exits, whichever comes first, so that many requests cost one write. Only a process that is
 * killed outright loses the lines of its last turn.
 *
 * @returns what takes whole lines
 * @throws when the file cannot be opened, naming it
 */
export const openLogFile = (file: string): ((line: string) => void) => {
  try {
    closeSync(openSync(file, 'a'))
  } catch (error) {
    throw new Error(`log_file: cannot write '${file}': ${(error as Error).message}`)
  }
  let waiting = ''
  const flush = (): void => {
    const text = waiting
    waiting = ''
    process.off('exit', flush)
    // By name, not by handle: a rotated file is followed without a signal.
    if (text) appendFileSync(file, text)
  }
  return line => {
    if (waiting === '') {
      setImmediate(flush)
      process.once('exit', flush)
    }
    waiting += line
    if (waiting.length >= LIMIT) flush()
  }
}
