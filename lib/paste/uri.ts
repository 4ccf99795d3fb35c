import { nearest } from '../util/nearest.js'
import { PasteError, type PasteErrorOptions } from './errors.js'

export type Scheme = 'config' | 'egg' | 'call'

export interface PasteUri {
  readonly scheme: Scheme
  /** What stands between the scheme and the fragment. */
  readonly rest: string
  /** `main` where neither an argument nor a fragment gives one. */
  readonly name: string
}

const schemes: readonly Scheme[] = ['config', 'egg', 'call']

/** Whether a name is no section but a URI of its own. */
export const isUri = (name: string): boolean => /^[a-zA-Z]+:/.test(name)

/** What a name may have meant that begins as a URI does, but for the colon: `egg;Paste#urlmap`. */
export const meantUri = (name: string): string | undefined => {
  const [, scheme, rest] = /^(config|egg|call)[^\p{L}\p{N}]?([^:]*[#.:/].*)$/u.exec(name) ?? []
  return rest === undefined ? undefined : `${scheme}:${rest}`
}

/**
 * @param name  wins over the fragment, which is then cut off unread
 * @throws PasteError uri-without-scheme, unknown-scheme
 */
export const parseUri = (uri: string, name: string | null, place: PasteErrorOptions): PasteUri => {
  const hash = uri.indexOf('#')
  const address = hash < 0 ? uri : uri.slice(0, hash)
  const fragment = hash < 0 ? null : uri.slice(hash + 1)
  const colon = address.indexOf(':')
  if (colon < 0) {
    throw new PasteError(
      'uri-without-scheme',
      `'${uri}' has no scheme: write config:${address} for a file, egg:… for a package`,
      place,
    )
  }
  const scheme = address.slice(0, colon).toLowerCase()
  const known = schemes.find(candidate => candidate === scheme)
  if (!known) {
    throw new PasteError(
      'unknown-scheme',
      `'${uri}' has the scheme '${scheme}'; the known ones are ${schemes.join(', ')}.`,
      { ...place, suggestion: nearest(scheme, schemes) },
    )
  }
  return { scheme: known, rest: address.slice(colon + 1), name: name ?? fragment ?? 'main' }
}

/**
 * The file that `config:PATH` means.
 *
 * @param base  the folder that a relative path starts from; the working directory is never consulted
 * @throws PasteError relative-without-base
 */
export const configPath = (
  path: string,
  base: string | undefined,
  place: PasteErrorOptions,
): string => {
  const absolute = path.startsWith('/')
  let full = path.replaceAll('\\', '/')
  if (!absolute) {
    if (!base) {
      throw new PasteError(
        'relative-without-base',
        `'config:${path}' is relative, and nothing says to what: pass relativeTo, or an absolute path`,
        place,
      )
    }
    const folder = base.replaceAll('\\', '/')
    full = folder.endsWith('/') ? folder + full : `${folder}/${full}`
  }
  if (full.startsWith('///')) full = full.slice(2)
  return unescapePercent(full).trim()
}

/** `%41` to `A`; what is no escape stays. */
const unescapePercent = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, escapes =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  )
