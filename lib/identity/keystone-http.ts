import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, request } from 'undici'
import type { KeystoneOptions } from './options.js'
import { IdentityUnavailable } from './token-validator.js'

/** An answer of Keystone; `body` is undefined unless it was JSON. */
export interface KeystoneAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

/** For one try, its body included: milliseconds. */
const tryTimeout = 30_000
/** A catalog is a few kB; more than this is no Keystone: bytes. */
const maxAnswer = 16 * 1024 * 1024

/** Talks to one Keystone: keep-alive, time limits, tries again while it cannot be reached. */
export class KeystoneHttp {
  /** Keystone's root with `/v3`. */
  readonly url: string
  readonly #retries: number
  readonly #dispatcher: Dispatcher
  readonly #own: Agent | undefined
  readonly #retryDelay: number

  /**
   * @param options.retryDelay  milliseconds before the second try, doubled each time
   * @throws Error when there is no auth_url, or a certificate cannot be read
   */
  constructor(
    config: KeystoneOptions,
    options: {
      readonly dispatcher?: Dispatcher | undefined
      readonly retryDelay?: number | undefined
    } = {},
  ) {
    this.url = v3Url(config.auth_url)
    this.#retries = config.http_request_max_retries ?? 3
    this.#retryDelay = options.retryDelay ?? 500
    this.#own = options.dispatcher ? undefined : agentFor(config)
    this.#dispatcher = options.dispatcher ?? (this.#own as Agent)
  }

  /**
   * @param path  below `/v3`
   * @throws IdentityUnavailable when it cannot be reached, fails (5xx), or answers too much or late
   */
  async send(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    json?: object,
  ): Promise<KeystoneAnswer> {
    let pause = this.#retryDelay
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.#once(method, path, headers, json)
        if (answer.status < 500 && answer.status !== 429) return answer
        if (attempt >= this.#retries) {
          throw new IdentityUnavailable(`${method} ${this.url}${path}: answered ${answer.status}`)
        }
      } catch (error) {
        if (error instanceof IdentityUnavailable) throw error
        if (attempt >= this.#retries) {
          throw new IdentityUnavailable(`${method} ${this.url}${path}: ${reasonOf(error)}`, {
            cause: error,
          })
        }
      }
      await sleep(pause)
      pause *= 2
    }
  }

  async close(): Promise<void> {
    await this.#own?.close()
  }

  async #once(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    json?: object,
  ): Promise<KeystoneAnswer> {
    const answer = await request(this.url + path, {
      method,
      dispatcher: this.#dispatcher,
      headers: {
        accept: 'application/json',
        'user-agent': 'kilonova',
        ...(json ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: json ? JSON.stringify(json) : null,
      signal: AbortSignal.timeout(tryTimeout),
    })
    const text = await readText(answer.body)
    let body: unknown
    try {
      body = text === '' ? undefined : JSON.parse(text)
    } catch {
      body = undefined // a page of a proxy, say: the status tells enough
    }
    return { status: answer.statusCode, headers: answer.headers, body }
  }
}

const readText = async (body: AsyncIterable<Buffer> & { destroy(): void }): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxAnswer) {
      body.destroy()
      throw new Error(`answered more than ${maxAnswer} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const v3Url = (authUrl: string | null | undefined): string => {
  if (!authUrl || !URL.canParse(authUrl) || !/^https?:/.test(authUrl)) {
    throw new Error(`auth_url: expected the http(s) address of Keystone, found '${authUrl ?? ''}'`)
  }
  const root = authUrl.replace(/\/+$/, '').replace(/\/v[23](\.0)?$/, '')
  return `${root}/v3`
}

const agentFor = (config: KeystoneOptions): Agent => {
  const read = (option: 'cafile' | 'certfile' | 'keyfile'): Buffer | undefined => {
    const path = config[option]
    if (!path) return undefined
    try {
      return readFileSync(path)
    } catch (cause) {
      throw new Error(`${option}: ${(cause as Error).message}`, { cause })
    }
  }
  const ca = read('cafile')
  const cert = read('certfile')
  const key = read('keyfile') ?? cert
  return new Agent({
    connections: 16,
    keepAliveTimeout: 10_000,
    headersTimeout: tryTimeout,
    bodyTimeout: tryTimeout,
    connect: {
      timeout: (config.http_connect_timeout ?? 10) * 1000,
      rejectUnauthorized: !config.insecure,
      ...(ca ? { ca } : {}),
      ...(cert && key ? { cert, key } : {}),
    },
  })
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
