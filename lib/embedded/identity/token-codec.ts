import { createHmac, timingSafeEqual } from 'node:crypto'

export type Scope =
  | { readonly kind: 'unscoped' }
  | { readonly kind: 'project' | 'domain'; readonly id: string }
  | { readonly kind: 'system' }

/** What a token carries itself; names, roles and catalog are looked up when it is used. */
export interface TokenClaims {
  readonly userId: string
  readonly scope: Scope
  readonly methods: readonly string[]
  /** Its own audit id; then, of a token got by a token, that of the first. */
  readonly auditIds: readonly string[]
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly applicationCredentialId?: string | undefined
}

const prefix = 'kn1'
const kinds = ['unscoped', 'project', 'domain', 'system'] as const

/** Signed tokens: nobody can make one without the key, and none need be stored. */
export class TokenCodec {
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
  }

  encode(claims: TokenClaims): string {
    const { userId, scope, methods, auditIds, issuedAt, expiresAt } = claims
    const fields = [
      userId,
      kinds.indexOf(scope.kind),
      'id' in scope ? scope.id : '',
      methods,
      auditIds,
      issuedAt,
      expiresAt,
      ...(claims.applicationCredentialId ? [claims.applicationCredentialId] : []),
    ]
    const payload = Buffer.from(JSON.stringify(fields)).toString('base64url')
    return `${prefix}.${payload}.${this.#sign(payload).toString('base64url')}`
  }

  /** @returns null for what {@link encode} did not make with the same key */
  decode(token: string): TokenClaims | null {
    if (token.length > 4096) return null
    const [head, payload = '', signature = '', ...rest] = token.split('.')
    if (head !== prefix || rest.length > 0) return null
    const expected = this.#sign(payload)
    const found = Buffer.from(signature, 'base64url')
    if (found.length !== expected.length || !timingSafeEqual(found, expected)) return null
    // Signed, so it is what encode wrote.
    const [userId, kind, id, methods, auditIds, issuedAt, expiresAt, applicationCredentialId] =
      JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
        string,
        number,
        string,
        string[],
        string[],
        number,
        number,
        string?,
      ]
    const name = kinds[kind] ?? 'unscoped'
    const scope: Scope =
      name === 'project' || name === 'domain' ? { kind: name, id } : { kind: name }
    return { userId, scope, methods, auditIds, issuedAt, expiresAt, applicationCredentialId }
  }

  #sign(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest()
  }
}
