import { setTimeout as sleep } from 'node:timers/promises'

/** Seconds in which the cloud has to come to rest. */
const REST = 240

/** Looks until it is so, or too much time has passed; resolves with what was seen last. */
export const until = async <T>(
  look: () => Promise<T>,
  isSo: (seen: T) => boolean,
  seconds = REST,
): Promise<T> => {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const seen = await look()
    if (isSo(seen) || performance.now() > deadline) return seen
    await sleep(500)
  }
}
