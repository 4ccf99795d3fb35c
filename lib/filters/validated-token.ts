import type { IncomingMessage } from 'node:http'
import type { ValidatedToken } from '../identity/index.js'

const key = Symbol('validated token')

interface Carrier {
  [key]?: ValidatedToken
}

/** Leaves a request's token for keystonecontext, which then need not parse it out of headers. */
export const rememberToken = (req: IncomingMessage & Carrier, token: ValidatedToken): void => {
  req[key] = token
}

export const rememberedToken = (req: IncomingMessage & Carrier): ValidatedToken | undefined =>
  req[key]
