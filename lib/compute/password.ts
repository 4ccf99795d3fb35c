/** A password may be longer than a row's value: it is kept in pieces, as nova does. */
const CHUNKS = 4
const CHUNK_LENGTH = 255

/** Longest that there is room for, characters. */
export const maxPasswordLength = CHUNKS * CHUNK_LENGTH

const keys = Array.from({ length: CHUNKS }, (_, at) => `password_${at}`)

/** The (encrypted) password that a server has told; empty when it told none. */
export const passwordOf = (systemMetadata: Readonly<Record<string, string | null>>): string =>
  keys.map(key => systemMetadata[key] ?? '').join('')

/** The same as system metadata. */
export const passwordMetadata = (password: string): Record<string, string> =>
  Object.fromEntries(
    keys.map((key, at) => [key, password.slice(at * CHUNK_LENGTH, (at + 1) * CHUNK_LENGTH)]),
  )

export const emptyPassword = passwordMetadata('')
