import type { Request } from 'express'
import { isTooDeep } from '../util/json-depth.js'
import { Fault } from './fault.js'
import { PlainError } from './plain-error.js'

/** nova's own limit, bytes; the filter sizelimit sets another. */
export const DEFAULT_MAX_BODY_BYTES = 114_688

/** 400: the body cannot be read. */
export const malformed = (cause?: unknown): Fault =>
  Fault.of(400, 'the body cannot be read', { cause })

/**
 * Reads and parses a JSON body.
 *
 * @returns null when the request has none
 * @throws Fault 400 when it is not JSON, PlainError 413 when it is longer than the limit
 */
export const readBody = async (req: Request): Promise<unknown> => {
  // An Express middleware ahead of us may have read it already.
  if (req.body !== undefined && req.readableEnded) return req.body ?? null
  const limit = req.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const announced = req.headers['content-length']
  if (announced === undefined && req.headers['transfer-encoding'] === undefined) return null
  if (Number(announced) > MOST_READ) throw tooLarge()
  const bytes = await collect(req, limit)
  if (bytes.length === 0) return null
  try {
    const text = utf8.decode(bytes)
    if (isTooDeep(text)) throw new RangeError('objects and lists stand too deep in one another')
    return JSON.parse(text)
  } catch (error) {
    throw malformed(error)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

const tooLarge = (): PlainError => new PlainError(413, 'The body of the request is too large.')

/**
 * How much is read and thrown away of a body over its limit, bytes. A connection that is closed
 * while the client still sends is reset, and the answer lost with it.
 */
const MOST_READ = 16 * 1024 * 1024

const collect = (req: Request, limit: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (settle: () => void) => {
      req.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
      settle()
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else chunks.length = 0
      if (size > MOST_READ) end(() => reject(tooLarge()))
    }
    const onEnd = () =>
      end(() => (size > limit ? reject(tooLarge()) : resolve(Buffer.concat(chunks))))
    const onError = (error: Error) =>
      end(() => reject(error instanceof PlainError ? error : malformed(error)))
    const onClose = () => end(() => reject(malformed()))
    req.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
  })
