/** DER of ASN.1 (X.690): as much as certificates and PKCS #12 need. */

const tagged = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

const lengthOf = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([length])
  const bytes = bigEndian(BigInt(length))
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

const bigEndian = (value: bigint): Buffer => {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => tagged(0x30, ...items)
export const set = (...items: readonly Uint8Array[]): Buffer => tagged(0x31, ...items)
export const octets = (value: Uint8Array): Buffer => tagged(0x04, value)
export const bits = (value: Uint8Array): Buffer => tagged(0x03, Buffer.from([0]), value)
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text))
export const nothing = (): Buffer => tagged(0x05)

/** Not negative. */
export const integer = (value: number | bigint | Uint8Array): Buffer => {
  const bytes = value instanceof Uint8Array ? Buffer.from(value) : bigEndian(BigInt(value))
  // The first bit is the sign.
  return tagged(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

/** `[number]`, explicit unless it is primitive. */
export const context = (number: number, content: Uint8Array): Buffer =>
  tagged(0xa0 | number, content)

/** `1.2.840.113549.1.1.1` */
export const oid = (text: string): Buffer => {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return tagged(0x06, ...[first * 40 + second, ...rest].map(base128))
}

const base128 = (value: number): Buffer => {
  const bytes = [value & 0x7f]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
    bytes.unshift(0x80 | (left & 0x7f))
  }
  return Buffer.from(bytes)
}

/** UTCTime up to 2049, then GeneralizedTime (RFC 5280 4.1.2.5). */
export const time = (date: Date): Buffer => {
  const text = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(text.slice(2)))
    : tagged(0x18, Buffer.from(text))
}
