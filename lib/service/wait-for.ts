import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log/index.js'
import { messageOf } from '../util/message-of.js'

export interface WaitForOptions {
  readonly log: Log
  /** Seconds until the second try; doubles from then on. 1 when absent. */
  readonly interval?: number | undefined
  /** Seconds; 30 when absent. */
  readonly maxInterval?: number | undefined
  /** Ends the waiting: rejects with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Errors that no waiting mends (a wrong password, say): thrown on. */
  readonly isFatal?: ((error: unknown) => boolean) | undefined
}

/**
 * Tries until it works: what a worker does at its start while its broker or database is away. Says
 * so once, and once when it is back.
 *
 *     const db = await waitFor('the database', () => openDatabase(url), { log, signal })
 */
export const waitFor = async <T>(
  what: string,
  attempt: () => Promise<T>,
  { log, interval = 1, maxInterval = 30, signal, isFatal }: WaitForOptions,
): Promise<T> => {
  let pause = interval
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted()
    try {
      const result = await attempt()
      if (tries > 1) log.info({}, `${sentence(what)} is back`)
      return result
    } catch (error) {
      if (isFatal?.(error)) throw error
      const reason = messageOf(error)
      if (tries === 1) log.warn({}, `Waiting for ${what}: ${reason}`)
      else log.debug({ tries }, `Still waiting for ${what}: ${reason}`)
    }
    // An abort is told by its own reason at the top of the loop, not by the timer's error.
    await sleep(pause * 1000, undefined, { signal }).catch(() => {})
    pause = Math.min(maxInterval, pause * 2)
  }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
