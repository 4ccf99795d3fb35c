import { isRecord } from '../util/is-record.js'
import { MessagingError } from './errors.js'
import { textOf } from './text.js'
import { versionIsCompatible } from './version.js'

const VERSION = '2.0'

/** Puts a payload's JSON text into oslo.messaging's envelope. */
export const wrapEnvelope = (payload: string): string =>
  `{"oslo.version":"${VERSION}","oslo.message":${JSON.stringify(payload)}}`

/** A body that is no message for us; the text says why. */
export class InvalidEnvelope extends MessagingError {
  override readonly name = 'InvalidEnvelope'
}

/**
 * The payload of a body: from its envelope, or, when it has none, the body itself.
 *
 * @throws InvalidEnvelope when it is no JSON object, or its envelope's version is not ours
 */
export const unwrapEnvelope = (body: string): Record<string, unknown> => {
  const outer = parseObject(body, 'message body')
  if (!('oslo.version' in outer) || !('oslo.message' in outer)) return outer
  const { 'oslo.version': version, 'oslo.message': payload } = outer
  if (version !== VERSION && !isSupported(version)) {
    throw new InvalidEnvelope(`Specified RPC envelope version, ${textOf(version)}, not supported`)
  }
  if (typeof payload !== 'string') throw new InvalidEnvelope('oslo.message is not text')
  return parseObject(payload, 'oslo.message')
}

const isSupported = (version: unknown): boolean => {
  try {
    return versionIsCompatible(VERSION, textOf(version))
  } catch {
    return false
  }
}

/** @throws InvalidEnvelope */
export const parseObject = (text: string, what: string): Record<string, unknown> => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new InvalidEnvelope(`${what} is not JSON: ${(error as Error).message}`)
  }
  if (!isRecord(value)) throw new InvalidEnvelope(`${what} is not a JSON object`)
  return value
}
