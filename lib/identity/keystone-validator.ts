import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { KeystoneSession } from './session.js'
import { tokenFromBody } from './token-body.js'
import { IdentityUnavailable, type TokenValidator, type ValidatedToken } from './token-validator.js'

export interface ValidatorOptions {
  /** `token_cache_time`: seconds that an answer of Keystone is believed; below 0: never. */
  readonly cacheTime?: number | undefined
  /** Tokens remembered. */
  readonly cacheSize?: number | undefined
  /** Milliseconds since the epoch; for tests. */
  readonly now?: (() => number) | undefined
}

interface Remembered {
  readonly token: ValidatedToken | null
  /** Milliseconds since the epoch. */
  readonly until: number
}

/** Keystone's own limit is 255 characters for Fernet; leave room for other kinds. */
const maxTokenLength = 8192

/**
 * Asks Keystone what a token stands for, and remembers the answer for a while: the good in one
 * cache, the bad in another, so that nobody can push good tokens out by sending bad ones.
 */
export class KeystoneTokenValidator implements TokenValidator {
  readonly #session: KeystoneSession
  readonly #now: () => number
  readonly #cacheTime: number
  readonly #good: LRUCache<string, Remembered>
  readonly #bad: LRUCache<string, Remembered>
  readonly #pending = new Map<string, Promise<ValidatedToken | null>>()

  constructor(session: KeystoneSession, options: ValidatorOptions = {}) {
    this.#session = session
    this.#now = options.now ?? Date.now
    this.#cacheTime = (options.cacheTime ?? 300) * 1000
    const max = options.cacheSize ?? 10_000
    this.#good = new LRUCache({ max })
    this.#bad = new LRUCache({ max: Math.ceil(max / 10) })
  }

  async validate(
    text: string,
    { allowExpired = false }: { readonly allowExpired?: boolean } = {},
  ): Promise<ValidatedToken | null> {
    if (text.length > maxTokenLength || !/^[\x21-\x7e]+$/.test(text)) return null
    // Memory that outlives a request holds no token that somebody could use.
    const key = `${allowExpired ? 'e' : ''}${hash('sha256', text, 'base64')}`
    const now = this.#now()
    const known = this.#good.get(key) ?? this.#bad.get(key)
    if (known && known.until > now) {
      const { token } = known
      return token && !allowExpired && token.expiresAt <= now ? null : token
    }
    let pending = this.#pending.get(key)
    if (!pending) {
      pending = this.#ask(text, allowExpired, key).finally(() => this.#pending.delete(key))
      this.#pending.set(key, pending)
    }
    return pending
  }

  async #ask(text: string, allowExpired: boolean, key: string): Promise<ValidatedToken | null> {
    const token = await this.#fetch(text, allowExpired)
    const now = this.#now()
    const valid = token && (allowExpired || token.expiresAt > now) ? token : null
    if (this.#cacheTime > 0) {
      const cache = valid ? this.#good : this.#bad
      cache.set(key, { token: valid, until: now + this.#cacheTime })
    }
    return valid
  }

  async #fetch(text: string, allowExpired: boolean): Promise<ValidatedToken | null> {
    const path = `/auth/tokens${allowExpired ? '?allow_expired=1' : ''}`
    for (let attempt = 0; attempt < 2; attempt++) {
      const answer = await this.#session.http.send('GET', path, {
        'x-auth-token': await this.#session.token(),
        'x-subject-token': text,
      })
      if (answer.status === 404) return null
      if (answer.status === 200) {
        const token = tokenFromBody(answer.body)
        if (token) return token
      }
      if (answer.status !== 401) {
        throw new IdentityUnavailable(`validating a token: Keystone answered ${answer.status}`)
      }
      // 401 speaks of our own token, not of the one asked about.
      this.#session.invalidate()
    }
    throw new IdentityUnavailable('validating a token: Keystone refuses our own')
  }
}
