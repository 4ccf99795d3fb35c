import type { CatalogEntry } from '../context/index.js'

/** What a valid token says. Immutable; one object may serve many requests. */
export interface ValidatedToken {
  readonly userId: string
  readonly userName: string
  readonly userDomainId: string | null
  readonly userDomainName: string | null
  readonly projectId: string | null
  readonly projectName: string | null
  readonly projectDomainId: string | null
  readonly projectDomainName: string | null
  /** Of a token scoped to a domain. */
  readonly domainId: string | null
  readonly domainName: string | null
  /** `all` for a token scoped to the system. */
  readonly systemScope: string | null
  /** Names, implied roles included. */
  readonly roles: readonly string[]
  readonly isAdminProject: boolean
  /** As Keystone lists it; empty for a token without scope. */
  readonly catalog: readonly CatalogEntry[]
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Tells what a token stands for. */
export interface TokenValidator {
  /**
   * @param options.allowExpired  takes an expired token too: a service's token beside it vouches for it
   * @returns null for a token that is unknown, expired or revoked
   * @throws IdentityUnavailable when that cannot be found out now
   */
  validate(
    token: string,
    options?: { readonly allowExpired?: boolean },
  ): Promise<ValidatedToken | null>
}

/** The identity service does not answer, or not sensibly. */
export class IdentityUnavailable extends Error {
  override readonly name = 'IdentityUnavailable'
}
