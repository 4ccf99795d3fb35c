import { createHash, randomUUID } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export interface StoredFile {
  /** bytes */
  readonly size: number
  readonly md5: string
  readonly sha512: string
  /** of the disk within, bytes; null when the format does not tell */
  readonly virtualSize: number | null
}

/** More came than an image may have. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge'
}

/** Enough of the start to read a qcow2 header's size. */
const HEAD = 32

/** Images' bytes, one file an image, below one folder. A file appears whole or not at all. */
export class ImageFiles {
  readonly #dir: string
  readonly #temporary: boolean
  readonly #maxBytes: number

  /** @param dir  null: a folder of our own, removed on {@link close} */
  constructor(dir: string | null, maxBytes: number) {
    this.#temporary = dir === null
    this.#dir = dir ?? mkdtempSync(join(tmpdir(), 'kilonova-images-'))
    this.#maxBytes = maxBytes
    mkdirSync(this.#dir, { recursive: true })
    for (const name of readdirSync(this.#dir)) {
      if (name.endsWith('.part')) rmSync(join(this.#dir, name), { force: true })
    }
  }

  /** Hashes and counts while it writes. Leaves nothing behind when it fails. */
  async write(id: string, data: Readable): Promise<StoredFile> {
    const part = join(this.#dir, `${id}.${randomUUID()}.part`)
    const md5 = createHash('md5')
    const sha512 = createHash('sha512')
    let size = 0
    let head = Buffer.alloc(0)
    const max = this.#maxBytes
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size += chunk.length
        if (size > max) return done(new FileTooLarge(`more than ${max} bytes`))
        if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD - head.length)])
        md5.update(chunk)
        sha512.update(chunk)
        done(null, chunk)
      },
    })
    try {
      await pipeline(
        data,
        meter,
        createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }),
      )
      await rename(part, this.#path(id))
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
    return {
      size,
      md5: md5.digest('hex'),
      sha512: sha512.digest('hex'),
      virtualSize: qcow2Size(head) ?? size,
    }
  }

  /** @param range  first and last byte, inclusive */
  read(id: string, range?: { readonly start: number; readonly end: number }): Readable {
    return createReadStream(this.#path(id), range)
  }

  async has(id: string): Promise<boolean> {
    return stat(this.#path(id)).then(
      () => true,
      () => false,
    )
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true })
  }

  close(): void {
    if (this.#temporary) rmSync(this.#dir, { recursive: true, force: true })
  }

  #path(id: string): string {
    return join(this.#dir, id)
  }
}

/** QEMU's qcow2 header: magic `QFI\xfb`, at byte 24 the disk's size, big-endian. */
const qcow2Size = (head: Buffer): number | undefined =>
  head.length >= HEAD && head.readUInt32BE(0) === 0x514649fb
    ? Number(head.readBigUInt64BE(24))
    : undefined
