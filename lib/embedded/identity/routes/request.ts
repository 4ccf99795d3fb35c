import type { Request } from 'express'
import { isRecord } from '../../../util/is-record.js'
import { badRequest, forbidden, unauthorized } from '../errors.js'
import type { EmbeddedIdentity, KnownToken } from '../identity.js'

export type Json = Readonly<Record<string, unknown>>

/** Whose token came with the request. @throws IdentityError 401 */
export const callerOf = async (req: Request, identity: EmbeddedIdentity): Promise<KnownToken> => {
  const token = req.headers['x-auth-token']
  const caller = typeof token === 'string' ? await identity.lookUp(token) : null
  if (!caller) throw unauthorized()
  return caller
}

export const isAdmin = ({ validated }: KnownToken): boolean => validated.roles.includes('admin')

/**
 * @param action  Keystone's name of the rule, `list_projects` say
 * @param who     users who may besides the administrator
 * @throws IdentityError 401, 403
 */
export const authorize = async (
  req: Request,
  identity: EmbeddedIdentity,
  action: string,
  who?: (caller: KnownToken) => boolean,
): Promise<KnownToken> => {
  const caller = await callerOf(req, identity)
  if (isAdmin(caller) || who?.(caller)) return caller
  throw forbidden(`You are not authorized to perform the requested action: identity:${action}.`)
}

/** The object under its name in the body. @throws IdentityError 400 */
export const bodyOf = (req: Request, name: string): Json => {
  const body: unknown = req.body
  const found = isRecord(body) ? body[name] : undefined
  if (!isRecord(found)) throw badRequest(`Expecting an object named '${name}' in the body.`)
  return found
}

/** The first value of a key of the query. */
export const queryOf = (req: Request, key: string): string | undefined => {
  const value: unknown = req.query[key]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}

/** A switch of the query: there, and not said to be off. */
export const switchedOn = (req: Request, key: string): boolean =>
  !['0', 'false', 'no', 'off', undefined].includes(queryOf(req, key)?.toLowerCase())

export const param = (req: Request, name: string): string => {
  const value: unknown = req.params[name]
  return typeof value === 'string' ? value : ''
}

/** A list as the API gives it. */
export const listOf = (
  identity: EmbeddedIdentity,
  path: string,
  plural: string,
  items: unknown[],
) => ({
  [plural]: items,
  links: { next: null, self: `${identity.publicUrl}/v3${path}`, previous: null },
})
