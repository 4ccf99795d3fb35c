import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { PowerState } from '../power-state.js'

/** A guest as the fake hypervisor knows it. */
export interface Guest {
  readonly uuid: string
  readonly state: PowerState
  readonly vcpus: number
  /** MiB */
  readonly memoryMb: number
  /** GiB: root and ephemeral */
  readonly localGb: number
  /** Ports by id, for the console's sake. */
  readonly vifs: readonly {
    readonly id: string
    readonly mac: string
    readonly ip: string | null
  }[]
  readonly displayName: string
  /** ISO 8601; when it was last switched on */
  readonly bootedAt: string
  readonly boots: number
}

interface StoreFile {
  readonly version: 1
  readonly guests: readonly Guest[]
}

/**
 * The guests of one fake host, kept over a restart in a JSON file that is replaced as a whole
 * (written beside, then renamed), or in memory only.
 */
export class GuestStore {
  readonly #file: string | null
  readonly #guests = new Map<string, Guest>()
  /** What is being written; and whether something changed since that began. */
  #writing: Promise<void> | undefined
  #queued: Promise<void> | undefined

  constructor(file: string | null) {
    this.#file = file
  }

  /** @throws Error naming the file when it is no file of ours */
  async load(): Promise<void> {
    if (!this.#file) return
    let text: string
    try {
      text = await readFile(this.#file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    for (const guest of parse(text, this.#file).guests) this.#guests.set(guest.uuid, guest)
  }

  get(uuid: string): Guest | undefined {
    return this.#guests.get(uuid)
  }

  all(): Guest[] {
    return [...this.#guests.values()]
  }

  async set(guest: Guest): Promise<void> {
    this.#guests.set(guest.uuid, guest)
    await this.#save()
  }

  async delete(uuid: string): Promise<boolean> {
    const known = this.#guests.delete(uuid)
    if (known) await this.#save()
    return known
  }

  /** Resolves when a write that began after this call's change is on disk; changes in between share it. */
  async #save(): Promise<void> {
    if (!this.#file) return
    const file = this.#file
    this.#queued ??= (this.#writing ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.#queued = undefined
        const writing = this.#write(file)
        this.#writing = writing
        return writing
      })
    await this.#queued
  }

  async #write(file: string): Promise<void> {
    const content: StoreFile = { version: 1, guests: this.all() }
    await mkdir(dirname(file), { recursive: true })
    const beside = `${file}.new`
    const handle = await open(beside, 'w', 0o600)
    try {
      await handle.writeFile(JSON.stringify(content, null, 1))
    } finally {
      await handle.close()
    }
    await rename(beside, file)
  }
}

const parse = (text: string, file: string): StoreFile => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file}: not JSON, so not the fake hypervisor's list of guests`, { cause })
  }
  const content = value as Partial<StoreFile> | null
  if (content?.version !== 1 || !Array.isArray(content.guests)) {
    throw new Error(`${file}: not the fake hypervisor's list of guests (version 1)`)
  }
  return content as StoreFile
}
