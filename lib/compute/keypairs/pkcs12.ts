import { createHash, createHmac, type KeyObject, randomBytes } from 'node:crypto'
import { context, integer, nothing, octets, oid, sequence, set } from './asn1.js'

const data = oid('1.2.840.113549.1.7.1')
const certBag = oid('1.2.840.113549.1.12.10.1.3')
const x509Certificate = oid('1.2.840.113549.1.9.22.1')
const shroudedKeyBag = oid('1.2.840.113549.1.12.10.1.2')
const localKeyId = oid('1.2.840.113549.1.9.21')
const sha256 = oid('2.16.840.1.101.3.4.2.1')

const ITERATIONS = 2048

/**
 * A certificate and its key in one file (RFC 7292), with an empty password: what `openssl pkcs12
 * -export -password pass:` writes, but with the algorithms of today.
 */
export const pkcs12 = (certificate: Buffer, key: KeyObject): Buffer => {
  const id = createHash('sha1').update(certificate).digest()
  const attributes = set(sequence(localKeyId, set(octets(id))))
  const encryptedKey = key.export({
    type: 'pkcs8',
    format: 'der',
    cipher: 'aes-256-cbc',
    passphrase: '',
  })
  const safe = sequence(
    contentInfo(
      sequence(
        sequence(
          certBag,
          context(0, sequence(x509Certificate, context(0, octets(certificate)))),
          attributes,
        ),
      ),
    ),
    contentInfo(sequence(sequence(shroudedKeyBag, context(0, encryptedKey), attributes))),
  )
  return sequence(integer(3), contentInfo(safe), macOf(safe))
}

const contentInfo = (content: Buffer): Buffer => sequence(data, context(0, octets(content)))

const macOf = (content: Buffer): Buffer => {
  const salt = randomBytes(8)
  const mac = createHmac('sha256', macKey(salt)).update(content).digest()
  return sequence(
    sequence(sequence(sha256, nothing()), octets(mac)),
    octets(salt),
    integer(ITERATIONS),
  )
}

/** RFC 7292 appendix B.2 for a key of one block: purpose 3, password empty but for its end. */
const macKey = (salt: Buffer): Buffer => {
  const block = 64 // bytes, SHA-256's
  const fill = (value: Buffer): Buffer =>
    Buffer.alloc(Math.ceil(value.length / block) * block, value)
  let key = Buffer.concat([Buffer.alloc(block, 3), fill(salt), fill(Buffer.alloc(2))])
  for (let round = 0; round < ITERATIONS; round++) {
    key = createHash('sha256').update(key).digest()
  }
  return key
}
