import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { CatalogEntry } from '../../context/index.js'
import type { Database } from '../../db/database.js'
import { type TokenValidator, tokenFromBody, type ValidatedToken } from '../../identity/index.js'
import type { AuthSession } from '../../util/auth-session.js'
import { endpointUrl } from '../../util/catalog.js'
import { NoEndpoint } from '../../util/service-client.js'
import { type AuthRequest, parseAuthRequest } from './auth-request.js'
import { authenticate, isActive, isUsable } from './authentication.js'
import { type BootstrapOptions, type BootstrapResult, bootstrap } from './bootstrap.js'
import { buildCatalog } from './catalog.js'
import { createTables, type IdentitySchema, type Row } from './schema.js'
import { IdentityStore, json, text } from './store.js'
import { type TokenClaims, TokenCodec } from './token-codec.js'

export interface EmbeddedIdentityOptions {
  /** Where clients reach the service, without `/v3`: of the links in its answers. */
  readonly publicUrl: string
  /** Seconds that a token lasts; a day when absent. */
  readonly tokenLifetime?: number | undefined
  /** Milliseconds since the epoch; for tests. */
  readonly now?: (() => number) | undefined
}

/** The `token` of an answer. */
export type TokenDocument = Readonly<Record<string, unknown>>

/** A valid token, told in both ways. */
export interface KnownToken {
  readonly claims: TokenClaims
  readonly document: TokenDocument
  readonly validated: ValidatedToken
}

/** How long a token stays useful to services that finish what it began: milliseconds. */
const expiredWindow = 48 * 3600 * 1000

/**
 * Keystone in miniature: users, projects, roles and tokens in a database of its own. In the same
 * process it validates tokens without a round trip.
 */
export class EmbeddedIdentity implements TokenValidator {
  readonly store: IdentityStore
  readonly publicUrl: string
  readonly #codec: TokenCodec
  readonly #lifetime: number
  readonly #now: () => number
  readonly #known = new LRUCache<string, { generation: number; token: KnownToken }>({ max: 10_000 })

  private constructor(store: IdentityStore, key: Buffer, options: EmbeddedIdentityOptions) {
    this.store = store
    this.publicUrl = options.publicUrl.replace(/\/+$/, '')
    this.#codec = new TokenCodec(key)
    this.#lifetime = options.tokenLifetime ?? 86_400
    this.#now = options.now ?? Date.now
  }

  /** Makes the tables and the signing key when they are not there yet. */
  static async open(
    db: Database<IdentitySchema>,
    options: EmbeddedIdentityOptions,
  ): Promise<EmbeddedIdentity> {
    await createTables(db.kysely)
    const store = new IdentityStore(db)
    let key = await store.setting('token_key')
    if (key === null) {
      key = randomBytes(32).toString('base64')
      await store.insert('identity_setting', { name: 'token_key', value: key })
    }
    await store.deleteExpired('identity_revoked_token', (options.now ?? Date.now)() - expiredWindow)
    return new EmbeddedIdentity(store, Buffer.from(key, 'base64'), options)
  }

  /** See {@link bootstrap}. May be repeated; addresses follow what is given. */
  bootstrap(options: BootstrapOptions): Promise<BootstrapResult> {
    return bootstrap(this.store, options)
  }

  async validate(
    token: string,
    options: { readonly allowExpired?: boolean } = {},
  ): Promise<ValidatedToken | null> {
    return (await this.lookUp(token, options))?.validated ?? null
  }

  /** What a token stands for now; null when it is unknown, expired, revoked or without ground. */
  async lookUp(
    token: string,
    { allowExpired = false }: { readonly allowExpired?: boolean } = {},
  ): Promise<KnownToken | null> {
    const { generation } = this.store
    const oldest = this.#now() - (allowExpired ? expiredWindow : 0)
    const known = this.#known.get(token)
    if (known && known.generation === generation) {
      return known.token.claims.expiresAt > oldest ? known.token : null
    }
    const claims = this.#codec.decode(token)
    if (!claims || claims.expiresAt <= oldest || (await this.#isRevoked(claims))) return null
    const found = await this.#describe(claims)
    // Read before the generation was: at worst it is looked up once more.
    if (found) this.#known.set(token, { generation, token: found })
    return found
  }

  /**
   * @param body  of `POST /v3/auth/tokens`
   * @throws IdentityError 400, 401
   */
  async issue(body: unknown): Promise<{ readonly id: string; readonly token: KnownToken }> {
    return this.#issue(parseAuthRequest(body))
  }

  /** From now on the token is void. */
  async revoke({ auditIds: [auditId = ''], expiresAt }: TokenClaims): Promise<void> {
    if (await this.store.first('identity_revoked_token', { audit_id: auditId })) return
    await this.store.insert('identity_revoked_token', { audit_id: auditId, expires_at: expiresAt })
  }

  /** From now on all tokens that the user has are void. */
  async revokeAllOf(userId: string): Promise<void> {
    await this.store.update('identity_user', userId, { tokens_void_until: this.#now() })
  }

  /**
   * What a service of this same process shows to others: a token of the service user, without a
   * password, and the catalog.
   */
  serviceSession(userName = 'nova', projectName = 'service'): AuthSession {
    let current: { id: string; token: KnownToken } | undefined
    const access = async (): Promise<{ id: string; token: KnownToken }> => {
      if (current && (await this.lookUp(current.id)) && !this.#expiresSoon(current.token)) {
        return current
      }
      current = await this.#issueFor(userName, projectName)
      return current
    }
    return {
      token: async () => (await access()).id,
      endpointFor: async type => {
        const { catalog } = (await access()).token.validated
        const url = endpointUrl(catalog, type, ['internal', 'public'], null)
        if (url === undefined) throw new NoEndpoint(`the catalog has no ${type} service`)
        return url
      },
      invalidate: () => {
        current = undefined
      },
    }
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#now()
  }

  #expiresSoon({ claims }: KnownToken): boolean {
    return claims.expiresAt - this.#now() < 120_000
  }

  async #issue(request: AuthRequest): Promise<{ id: string; token: KnownToken }> {
    const claims = await authenticate(request, {
      store: this.store,
      tokenLifetime: this.#lifetime,
      now: this.#now,
      claimsOf: async token => (await this.lookUp(token))?.claims ?? null,
    })
    return this.#make(claims)
  }

  async #issueFor(
    userName: string,
    projectName: string,
  ): Promise<{ id: string; token: KnownToken }> {
    const domain = { id: 'default' }
    const user = await this.store.resolve('identity_user', { name: userName, domain })
    const project = await this.store.resolve('identity_project', { name: projectName, domain })
    if (!user || !project) throw new Error(`no user ${userName} with project ${projectName}`)
    const now = Math.max(this.#now(), Number(user.tokens_void_until ?? 0) + 1)
    return this.#make({
      userId: text(user.id),
      scope: { kind: 'project', id: text(project.id) },
      methods: ['password'],
      auditIds: [randomBytes(16).toString('base64url')],
      issuedAt: now,
      expiresAt: now + this.#lifetime * 1000,
    })
  }

