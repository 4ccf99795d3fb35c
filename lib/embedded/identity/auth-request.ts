import { isRecord } from '../../util/is-record.js'
import { badRequest } from './errors.js'

/** A name or an id, in a domain when it is a name. */
export interface Reference {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly domain?: { readonly id?: string | undefined; readonly name?: string | undefined }
}

export type Proof =
  | { readonly method: 'password'; readonly user: Reference; readonly password: string }
  | { readonly method: 'token'; readonly token: string }
  | {
      readonly method: 'application_credential'
      readonly id?: string | undefined
      readonly name?: string | undefined
      readonly user?: Reference | undefined
      readonly secret: string
    }

export type WantedScope =
  | { readonly kind: 'default' | 'unscoped' | 'system' }
  | { readonly kind: 'project' | 'domain'; readonly reference: Reference }

export interface AuthRequest {
  readonly proofs: readonly Proof[]
  readonly scope: WantedScope
}

/**
 * Reads the body of `POST /v3/auth/tokens`.
 *
 * @throws IdentityError 400
 */
export const parseAuthRequest = (body: unknown): AuthRequest => {
  const auth = map(map(body, 'the body').auth, 'auth')
  const identity = map(auth.identity, 'auth.identity')
  const methods = identity.methods
  if (!Array.isArray(methods) || methods.length === 0 || methods.length > 8) {
    throw expected('auth.identity.methods', 'a list of methods')
  }
  const proofs = [...new Set(methods)].map(method => proof(method, identity))
  return { proofs, scope: wantedScope(auth.scope) }
}

const proof = (method: unknown, identity: Json): Proof => {
  const at = `auth.identity.${String(method).slice(0, 40)}`
  switch (method) {
    case 'password': {
      const user = map(map(identity.password, at).user, `${at}.user`)
      const password = text(user.password, `${at}.user.password`)
      return { method, user: reference(user, `${at}.user`), password }
    }
    case 'token':
      return { method, token: text(map(identity.token, at).id, `${at}.id`) }
    case 'application_credential': {
      const given = map(identity.application_credential, at)
      const secret = text(given.secret, `${at}.secret`)
      if (given.id !== undefined) return { method, id: text(given.id, `${at}.id`), secret }
      const user = reference(map(given.user, `${at}.user`), `${at}.user`)
      return { method, name: text(given.name, `${at}.name`), user, secret }
    }
    default:
      throw expected('auth.identity.methods', 'password, token or application_credential')
  }
}

const wantedScope = (scope: unknown): WantedScope => {
  if (scope === undefined || scope === null) return { kind: 'default' }
  if (scope === 'unscoped') return { kind: 'unscoped' }
  const given = map(scope, 'auth.scope')
  if (given.unscoped !== undefined) return { kind: 'unscoped' }
  if (given.system !== undefined) {
    if (map(given.system, 'auth.scope.system').all !== true) {
      throw expected('auth.scope.system.all', 'true')
    }
    return { kind: 'system' }
  }
  if (given.project !== undefined) {
    const at = 'auth.scope.project'
    return { kind: 'project', reference: reference(map(given.project, at), at) }
  }
  if (given.domain !== undefined) {
    const at = 'auth.scope.domain'
    const domain = map(given.domain, at)
    if (domain.id === undefined && domain.name === undefined) throw expected(at, 'id or name')
    return { kind: 'domain', reference: { id: optional(domain.id), name: optional(domain.name) } }
  }
  throw expected('auth.scope', 'project, domain, system or unscoped')
}

const reference = (given: Json, at: string): Reference => {
  if (given.id !== undefined) return { id: text(given.id, `${at}.id`) }
  const name = text(given.name, `${at}.name`)
  const domain = map(given.domain, `${at}.domain`)
  if (domain.id !== undefined) return { name, domain: { id: text(domain.id, `${at}.domain.id`) } }
  return { name, domain: { name: text(domain.name, `${at}.domain.name`) } }
}

type Json = Readonly<Record<string, unknown>>

const map = (value: unknown, at: string): Json => {
  if (isRecord(value)) return value
  throw expected(at, 'an object')
}

const text = (value: unknown, at: string): string => {
  if (typeof value === 'string' && value.length <= 4096) return value
  throw expected(at, 'a string')
}

const optional = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

const expected = (at: string, what: string): Error => badRequest(`Expecting ${what} in ${at}.`)
