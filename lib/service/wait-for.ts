import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log/index.js'
import { messageOf } from '../util/message-of.js'

export interface WaitForOptions {
  readonly log: Log
  /** Seconds until the second try; doubles from then on. 1 when absent. */
  readonly interval?: number | undefined
  /** Seconds; 30 when absent. */
  readonly maxInterval?: number | undefined
  /** Tries after the first, each told of; absent or below 0: without end, and told of once. */
  readonly retries?: number | undefined
  /** Ends the waiting: rejects with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Errors that no waiting mends (a wrong password, say): thrown on. */
  readonly isFatal?: ((error: unknown) => boolean) | undefined
}

/**
 * Tries until it works: what a process does at its start while its broker or database is away. Says
 * so once, and once when it is back. Rejects with the last failure when there are no retries left.
 *
 *     const db = await waitFor('the database', () => openDatabase(url), { log, signal })
 */
export const waitFor = async <T>(
  what: string,
  attempt: () => Promise<T>,
  { log, interval = 1, maxInterval = 30, retries = -1, signal, isFatal }: WaitForOptions,
): Promise<T> => {
  let pause = interval
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted()
    try {
      const result = await attempt()
      if (tries > 1) log.info({}, `${sentence(what)} is back`)
      return result
    } catch (error) {
      if (isFatal?.(error) || tries === retries + 1) throw error
      const reason = messageOf(error)
      if (retries >= 0) {
        log.warn({}, `Waiting for ${what}: ${reason}; ${retries + 1 - tries} attempts left`)
      } else if (tries === 1) log.warn({}, `Waiting for ${what}: ${reason}`)
      else log.debug({ tries }, `Still waiting for ${what}: ${reason}`)
    }
    // An abort is told by its own reason at the top of the loop, not by the timer's error.
    await sleep(pause * 1000, undefined, { signal }).catch(() => {})
    pause = Math.min(maxInterval, pause * 2)
  }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
