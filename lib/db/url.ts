import { DatabaseUrlError } from './errors.js'

export type DatabaseUrl =
  | { readonly dialect: 'sqlite'; readonly path: string }
  | {
      readonly dialect: 'mysql'
      readonly host: string
      readonly port: number
      readonly user: string
      readonly password: string
      readonly database: string
      /** MySQL's name of the connection's character set, upper case. */
      readonly charset: string
      readonly socketPath?: string | undefined
    }

/**
 * Reads a URL as SQLAlchemy does: `sqlite://` (memory), `sqlite:///relative.db`,
 * `sqlite:////absolute.db`, `mysql+pymysql://user:password@host:port/name?charset=utf8`,
 * `mysql://…`.
 *
 * @throws DatabaseUrlError
 */
export const parseDatabaseUrl = (url: string): DatabaseUrl => {
  const scheme = /^([a-z][\w+]*):\/\//i.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    throw new DatabaseUrlError(url, 'is no database URL (sqlite:///…, mysql+pymysql://…)')
  }
  if (/^sqlite(\+\w+)?$/.test(scheme)) return parseSqlite(url)
  if (/^(mysql|mariadb)(\+\w+)?$/.test(scheme)) return parseMysql(url, scheme)
  throw new DatabaseUrlError(
    url,
    `names the engine '${scheme}'; known are sqlite, mysql, mysql+pymysql`,
  )
}

const parseSqlite = (url: string): DatabaseUrl => {
  const rest = url.slice(url.indexOf('://') + 3).replace(/\?.*$/s, '')
  if (rest === '' || rest === '/' || rest === '/:memory:') {
    return { dialect: 'sqlite', path: ':memory:' }
  }
  if (!rest.startsWith('/')) {
    throw new DatabaseUrlError(url, 'names a host; a SQLite path follows three slashes, or four')
  }
  return { dialect: 'sqlite', path: decode(url, rest.slice(1)) }
}

const parseMysql = (url: string, scheme: string): DatabaseUrl => {
  // As SQLAlchemy reads it, not as WHATWG does: a password may hold anything but '@' and '/'.
  const match =
    /^[^:]+:\/\/(?:([^:@/]*)(?::([^@]*))?@)?(\[[^\]]+\]|[^:/?]*)(?::(\d+))?(?:\/([^?]*))?(?:\?(.*))?$/s.exec(
      url,
    )
  if (!match)
    throw new DatabaseUrlError(url, `is not of the form ${scheme}://user:password@host:port/name`)
  const [, user = '', password = '', host = '', port = '3306', database = '', query = ''] = match
  if (database === '') throw new DatabaseUrlError(url, 'names no database after the host')
  const parameters = new URLSearchParams(query)
  return {
    dialect: 'mysql',
    host: host.replace(/^\[|\]$/g, '') || 'localhost',
    port: Number(port),
    user: decode(url, user),
    password: decode(url, password),
    database: decode(url, database),
    charset: connectionCharset(parameters.get('charset') ?? 'utf8mb4'),
    socketPath: parameters.get('unix_socket') ?? undefined,
  }
}

/**
 * MySQL's `utf8` has no characters of four bytes. For a connection in it the driver would write each as two
 * halves of three bytes, which no other client can read; in `utf8mb4` the server refuses what its column
 * cannot hold.
 */
const connectionCharset = (asked: string): string => {
  const charset = asked.toUpperCase()
  return charset === 'UTF8' || charset === 'UTF8MB3' ? 'UTF8MB4' : charset
}

const decode = (url: string, part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new DatabaseUrlError(url, "holds a '%' that is not followed by two hexadecimal digits")
  }
}
