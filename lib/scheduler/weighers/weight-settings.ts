/**
 * `name=ratio` pairs.
 *
 * @param option  as a message names it
 * @throws TypeError for what is no pair of a name and a number
 */
export const weightSettings = (
  option: string,
  pairs: readonly string[],
): ReadonlyMap<string, number> =>
  new Map(
    pairs.map(pair => {
      const at = pair.lastIndexOf('=')
      const name = pair.slice(0, at).trim()
      const text = pair.slice(at + 1).trim()
      const ratio = Number(text)
      if (at < 1 || name === '' || text === '' || !Number.isFinite(ratio)) {
        throw new TypeError(`${option}: '${pair}' is no pair like name=1.0`)
      }
      return [name, ratio]
    }),
  )
