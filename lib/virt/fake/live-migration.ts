import { setTimeout as sleep } from 'node:timers/promises'
import { LibvirtLiveMigrateData } from '../../objects/index.js'
import { LiveMigrationAborted, type LiveMigrationOptions } from '../driver.js'
import type { Guest } from './guest-store.js'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** How often progress is told. */
const STEPS = 10

/** What nova's fake driver says of its hosts: one storage for all. */
export const fakeMigrateData = (): LibvirtLiveMigrateData =>
  new LibvirtLiveMigrateData(null, {
    filename: 'fake',
    imageType: 'default',
    diskAvailableMb: 100_000,
    isSharedInstancePath: true,
    isSharedBlockStorage: true,
    graphicsListenAddrVnc: '127.0.0.1',
    graphicsListenAddrSpice: '127.0.0.1',
    serialListenAddr: null,
    isVolumeBacked: false,
  })

/** One live migration of a fake guest: it takes its time, and can be hurried or ended meanwhile. */
export class FakeLiveMigration {
  readonly #hurry = new AbortController()
  readonly #abort = new AbortController()

  /** @param closing  ends it too */
  async run(
    { memoryMb, localGb }: Guest,
    seconds: number,
    { onProgress }: LiveMigrationOptions,
    closing: AbortSignal,
  ): Promise<void> {
    const [memory, disk] = [memoryMb * MIB, localGb * GIB]
    const tell = (part: number) =>
      onProgress({
        memoryTotal: memory,
        memoryProcessed: Math.round(memory * part),
        memoryRemaining: memory - Math.round(memory * part),
        diskTotal: disk,
        diskProcessed: Math.round(disk * part),
        diskRemaining: disk - Math.round(disk * part),
      })
    const ended = AbortSignal.any([this.#abort.signal, closing])
    const woken = AbortSignal.any([ended, this.#hurry.signal])
    for (let step = 0; step < STEPS && seconds > 0 && !woken.aborted; step++) {
      await tell(step / STEPS)
      await pause((seconds * 1000) / STEPS, woken)
    }
    if (ended.aborted) throw new LiveMigrationAborted('the live migration was aborted')
    await tell(1)
  }

  hurry(): void {
    this.#hurry.abort()
  }

  abort(): void {
    this.#abort.abort()
  }
}

/** Woken early is no error. */
const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  try {
    await sleep(milliseconds, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
