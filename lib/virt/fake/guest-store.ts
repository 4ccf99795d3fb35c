import { access, appendFile, constants, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OperatorError } from '../../util/operator-error.js'
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
  /** Ids of volumes by the name of their device. */
  readonly volumes?: Readonly<Record<string, string>>
  /** Ids of shares by their tags. */
  readonly shares?: Readonly<Record<string, string>>
  readonly displayName: string
  /** ISO 8601; when it was last switched on */
  readonly bootedAt: string
  readonly boots: number
  /** What it is booted from while it is rescued. */
  readonly rescueImage?: string
  /** On its way here from another host: how it will be when it is here. */
  readonly arriving?: PowerState
  /** Gone to another host, and kept here in case that it comes back. */
  readonly left?: true
  /** The same of one that was resized in its place. */
  readonly before?: Guest
}

/** A line of the file. */
type Entry = { readonly version: 2 } | { readonly set: Guest } | { readonly delete: string }

/** Lines beyond one a guest, after which the file is written anew. */
const SPARE_LINES = 1000

/**
 * The guests of one fake host, kept over a restart in a file of JSON lines, one a change, or in memory
 * only. What a change costs does not grow with the guests: the file is written anew (beside, then
 * renamed) only when most of its lines are out of date.
 */
export class GuestStore {
  readonly #file: string | null
  readonly #guests = new Map<string, Guest>()
  /** Changes that are to be appended. */
  #changes: Entry[] = []
  /** Lines in the file; infinite when it has to be written anew. */
  #lines = Number.POSITIVE_INFINITY
  /** What is being written; and whether something changed since that began. */
  #writing: Promise<void> | undefined
  #queued: Promise<void> | undefined

  constructor(file: string | null) {
    this.#file = file
  }

  /**
   * @throws OperatorError when its folder cannot be written
   * @throws OperatorError naming the file when it is no file of ours
   */
  async load(): Promise<void> {
    if (!this.#file) return
    await usableFolder(dirname(this.#file))
    let text: string
    try {
      text = await readFile(this.#file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    const { entries, isWhole } = parse(text, this.#file)
    for (const entry of entries) {
      if ('set' in entry) this.#guests.set(entry.set.uuid, entry.set)
      else if ('delete' in entry) this.#guests.delete(entry.delete)
    }
    if (isWhole) this.#lines = entries.length
  }

  get(uuid: string): Guest | undefined {
    return this.#guests.get(uuid)
  }

  all(): Guest[] {
    return [...this.#guests.values()]
  }

  async set(guest: Guest): Promise<void> {
    this.#guests.set(guest.uuid, guest)
    await this.#save({ set: guest })
  }

  async delete(uuid: string): Promise<boolean> {
    const known = this.#guests.delete(uuid)
    if (known) await this.#save({ delete: uuid })
    return known
  }

  /** Resolves when the change is on disk; changes that come while one is written share the next write. */
  async #save(change: Entry): Promise<void> {
    if (!this.#file) return
    const file = this.#file
    this.#changes.push(change)
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
    const changes = this.#changes
    this.#changes = []
    const lines = this.#lines + changes.length
    // Should it fail, nobody knows what the file holds.
    this.#lines = Number.POSITIVE_INFINITY
    if (lines <= this.#guests.size + SPARE_LINES) {
      await appendFile(file, textOf(changes))
      this.#lines = lines
      return
    }
    const all: Entry[] = [{ version: 2 }, ...this.all().map(guest => ({ set: guest }))]
    await mkdir(dirname(file), { recursive: true })
    const beside = `${file}.new`
    await writeFile(beside, textOf(all), { mode: 0o600 })
    await rename(beside, file)
    this.#lines = all.length
  }
}

const textOf = (entries: readonly Entry[]): string =>
  entries.map(entry => `${JSON.stringify(entry)}\n`).join('')

/** @returns `isWhole`: false when the process died while it wrote the last line, which is left out */
const parse = (text: string, file: string): { entries: Entry[]; isWhole: boolean } => {
  const lines = text.split('\n')
  const torn = lines.pop()
  const entries = lines.map((line, index) => {
    try {
      return JSON.parse(line) as Entry
    } catch (cause) {
      throw new OperatorError(
        `${file}:${index + 1}: not JSON, so not the fake hypervisor's guests`,
        {
          cause,
        },
      )
    }
  })
  const [head] = entries
  if (!head || !('version' in head) || head.version !== 2) {
    throw new OperatorError(`${file}: not the fake hypervisor's guests (version 2)`)
  }
  return { entries, isWhole: torn === '' }
}

/** Now, and not when the first guest is to be kept. */
const usableFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { message } = error as Error
    throw new OperatorError(
      `the folder ${folder}, below [DEFAULT] state_path, cannot be used: ${message}`,
      { cause: error },
    )
  }
}
