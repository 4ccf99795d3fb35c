import { setTimeout as sleep } from 'node:timers/promises'

/** Tries in all; nova's report client makes as many. */
const TRIES = 4
/** Milliseconds, at most, before the second try; twice as many before each one after it. */
const PAUSE = 250

/**
 * Work that others, at it at the same time, may make fail. How long it waits is up to chance, for those others
 * wait too.
 *
 * @param isRace  whether it failed of that
 * @throws what the work failed of at last
 */
export const retrying = async <T>(
  isRace: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> => {
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      if (tried === TRIES || !isRace(error)) throw error
      await sleep(Math.random() * PAUSE * 2 ** (tried - 1))
    }
  }
}
