import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type PidFile, PidFileError } from './pid-file.js'

export interface DaemonOptions {
  readonly pidFile: PidFile
  readonly logFile: string
  readonly say: (text: string) => void
}

/**
 * Runs this command line once more, apart from this terminal, and waits until that serves.
 *
 * @returns the status to end with: 0 when it serves, else its own, and what it printed is shown
 * @throws PidFileError while one runs already; errors of the file system
 */
export const startDaemon = async ({ pidFile, logFile, say }: DaemonOptions): Promise<number> => {
  const running = pidFile.running()
  if (running !== null) {
    throw new PidFileError(`${pidFile.path}: the process ${running} runs already`)
  }
  const log = openSync(logFile, 'a+')
  const before = fstatSync(log).size
  const [program = '', ...args] = process.argv.slice(1)
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      program,
      ...foreground(args),
      '--pid-file',
      pidFile.path,
      '--log-file',
      logFile,
    ],
    { detached: true, stdio: ['ignore', log, log, 'ipc'] },
  )
  const status = await Promise.race([
    once(child, 'message').then(() => null),
    once(child, 'exit').then(([code]) => (typeof code === 'number' && code ? code : 1)),
  ])
  if (status === null) {
    say(`the process ${child.pid} serves; it prints to ${logFile}`)
    child.disconnect()
    child.unref()
  } else {
    console.error(textFrom(log, before).trimEnd())
  }
  closeSync(log)
  return status ?? 0
}

const withValue = ['--pid-file', '--log-file']

/** The command line without what made it a daemon. */
const foreground = (args: readonly string[]): string[] =>
  args.filter((arg, index) => {
    const name = arg.replace(/=.*/s, '')
    if (withValue.includes(args[index - 1] ?? '') || withValue.includes(name)) return false
    return arg !== '--daemon' && !(isWord(arg) && !args[index - 1]?.startsWith('-'))
  })

const isWord = (text: string): boolean => text === 'start' || text === 'restart'

const textFrom = (file: number, start: number): string => {
  const bytes = Buffer.alloc(Math.min(fstatSync(file).size - start, 65_536))
  readSync(file, bytes, 0, bytes.length, start)
  return bytes.toString('utf8')
}
