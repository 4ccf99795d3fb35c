import type { SecureVersion } from 'node:tls'
import { TransportConfigError } from '../errors.js'
import type { OptionReader } from './option-reader.js'

/** What of node:tls a connection to the broker differs in. */
export interface TlsSettings {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
  /** False without authorities, as in oslo.messaging: then any certificate will do. */
  readonly rejectUnauthorized: boolean
  readonly checkServerIdentity?: () => undefined
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
}

type TlsOption =
  | 'ssl'
  | 'ssl_version'
  | 'ssl_ca_file'
  | 'ssl_cert_file'
  | 'ssl_key_file'
  | 'ssl_enforce_hostname_verification'
  | 'ssl_enforce_fips_mode'

/** Python's names of protocols; SSLv23 is whatever both ends speak. */
const versions: Readonly<Record<string, SecureVersion | null>> = {
  '': null,
  sslv23: null,
  tlsv1: 'TLSv1',
  tlsv1_1: 'TLSv1.1',
  tlsv1_2: 'TLSv1.2',
}

/**
 * @returns null without `ssl`
 * @throws TransportConfigError
 */
export const tlsSettings = (read: OptionReader<TlsOption>): TlsSettings | null => {
  if (!read.boolean('ssl', false)) return null
  if (read.boolean('ssl_enforce_fips_mode', false)) {
    throw new TransportConfigError(
      'ssl_enforce_fips_mode is not supported: start Node with --force-fips',
    )
  }
  const ca = read.file('ssl_ca_file')
  const cert = read.file('ssl_cert_file')
  const key = read.file('ssl_key_file')
  if (!cert !== !key) {
    throw new TransportConfigError('ssl_cert_file and ssl_key_file need each other')
  }
  const checksName = read.boolean('ssl_enforce_hostname_verification', true)
  return {
    ...(ca ? { ca } : {}),
    ...(cert && key ? { cert, key } : {}),
    rejectUnauthorized: ca !== null,
    ...(checksName ? {} : { checkServerIdentity: () => undefined }),
    ...versionOf(read.text('ssl_version', '')),
  }
}

const versionOf = (name: string): Pick<TlsSettings, 'minVersion' | 'maxVersion'> => {
  const version = versions[name.toLowerCase()]
  if (version === undefined) {
    throw new TransportConfigError(
      `ssl_version is '${name}', expected TLSv1, TLSv1_1, TLSv1_2 or SSLv23`,
    )
  }
  return version === null ? {} : { minVersion: version, maxVersion: version }
}
