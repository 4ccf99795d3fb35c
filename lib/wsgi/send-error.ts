import type { Request, Response } from 'express'
import { NovaException } from '../exception/index.js'
import { Fault, faultDocument } from './fault.js'
import { PlainError, sendPlainError } from './plain-error.js'

/** What a client is told of an error that is not for clients. `cause` keeps it for the log. */
export const unexpected = (error: unknown): Fault =>
  Fault.of(
    500,
    `Unexpected error. It was logged under the id of this request.\n${className(error)}`,
    { cause: error },
  )

const className = (error: unknown): string =>
  error instanceof Error ? error.constructor.name : typeof error

/**
 * Whatever `next` was given, as a fault: exceptions that are marked safe keep class name and text, all
 * others get a fixed one.
 */
export const faultOf = (error: unknown): Fault => {
  if (error instanceof Fault) return error
  if (error instanceof NovaException) {
    const code = error.code >= 400 && error.code <= 599 ? error.code : 500
    if (error.safe) {
      const message = `${error.name}: ${error.message}`
      return Fault.of(code, message, { headers: error.headers, cause: error })
    }
    return Fault.of(code, unexpected(error).message, { headers: error.headers, cause: error })
  }
  return unexpected(error)
}

/**
 * Answers with an error: what stands at the end of `next(err)`. Used by the filter faultwrap; logging is the
 * caller's.
 */
export const sendError = (req: Request, res: Response, error: unknown): void => {
  if (res.headersSent) {
    // Half an answer is out: the client must not take it for a whole one.
    res.destroy()
    return
  }
  if (error instanceof PlainError) {
    sendPlainError(req, res, error)
    return
  }
  const fault = faultOf(error)
  const body = JSON.stringify(faultDocument(fault))
  res.statusCode = fault.code
  for (const [name, value] of Object.entries(fault.headers)) setHeader(res, name, value)
  res.setHeader('content-type', 'application/json; charset=UTF-8')
  res.setHeader('content-length', Buffer.byteLength(body))
  res.end(body)
}

/** `Vary` is added to, every other header replaced. */
export const setHeader = (res: Response, name: string, value: string): void => {
  if (name !== 'vary') {
    res.setHeader(name, value)
    return
  }
  const before = res.getHeader('vary')
  if (before === undefined) {
    res.setHeader('vary', value)
    return
  }
  const known = String(before)
    .split(',')
    .map(part => part.trim())
  const more = value
    .split(',')
    .map(part => part.trim())
    .filter(part => !known.some(name => name.toLowerCase() === part.toLowerCase()))
  res.setHeader('vary', [...known, ...more].join(', '))
}
