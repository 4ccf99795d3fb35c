import type { Dispatcher } from 'undici'
import type { AuthSession } from '../util/auth-session.js'
import { endpointUrl } from '../util/catalog.js'
import { NoEndpoint } from '../util/service-client.js'
import { KeystoneHttp } from './keystone-http.js'
import { type KeystoneOptions, passwordAuth } from './options.js'
import { tokenFromBody } from './token-body.js'
import { IdentityUnavailable, type ValidatedToken } from './token-validator.js'

export interface SessionOptions {
  /** For tests, or to share a pool. */
  readonly dispatcher?: Dispatcher | undefined
  /** Milliseconds before the second try of a Keystone that cannot be reached, doubled each time. */
  readonly retryDelay?: number | undefined
  /** Milliseconds since the epoch; for tests. */
  readonly now?: (() => number) | undefined
}

/** Keystone refused our own credentials: somebody has to look at nova.conf. */
export class ServiceCredentialsRefused extends IdentityUnavailable {}

/** A new token is fetched when the old one has no more than this left: milliseconds. */
const renewBefore = 120_000

interface Access {
  readonly id: string
  readonly token: ValidatedToken
}

/**
 * This service's own standing with Keystone: a token by name and password, renewed in time, and its
 * catalog. However many ask at once, one request fetches it.
 */
export class KeystoneSession implements AuthSession {
  readonly http: KeystoneHttp
  readonly #config: KeystoneOptions
  readonly #now: () => number
  #access: Access | undefined
  #pending: Promise<Access> | undefined

  constructor(config: KeystoneOptions, options: SessionOptions = {}) {
    this.#config = config
    this.#now = options.now ?? Date.now
    this.http = new KeystoneHttp(config, options)
  }

  /**
   * @throws IdentityUnavailable
   * @throws ServiceCredentialsRefused
   */
  async token(): Promise<string> {
    return (await this.#current()).id
  }

  /** What our own token says. */
  async access(): Promise<ValidatedToken> {
    return (await this.#current()).token
  }

  /**
   * @param type        the catalog's service type
   * @param interfaces  in order of preference; those of the configuration when absent
   * @throws NoEndpoint when the catalog has no such service
   */
  async endpointFor(type: string, interfaces?: readonly string[]): Promise<string> {
    const { catalog } = await this.access()
    const { valid_interfaces, interface: one, region_name } = this.#config
    const wanted =
      interfaces ?? valid_interfaces ?? (one ? [one.replace(/URL$/, '')] : ['internal', 'public'])
    const url = endpointUrl(catalog, type, wanted, region_name || null)
    if (url !== undefined) return url
    const where = region_name ? ` in region ${region_name}` : ''
    throw new NoEndpoint(`the catalog has no ${wanted.join(' or ')} endpoint of ${type}${where}`)
  }

  /** The last token was refused: the next call fetches another. */
  invalidate(): void {
    this.#access = undefined
  }

  async close(): Promise<void> {
    await this.http.close()
  }

  async #current(): Promise<Access> {
    const access = this.#access
    if (access && access.token.expiresAt - this.#now() > renewBefore) return access
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  async #fetch(): Promise<Access> {
    const answer = await this.http.send('POST', '/auth/tokens', {}, passwordAuth(this.#config))
    const id = answer.headers['x-subject-token']
    const token = tokenFromBody(answer.body)
    if (answer.status === 201 && typeof id === 'string' && token) {
      this.#access = { id, token }
      return this.#access
    }
    if (answer.status === 401 || answer.status === 403) {
      const who = this.#config.username ?? this.#config.user_id ?? ''
      throw new ServiceCredentialsRefused(
        `${this.http.url}: refused the credentials of user '${who}' (${answer.status})`,
      )
    }
    throw new IdentityUnavailable(
      `${this.http.url}/auth/tokens: expected 201 and a token, found ${answer.status}`,
    )
  }
}
