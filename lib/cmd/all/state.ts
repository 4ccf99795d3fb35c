import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type FileLock, lockFile } from '../../db/sqlite/file-lock.js'

/** A state folder that cannot be used; the message is one sentence. */
export class StateDirError extends Error {
  override readonly name = 'StateDirError'
}

/** The folder in which a cloud is kept. */
export class StateDir {
  readonly path: string

  // Held as long as it is reachable.
  readonly #lock: FileLock

  private constructor(path: string, lock: FileLock) {
    this.path = path
    this.#lock = lock
  }

  /** Lets another process have it. */
  close(): void {
    this.#lock.release()
  }

  /** Makes it, and keeps every other process out. @throws StateDirError */
  static open(dir: string): StateDir {
    const path = resolve(dir)
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const why =
        code === 'EACCES' || code === 'EPERM'
          ? 'this user may not read and write it'
          : code === 'EEXIST' || code === 'ENOTDIR'
            ? 'it is not a folder'
            : message
      throw new StateDirError(`the state folder ${path} cannot be used: ${why}`)
    }
    return new StateDir(path, taken(path))
  }

  file(name: string): string {
    return join(this.path, name)
  }

  /** URL of a SQLite database in it. */
  database(name: string): string {
    return `sqlite:///${this.file(`${name}.sqlite`)}`
  }

  /** Readable by its owner alone: what it holds lets one in. */
  writeSecret(name: string, text: string): string {
    const file = this.file(name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
}

const PID = 'nova-all.pid'

const taken = (path: string): FileLock => {
  const file = join(path, PID)
  let lock: FileLock | null
  try {
    lock = lockFile(join(path, 'lock.sqlite'))
    if (lock) writeFileSync(file, `${process.pid}\n`)
  } catch (error) {
    throw new StateDirError(
      `the state folder ${path} cannot be used: ${(error as Error).message}`,
      { cause: error },
    )
  }
  if (lock) return lock
  throw new StateDirError(`the state folder ${path} is in use by another nova-all${holder(file)}`)
}

/** Only for the message: the lock, not the number, says that somebody is there. */
const holder = (file: string): string => {
  try {
    return ` (process ${readFileSync(file, 'utf8').trim()})`
  } catch {
    return ''
  }
}
