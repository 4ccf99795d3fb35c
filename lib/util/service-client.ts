import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, request } from 'undici'
import type { AuthSession } from './auth-session.js'
import { type CatalogService, endpointUrl } from './catalog.js'
import { messageOf } from './message-of.js'
import { withinSeconds } from './within.js'

export interface ServiceClientOptions {
  /** the catalog's type of the service, `image` say */
  readonly type: string
  /** instead of the catalog; one of them is tried after the other when one cannot be reached */
  readonly endpoints?: readonly string[]
  readonly interfaces?: readonly string[]
  readonly region?: string | null
  /** for the whole answer of a call, but for streams: until its head; default 60 000 ms */
  readonly timeoutMs?: number
  /** times a call is tried again when the service could not be reached; default 3 */
  readonly retries?: number
  /** first pause between tries, doubled each time; default 100 ms */
  readonly retryDelayMs?: number
  /** who we are when there is no user to act for */
  readonly session?: AuthSession
  readonly tls?: TlsOptions
  /** for tests, or to share a pool; default: a pool of our own, 32 connections an origin */
  readonly dispatcher?: Dispatcher
  /** asked first: answers calls to services of this very process, without a socket */
  readonly local?: LocalServices
}

/** Services that run in this process. */
export interface LocalServices {
  /** @returns null when the address leads elsewhere */
  call(url: URL, request: LocalCall): Promise<LocalAnswer> | null
}

export interface LocalCall {
  readonly method: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** null: none */
  readonly body: string | null
}

export interface LocalAnswer {
  readonly statusCode: number
  readonly body: string
}

/** nova.conf's options of a session: files, and whether to trust anybody. */
export interface TlsOptions {
  readonly cafile?: string | null
  readonly certfile?: string | null
  readonly keyfile?: string | null
  readonly insecure?: boolean
}

/** Who a call is made for; a RequestContext is one. */
export interface Caller {
  readonly authToken: string | null
  readonly serviceCatalog: readonly CatalogService[]
  readonly requestId: string
  readonly globalRequestId: string | null
}

export type Query = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>

export interface CallOptions {
  readonly query?: Query
  /** sent as JSON */
  readonly json?: unknown
  /** sent as it is, and then never tried again */
  readonly stream?: Readable
  readonly contentType?: string
  /** more of them, names in lower case */
  readonly headers?: Readonly<Record<string, string>>
  /** with the session's token, not the caller's */
  readonly asService?: boolean
}

/** The service answered, but not with 2xx. */
export class ServiceFault extends Error {
  override readonly name = 'ServiceFault'
  readonly status: number
  /** parsed when it was JSON, else text; null when there was none */
  readonly body: unknown

  constructor(status: number, body: unknown, what: string) {
    super(`${what}: ${status}`)
    this.status = status
    this.body = body
  }
}

/** The service did not answer: refused, cut off, or too late. */
export class ServiceUnreachable extends Error {
  override readonly name = 'ServiceUnreachable'
  readonly endpoint: string

  constructor(endpoint: string, reason: string, options?: ErrorOptions) {
    super(`${endpoint}: ${reason}`, options)
    this.endpoint = endpoint
  }
}

/** Nobody to act for: the caller has no token and there is no session. */
export class NoCredentials extends Error {
  override readonly name = 'NoCredentials'
}

/** Neither the configuration nor the catalog says where the service is. */
export class NoEndpoint extends Error {
  override readonly name = 'NoEndpoint'
}

// Before anything was sent, so that trying again repeats nothing.
const notSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** Bodies of faults are read up to here, bytes; they are for people. */
const FAULT_LIMIT = 64 * 1024

/**
 * HTTP calls to another OpenStack service: address from configuration or catalog, token of the
 * caller or of this service, keep-alive, a time limit, and tries again where that is harmless.
 */
export class ServiceClient {
  readonly #options: ServiceClientOptions
  readonly #dispatcher: Dispatcher
  readonly #ownDispatcher: Agent | undefined
  readonly #timeoutMs: number

  constructor(options: ServiceClientOptions) {
    this.#options = options
    this.#timeoutMs = options.timeoutMs ?? 60_000
    this.#ownDispatcher = options.dispatcher
      ? undefined
      : new Agent({
          connections: 32,
          connect: { timeout: 10_000, ...readTls(options.tls ?? {}) },
          keepAliveTimeout: 10_000,
        })
    this.#dispatcher = options.dispatcher ?? (this.#ownDispatcher as Agent)
  }

  /** Whether calls can be made {@link CallOptions.asService}. */
  get hasSession(): boolean {
    return this.#options.session !== undefined
  }

  /** @returns the parsed body; undefined for an empty one */
  async json(caller: Caller, method: string, path: string, options: CallOptions = {}) {
    const answer = await this.#call(caller, method, path, options, this.#options.local)
    const text = typeof answer.body === 'string' ? answer.body : await answer.body.text()
    if (text === '') return undefined
    try {
      return JSON.parse(text) as unknown
    } catch (cause) {
      throw new ServiceUnreachable(path, 'answered with something that is not JSON', { cause })
    }
  }

  /** @returns the body as it comes; it must be read or destroyed */
  async stream(caller: Caller, path: string): Promise<Readable> {
    const { body } = await this.#call(caller, 'GET', path, {})
    return typeof body === 'string' ? Readable.from([body]) : body
  }

