/** The time given for something was not enough. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded'
}

/**
 * What `work` gives, unless it takes too long; the work itself is not ended by that.
 *
 * @param seconds  Infinity: no limit
 * @throws TimeLimitExceeded
 */
export const withinSeconds = async <T>(seconds: number, work: Promise<T>): Promise<T> => {
  if (seconds === Infinity) return work
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new TimeLimitExceeded(`took more than ${seconds} seconds`)),
      seconds * 1000,
    )
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}
