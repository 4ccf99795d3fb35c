import { STATUS_CODES } from 'node:http'

/** An answer of the identity API that is no success: `{"error": {code, message, title}}`. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError'
  readonly code: number

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get title(): string {
    return STATUS_CODES[this.code] ?? 'Error'
  }
}

export const badRequest = (message: string): IdentityError => new IdentityError(400, message)

/** Always in the same words, so that they do not tell what was wrong. */
export const unauthorized = (): IdentityError =>
  new IdentityError(401, 'The request you have made requires authentication.')

export const forbidden = (message?: string): IdentityError =>
  new IdentityError(403, message ?? 'You are not authorized to perform the requested action.')

export const notFound = (what: string, id: string): IdentityError =>
  new IdentityError(404, `Could not find ${what}: ${id}.`)

export const conflict = (message: string): IdentityError => new IdentityError(409, message)