  async close(): Promise<void> {
    await this.#ownDispatcher?.close()
  }

  async #call(
    caller: Caller,
    method: string,
    path: string,
    options: CallOptions,
    local?: LocalServices,
  ): Promise<Answer> {
    const asService = options.asService === true || caller.authToken === null
    const answer = await this.#tries(caller, method, path, options, asService, local)
    if (answer.statusCode < 300) return answer
    const fault = await readFault(answer, `${method} ${path}`)
    const { session } = this.#options
    if (fault.status === 401 && asService && session?.invalidate && !options.stream) {
      session.invalidate()
      const again = await this.#tries(caller, method, path, options, asService, local)
      if (again.statusCode < 300) return again
      throw await readFault(again, `${method} ${path}`)
    }
    throw fault
  }

  async #tries(
    caller: Caller,
    method: string,
    path: string,
    options: CallOptions,
    asService: boolean,
    local: LocalServices | undefined,
  ): Promise<Answer> {
    const token = await this.#token(caller, asService)
    const endpoints = await this.#endpoints(caller, asService)
    const retries = options.stream ? 0 : (this.#options.retries ?? 3)
    let pause = this.#options.retryDelayMs ?? 100
    for (let attempt = 0; ; attempt++) {
      const endpoint = endpoints[attempt % endpoints.length] ?? ''
      try {
        return await this.#once(endpoint, token, caller, method, path, options, local)
      } catch (error) {
        const code = errorCode(error)
        const harmless = method === 'GET' || notSent.has(code)
        if (attempt >= retries || !harmless) {
          throw new ServiceUnreachable(endpoint, reasonOf(error, code), { cause: error })
        }
        await sleep(pause)
        pause *= 2
      }
    }
  }

  #once(
    endpoint: string,
    token: string,
    caller: Caller,
    method: string,
    path: string,
    options: CallOptions,
    local: LocalServices | undefined,
  ): Promise<Answer> {
    const url = new URL(endpoint + path)
    for (const [key, value] of Object.entries(options.query ?? {})) {
      if (value === undefined) continue
      for (const one of Array.isArray(value) ? value : [value]) {
        url.searchParams.append(key, String(one))
      }
    }
    const type =
      options.contentType ?? (options.json === undefined ? undefined : 'application/json')
    const headers = {
      accept: 'application/json',
      'user-agent': 'kilonova',
      'x-auth-token': token,
      'x-openstack-request-id': caller.globalRequestId ?? caller.requestId,
      ...options.headers,
      ...(type ? { 'content-type': type } : {}),
    }
    const body = options.json === undefined ? null : JSON.stringify(options.json)
    const answer = options.stream ? null : local?.call(url, { method, headers, body })
    if (answer) return withinSeconds(this.#timeoutMs / 1000, answer)
    return request(url, {
      method: method as Dispatcher.HttpMethod,
      dispatcher: this.#dispatcher,
      headers,
      body: options.stream ?? body,
      headersTimeout: this.#timeoutMs,
      bodyTimeout: this.#timeoutMs,
    })
  }

  async #token(caller: Caller, asService: boolean): Promise<string> {
    if (!asService && caller.authToken !== null) return caller.authToken
    if (!this.#options.session)
      throw new NoCredentials(`no token for the ${this.#options.type} service`)
    return this.#options.session.token()
  }

  async #endpoints(caller: Caller, asService: boolean): Promise<readonly string[]> {
    const { endpoints, interfaces, region, session, type } = this.#options
    if (endpoints?.length) return endpoints.map(rootOf)
    const known = endpointUrl(
      caller.serviceCatalog,
      type,
      interfaces ?? ['internal', 'public'],
      region ?? null,
    )
    if (known && !asService) return [rootOf(known)]
    if (session) return [rootOf(await session.endpointFor(type))]
    if (known) return [rootOf(known)]
    throw new NoEndpoint(`the catalog has no ${type} service`)
  }
}

/** Some catalogs name the version too, which our paths bring themselves. */
const rootOf = (url: string): string => url.replace(/(\/v2(\.\d+)?)?\/*$/, '')

const readTls = ({ cafile, certfile, keyfile, insecure }: TlsOptions) => ({
  ...(cafile ? { ca: readFileSync(cafile) } : {}),
  ...(certfile ? { cert: readFileSync(certfile) } : {}),
  ...(keyfile ? { key: readFileSync(keyfile) } : {}),
  rejectUnauthorized: insecure !== true,
})

/** By a socket, or from a service of this process. */
type Answer = Dispatcher.ResponseData | LocalAnswer

const readFault = async (answer: Answer, what: string): Promise<ServiceFault> => {
  const text = typeof answer.body === 'string' ? answer.body : await startOf(answer.body)
  let body: unknown = text || null
  try {
    if (text) body = JSON.parse(text)
  } catch {
    // a page of HTML, or a cut-off text: it stays what it is
  }
  return new ServiceFault(answer.statusCode, body, what)
}

const startOf = async (stream: Readable): Promise<string> => {
  let text = ''
  for await (const chunk of stream) {
    text += String(chunk)
    if (text.length > FAULT_LIMIT) {
      stream.destroy()
      break
    }
  }
  return text
}

const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

const reasonOf = (error: unknown, code: string): string => code || messageOf(error)
