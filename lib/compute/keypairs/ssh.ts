import { createHash, createPublicKey, generateKeyPair, type JsonWebKey } from 'node:crypto'
import { promisify } from 'node:util'
import { InvalidKeypair } from '../../exception/index.js'

/** A key made here: only the caller ever gets its private half. */
export interface GeneratedKey {
  /** PEM, PKCS #1 */
  readonly privateKey: string
  readonly publicKey: string
  readonly fingerprint: string
}

const BITS = 2048

/** A new RSA key, off the event loop. */
export const generateSshKey = async (): Promise<GeneratedKey> => {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: BITS })
  const { n = '', e = '' } = pair.publicKey.export({ format: 'jwk' })
  const blob = Buffer.concat([
    sshString(Buffer.from('ssh-rsa')),
    sshString(positive(Buffer.from(e, 'base64url'))),
    sshString(positive(Buffer.from(n, 'base64url'))),
  ])
  return {
    privateKey: pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicKey: `ssh-rsa ${blob.toString('base64')} Generated-by-Nova`,
    fingerprint: md5(blob),
  }
}

/**
 * The fingerprint of a public key as `ssh-keygen -l -E md5` tells it, without the prefix.
 *
 * @param line  `type base64 [comment]`
 * @throws InvalidKeypair when it is no key that SSH knows
 */
export const sshFingerprint = (line: string): string => {
  const [, type, text] = /^(\S+)[ \t]+(\S+)/.exec(line) ?? []
  if (type === undefined || text === undefined) throw invalid()
  const blob = Buffer.from(text, 'base64')
  // What is not base64 is passed over by the decoder: encoding it again tells.
  if (blob.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) throw invalid()
  try {
    checkBlob(type, blob)
  } catch (error) {
    throw invalid({ cause: error })
  }
  return md5(blob)
}

const invalid = (options?: ErrorOptions): InvalidKeypair =>
  Object.assign(new InvalidKeypair({ reason: 'failed to generate fingerprint' }), options)

const md5 = (blob: Buffer): string =>
  (createHash('md5').update(blob).digest('hex').match(/../g) ?? []).join(':')

/** Curve names of RFC 5656 → those of RFC 7518, and bytes of a coordinate. */
const curves: Readonly<Record<string, readonly [crv: string, bytes: number]>> = {
  nistp256: ['P-256', 32],
  nistp384: ['P-384', 48],
  nistp521: ['P-521', 66],
}

/** @throws Error when the bytes are not just one key of the type (RFC 4253 6.6, RFC 5656, RFC 8709) */
const checkBlob = (type: string, blob: Buffer): void => {
  const reader = new BlobReader(blob)
  if (reader.next().toString() !== type) throw new Error('the key is of another type than it says')
  const curve = /^(?:sk-)?ecdsa-sha2-(nistp\d+)(?:@openssh\.com)?$/.exec(type)?.[1]
  if (type === 'ssh-rsa') {
    const [e, n] = [reader.next(), reader.next()]
    checkKey({ kty: 'RSA', e: e.toString('base64url'), n: n.toString('base64url') })
  } else if (type === 'ssh-ed25519' || type === 'sk-ssh-ed25519@openssh.com') {
    checkKey({ kty: 'OKP', crv: 'Ed25519', x: reader.next().toString('base64url') })
  } else if (type === 'ssh-dss') {
    for (let part = 0; part < 4; part++) reader.next()
  } else if (curve !== undefined && curves[curve]) {
    const [crv, bytes] = curves[curve]
    if (reader.next().toString() !== curve) throw new Error('the key is on another curve')
    const point = reader.next()
    if (point[0] !== 4 || point.length !== 1 + 2 * bytes) throw new Error('the point is malformed')
    checkKey({
      kty: 'EC',
      crv,
      x: point.subarray(1, 1 + bytes).toString('base64url'),
      y: point.subarray(1 + bytes).toString('base64url'),
    })
  } else {
    throw new Error(`keys of type '${type}' are not known`)
  }
  // The name of the application that a security key is bound to
  if (type.startsWith('sk-')) reader.next()
  reader.end()
}

const checkKey = (key: JsonWebKey): void => {
  createPublicKey({ key, format: 'jwk' })
}

/** Strings with their length in front, one after the other. */
class BlobReader {
  #rest: Buffer

  constructor(blob: Buffer) {
    this.#rest = blob
  }

  next(): Buffer {
    if (this.#rest.length < 4) throw new Error('the key ends too early')
    const length = this.#rest.readUInt32BE()
    const value = this.#rest.subarray(4, 4 + length)
    if (value.length < length) throw new Error('the key ends too early')
    this.#rest = this.#rest.subarray(4 + length)
    return value
  }

  end(): void {
    if (this.#rest.length) throw new Error('there is more behind the key')
  }
}

const sshString = (value: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value.length)
  return Buffer.concat([length, value])
}

/** The first bit of an `mpint` is its sign. */
const positive = (value: Buffer): Buffer =>
  (value[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value
