import { generateKeyPair, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { InvalidKeypair } from '../../exception/index.js'
import { messageOf } from '../../util/message-of.js'
import { bits, context, integer, nothing, octets, oid, sequence, set, time, utf8 } from './asn1.js'
import { pkcs12 } from './pkcs12.js'
import type { GeneratedKey } from './ssh.js'

const BITS = 2048
const DAYS = 3650
const DAY_MS = 86_400_000

/**
 * A certificate with which a user may log in to Windows by WinRM, and its key.
 *
 * @returns the private key as a PKCS #12 file without a password, in base64, which holds the
 *   certificate too; the public key is the certificate, PEM
 */
export const generateX509Key = async (userId: string): Promise<GeneratedKey> => {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: BITS })
  const certificate = selfSigned(userId, pair.publicKey, pair.privateKey)
  const publicKey = pem(certificate)
  return {
    privateKey: pkcs12(certificate, pair.privateKey).toString('base64'),
    publicKey,
    fingerprint: x509Fingerprint(publicKey),
  }
}

/**
 * SHA-1 over the certificate, hex with colons.
 *
 * @throws InvalidKeypair
 */
export const x509Fingerprint = (text: string): string => {
  try {
    if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it is not PEM')
    return new X509Certificate(text).fingerprint.toLowerCase()
  } catch (error) {
    const why = messageOf(error)
    throw new InvalidKeypair({
      reason: `failed to generate X509 fingerprint. Error message: ${why}`,
    })
  }
}

const sha256WithRsa = sequence(oid('1.2.840.113549.1.1.11'), nothing())
const commonName = oid('2.5.4.3')
const subjectAltName = oid('2.5.29.17')
const extendedKeyUsage = oid('2.5.29.37')
const clientAuth = oid('1.3.6.1.5.5.7.3.2')
/** Microsoft's: the name of a user for logging in. */
const userPrincipalName = oid('1.3.6.1.4.1.311.20.2.3')

/** DER (RFC 5280). */
const selfSigned = (userId: string, publicKey: KeyObject, privateKey: KeyObject): Buffer => {
  // 64 characters at most: X.520's ub-common-name
  const name = sequence(set(sequence(commonName, utf8(userId.slice(0, 64)))))
  const now = Date.now()
  const upn = sequence(
    context(0, Buffer.concat([userPrincipalName, context(0, utf8(`${userId}@localhost`))])),
  )
  const extensions = sequence(
    sequence(extendedKeyUsage, octets(sequence(clientAuth))),
    sequence(subjectAltName, octets(upn)),
  )
  const body = sequence(
    context(0, integer(2)), // version 3
    integer(serial()),
    sha256WithRsa,
    name,
    sequence(time(new Date(now)), time(new Date(now + DAYS * DAY_MS))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    context(3, extensions),
  )
  return sequence(body, sha256WithRsa, bits(sign('sha256', body, privateKey)))
}

/** Positive, and without a zero in front. */
const serial = (): Buffer => {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes
}

const pem = (der: Buffer): string => {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