  async #make(claims: TokenClaims): Promise<{ id: string; token: KnownToken }> {
    const id = this.#codec.encode(claims)
    const token = await this.lookUp(id)
    // The ground went away between the proof and now.
    if (!token) throw new Error('the token was void before it was given')
    return { id, token }
  }

  async #isRevoked({ auditIds }: TokenClaims): Promise<boolean> {
    for (const id of auditIds) {
      if (await this.store.first('identity_revoked_token', { audit_id: id })) return true
    }
    return false
  }

  /** @returns null when the user, its roles or the scope are gone */
  async #describe(claims: TokenClaims): Promise<KnownToken | null> {
    const { store } = this
    const user = await store.get('identity_user', claims.userId)
    if (!user || claims.issuedAt <= Number(user.tokens_void_until ?? 0)) return null
    if (!(await isActive(user, store))) return null
    const base = {
      methods: claims.methods,
      user: {
        id: text(user.id),
        name: text(user.name),
        domain: await this.#domain(text(user.domain_id)),
        password_expires_at: null,
      },
      audit_ids: claims.auditIds,
      expires_at: microseconds(claims.expiresAt),
      issued_at: microseconds(claims.issuedAt),
    }
    const scoped = await this.#scoped(claims)
    if (!scoped) return null
    const document = { ...base, ...scoped }
    const validated = tokenFromBody({ token: document })
    return validated && { claims, document, validated }
  }

  async #scoped(claims: TokenClaims): Promise<TokenDocument | null> {
    const { scope } = claims
    if (scope.kind === 'unscoped') return {}
    const { store } = this
    const scopeId = 'id' in scope ? scope.id : 'all'
    if (scope.kind !== 'system' && !(await isUsable(scope.kind, scopeId, store))) return null
    let roleIds = await store.roles(claims.userId, scope.kind, scopeId)
    let credential: Row | undefined
    if (claims.applicationCredentialId !== undefined) {
      credential = await store.get(
        'identity_application_credential',
        claims.applicationCredentialId,
      )
      if (!credential) return null
      const granted = await store.withImplied((json(credential.roles) ?? []) as string[])
      roleIds = new Set([...roleIds].filter(id => granted.has(id)))
    }
    if (roleIds.size === 0) return null
    const roles = (await store.list('identity_role'))
      .filter(role => roleIds.has(text(role.id)))
      .map(role => ({ id: text(role.id), name: text(role.name) }))
    const projectId = scope.kind === 'project' ? scopeId : null
    return {
      ...(await this.#scopeDocument(scope.kind, scopeId)),
      roles,
      catalog: (await buildCatalog(store, projectId)) satisfies readonly CatalogEntry[],
      ...(credential
        ? {
            application_credential: {
              id: text(credential.id),
              name: text(credential.name),
              restricted: credential.unrestricted !== 1,
            },
          }
        : {}),
    }
  }

  async #scopeDocument(kind: 'project' | 'domain' | 'system', id: string): Promise<TokenDocument> {
    if (kind === 'system') return { system: { all: true } }
    if (kind === 'domain') return { domain: await this.#domain(id) }
    const project = await this.store.get('identity_project', id)
    return {
      project: {
        id,
        name: text(project?.name),
        domain: await this.#domain(text(project?.domain_id)),
      },
      is_domain: false,
    }
  }

  async #domain(id: string): Promise<{ readonly id: string; readonly name: string }> {
    return { id, name: text((await this.store.get('identity_domain', id))?.name) }
  }
}

/** `2026-01-31T12:00:00.000000Z` */
export const microseconds = (time: number): string =>
  `${new Date(time).toISOString().slice(0, -1)}000Z`
