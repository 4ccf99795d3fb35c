import { deflateSync, unzipSync } from 'node:zlib'
import { InvalidEnvelope } from '../envelope.js'
import { textOf } from '../text.js'

/** kombu's name of what `kombu_compression = gzip` does, which is zlib. */
const ZLIB = 'application/x-gzip'

/** bytes that a message may unfold to */
const LIMIT = 256 * 1024 * 1024

export const compressionHeaders: Readonly<Record<string, string>> = { compression: ZLIB }

export const compress = (body: Buffer): Buffer => deflateSync(body)

/**
 * @param compression  the header of that name, whatever the peer put there
 * @throws InvalidEnvelope when it is of another kind, or broken
 */
export const decompress = (body: Buffer, compression: unknown): Buffer => {
  if (compression === undefined || compression === null) return body
  if (compression !== ZLIB) {
    throw new InvalidEnvelope(`Compression ${textOf(compression)} is not supported; gzip is`)
  }
  try {
    return unzipSync(body, { maxOutputLength: LIMIT })
  } catch (error) {
    throw new InvalidEnvelope(`cannot be decompressed: ${(error as Error).message}`)
  }
}
