import { closeSync, openSync, writeSync } from 'node:fs'

/** Appends what is printed to a file from now on. */
export class LogFile {
  readonly #path: string
  #file: number

  /** @throws errors of the file system */
  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'a')
    const write = (data: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
      if (typeof data === 'string') writeSync(this.#file, data)
      else writeSync(this.#file, data)
      const done = rest.find(one => typeof one === 'function')
      if (done) process.nextTick(done)
      return true
    }
    process.stdout.write = write
    process.stderr.write = write
  }

  /** After the file was moved away: another of its name is begun. Goes on with the old one where it cannot. */
  reopen(): void {
    const old = this.#file
    this.#file = openSync(this.#path, 'a')
    closeSync(old)
  }
}
