import { randomBytes } from 'node:crypto'
import type { AuthRequest, Proof, WantedScope } from './auth-request.js'
import { forbidden, unauthorized } from './errors.js'
import { checkPassword } from './passwords.js'
import type { Row } from './schema.js'
import { flag, type IdentityStore, text, textOrNull } from './store.js'
import type { Scope, TokenClaims } from './token-codec.js'

/** Somebody who proved who they are, and by what. */
interface Proven {
  readonly user: Row
  readonly methods: readonly string[]
  /** Of the token it was proven by. */
  readonly parent?: TokenClaims | undefined
  readonly applicationCredential?: Row | undefined
}

export interface AuthenticationOptions {
  readonly store: IdentityStore
  /** Seconds that a token lasts. */
  readonly tokenLifetime: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** What a valid token claims; null for any other. */
  readonly claimsOf: (token: string) => Promise<TokenClaims | null>
}

/**
 * Decides what a token given for these proofs and this scope would claim.
 *
 * @throws IdentityError 401 in the same words whatever was wrong
 */
export const authenticate = async (
  { proofs, scope }: AuthRequest,
  options: AuthenticationOptions,
): Promise<TokenClaims> => {
  let proven: Proven | undefined
  for (const proof of proofs) {
    const next = await prove(proof, options)
    if (proven && proven.user.id !== next.user.id) throw unauthorized()
    proven = proven
      ? { ...next, ...proven, methods: [...new Set([...proven.methods, ...next.methods])] }
      : next
  }
  if (!proven || !(await isActive(proven.user, options.store))) throw unauthorized()
  const now = Math.max(options.now(), Number(proven.user.tokens_void_until ?? 0) + 1)
  const { parent, applicationCredential } = proven
  return {
    userId: text(proven.user.id),
    scope: await chooseScope(scope, proven, options.store),
    methods: proven.methods,
    auditIds: [randomBytes(16).toString('base64url'), ...(parent ? parent.auditIds.slice(-1) : [])],
    issuedAt: now,
    expiresAt: parent?.expiresAt ?? now + options.tokenLifetime * 1000,
    applicationCredentialId: textOrNull(applicationCredential?.id) ?? undefined,
  }
}

/** Whether the user and its domain are enabled. */
export const isActive = async (user: Row, store: IdentityStore): Promise<boolean> => {
  if (!flag(user.enabled)) return false
  const domain = await store.get('identity_domain', text(user.domain_id))
  return domain !== undefined && flag(domain.enabled)
}

const prove = async (proof: Proof, options: AuthenticationOptions): Promise<Proven> => {
  const { store } = options
  switch (proof.method) {
    case 'password': {
      const user = await store.resolve('identity_user', proof.user)
      // Checked even without a user, so that the time it takes does not tell.
      const right = await checkPassword(proof.password, textOrNull(user?.password_hash))
      if (!user || !right) throw unauthorized()
      return { user, methods: ['password'] }
    }
    case 'token': {
      const parent = await options.claimsOf(proof.token)
      const user = parent ? await store.get('identity_user', parent.userId) : undefined
      if (!parent || !user) throw unauthorized()
      if (parent.applicationCredentialId) {
        throw forbidden('Application credentials cannot be used to get another token.')
      }
      return { user, methods: [...new Set(['token', ...parent.methods])], parent }
    }
    case 'application_credential': {
      const credential = await findCredential(proof, store)
      const right = await checkPassword(proof.secret, textOrNull(credential?.secret_hash))
      if (!credential || !right) throw unauthorized()
      const expiresAt = credential.expires_at
      if (typeof expiresAt === 'number' && expiresAt <= options.now()) throw unauthorized()
      const user = await store.get('identity_user', text(credential.user_id))
      if (!user) throw unauthorized()
      return {
        user,
        methods: ['application_credential'],
        applicationCredential: credential,
      }
    }
  }
}

const findCredential = async (
  proof: Extract<Proof, { method: 'application_credential' }>,
  store: IdentityStore,
): Promise<Row | undefined> => {
  if (proof.id !== undefined) return store.get('identity_application_credential', proof.id)
  const user = await store.resolve('identity_user', proof.user ?? {})
  if (!user) return undefined
  return store.first('identity_application_credential', {
    user_id: text(user.id),
    name: proof.name ?? '',
  })
}

const chooseScope = async (
  wanted: WantedScope,
  { user, applicationCredential }: Proven,
  store: IdentityStore,
): Promise<Scope> => {
  const userId = text(user.id)
  if (applicationCredential) {
    if (wanted.kind !== 'default') throw unauthorized()
    return { kind: 'project', id: text(applicationCredential.project_id) }
  }
  switch (wanted.kind) {
    case 'unscoped':
      return { kind: 'unscoped' }
    case 'system': {
      if ((await store.roles(userId, 'system', 'all')).size === 0) throw unauthorized()
      return { kind: 'system' }
    }
    case 'default': {
      const id = textOrNull(user.default_project_id)
      const usable = id !== null && (await mayUse(userId, 'project', id, store))
      return usable ? { kind: 'project', id } : { kind: 'unscoped' }
    }
    default: {
      const { kind, reference } = wanted
      const table = kind === 'project' ? 'identity_project' : 'identity_domain'
      const id = textOrNull((await store.resolve(table, reference))?.id)
      if (id === null || !(await mayUse(userId, kind, id, store))) throw unauthorized()
      return { kind, id }
    }
  }
}

/** Whether a project or domain is enabled, and the user has a role there. */
const mayUse = async (
  userId: string,
  kind: 'project' | 'domain',
  id: string,
  store: IdentityStore,
): Promise<boolean> => {
  if (!(await isUsable(kind, id, store))) return false
  return (await store.roles(userId, kind, id)).size > 0
}

/** Whether a project and its domain, or a domain, are enabled. */
export const isUsable = async (
  kind: 'project' | 'domain',
  id: string,
  store: IdentityStore,
): Promise<boolean> => {
  const row = await store.get(kind === 'project' ? 'identity_project' : 'identity_domain', id)
  if (!row || !flag(row.enabled)) return false
  return kind === 'domain' || isUsable('domain', text(row.domain_id), store)
}
