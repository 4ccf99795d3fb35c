import { TransportConfigError } from './errors.js'

export interface TransportHost {
  readonly hostname: string
  readonly port: number | null
  readonly username: string | null
  readonly password: string | null
}

/** `driver://[user:pass@]host:port[,…]/virtual_host?query` */
export interface TransportUrl {
  /** `rabbit`, `fake` */
  readonly driver: string
  readonly hosts: readonly TransportHost[]
  /** `/` when the URL names none. */
  readonly virtualHost: string
  readonly query: Readonly<Record<string, string>>
}

/**
 * Reads oslo.messaging's `transport_url`. Names, passwords and the virtual host may be
 * percent-encoded.
 *
 * @throws TransportConfigError naming what is wrong, without the passwords
 */
export const parseTransportUrl = (url: string): TransportUrl => {
  const match = /^([A-Za-z][\w+.-]*):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url)
  if (!match) {
    throw new TransportConfigError(
      `transport_url '${redactTransportUrl(url)}' is not of the form ` +
        `'rabbit://user:password@host:port/virtual_host'`,
    )
  }
  const [, scheme = '', authority = '', path = '', query = ''] = match
  return {
    driver: scheme.toLowerCase(),
    hosts: authority === '' ? [] : authority.split(',').map(host => parseHost(host, url)),
    virtualHost: decode(path, url) || '/',
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

const parseHost = (text: string, url: string): TransportHost => {
  const at = text.lastIndexOf('@')
  const credentials = at < 0 ? null : text.slice(0, at)
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]]*)(?::(\d*))?$/.exec(text.slice(at + 1))
  const port = match?.[2] ? Number(match[2]) : null
  if (!match || (port !== null && (port < 1 || port > 65535))) {
    throw new TransportConfigError(
      `transport_url '${redactTransportUrl(url)}': '${text.slice(at + 1)}' is not host:port`,
    )
  }
  const colon = credentials?.indexOf(':') ?? -1
  return {
    hostname: (match[1] ?? '').replaceAll(/[[\]]/g, '') || 'localhost',
    port,
    username:
      credentials === null
        ? null
        : decode(colon < 0 ? credentials : credentials.slice(0, colon), url),
    password: credentials === null || colon < 0 ? null : decode(credentials.slice(colon + 1), url),
  }
}

const decode = (text: string, url: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new TransportConfigError(
      `transport_url '${redactTransportUrl(url)}' has a % that begins no percent-encoding`,
    )
  }
}

/** The URL with `***` for each password, fit to be shown. */
export const redactTransportUrl = (url: string): string =>
  url.replaceAll(/([/,][^:/,@]*):[^@/]*?@(?=[^@]*(?:,|\/|\?|$))/g, '$1:***@')
