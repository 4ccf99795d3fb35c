import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A refusal that says all there is to say. */
export class PidFileError extends Error {
  readonly code = 'pid-file'
}

/** Seconds for a process to end after SIGTERM. */
const STOP_SECONDS = 20

/** The file in which a process that serves tells its number. */
export class PidFile {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The process that it names, if there is one. @throws PidFileError when it holds something else */
  running(): number | null {
    const pid = this.#read()
    return pid !== null && isAlive(pid) ? pid : null
  }

  /**
   * Writes this process into it, and takes it away at the end if that still stands there.
   *
   * @throws PidFileError while another process that it names runs; errors of the file system
   */
  take(): void {
    const pid = this.running()
    if (pid !== null && pid !== process.pid) {
      throw new PidFileError(`${this.path}: the process ${pid} runs already`)
    }
    writeFileSync(this.path, `${process.pid}\n`)
    process.on('exit', () => {
      if (this.#read() === process.pid) rmSync(this.path, { force: true })
    })
  }

  /** @returns the status that the command ends with, as Paste's has it */
  async stop(say: (text: string) => void): Promise<0 | 1 | 2 | 3> {
    const pid = this.#read()
    if (pid === null) {
      say(`${this.path}: there is no such file, so nothing to stop`)
      return 1
    }
    if (!isAlive(pid)) {
      say(`${this.path}: the process ${pid} is gone`)
      return this.#remove(say) ? 1 : 2
    }
    process.kill(pid, 'SIGTERM')
    const end = performance.now() + STOP_SECONDS * 1000
    while (isAlive(pid)) {
      if (performance.now() > end) {
        say(`the process ${pid} did not end within ${STOP_SECONDS} seconds`)
        return 3
      }
      await sleep(50)
    }
    say(`stopped the process ${pid}`)
    return this.#remove(say) ? 0 : 2
  }

  #remove(say: (text: string) => void): boolean {
    try {
      rmSync(this.path, { force: true })
      return true
    } catch (error) {
      say(`${this.path}: ${(error as Error).message}`)
      return false
    }
  }

  #read(): number | null {
    let text: string
    try {
      text = readFileSync(this.path, 'utf8').trim()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
    if (text === '') return null
    if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
    throw new PidFileError(`${this.path} is no pid file: it holds something else than a number`)
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
