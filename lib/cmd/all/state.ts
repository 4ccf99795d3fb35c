import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A state folder that cannot be used; the message is one sentence. */
export class StateDirError extends Error {
  override readonly name = 'StateDirError'
}

/** The folder in which a cloud is kept. */
export class StateDir {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** @throws StateDirError */
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
    return new StateDir(path)
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
