import { asbool, type LocalConf, OptionError } from '../paste/index.js'

export { OptionError }

/** Yes or no, in any of Paste's words. @throws OptionError */
export const flag = (conf: LocalConf, key: string, otherwise: boolean): boolean => {
  const text = conf[key]
  if (text === undefined) return otherwise
  try {
    return asbool(text)
  } catch {
    throw new OptionError(key, `'${key}' must be true or false, got '${text}'`)
  }
}

/** A whole number, of 0 or more. @throws OptionError */
export const wholeNumber = (conf: LocalConf, key: string, otherwise: number): number => {
  const text = conf[key]
  if (text === undefined) return otherwise
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new OptionError(key, `'${key}' must be a whole number of 0 or more, got '${text}'`)
}

/** Parts between commas, empty ones left out. */
export const commaList = (
  conf: LocalConf,
  key: string,
  otherwise: readonly string[],
): readonly string[] =>
  conf[key] === undefined
    ? otherwise
    : conf[key]
        .split(',')
        .map(part => part.trim())
        .filter(Boolean)
