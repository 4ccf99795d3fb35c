import type { Request, Response } from 'express'
import { errors, Fault, toFault } from './fault.js'
import { checkContentType, responseType } from './media-type.js'
import type { VersionNegotiator } from './microversion.js'
import type { Extender, Operation, Overload } from './operation.js'
import type { ApiRequest, QueryValues, RouteParams } from './request.js'
import { malformed, readBody } from './request-body.js'
import { ReadyResponse, ResponseObject } from './response-object.js'
import { setHeader, unexpected } from './send-error.js'

/** Fields first, text second, as pino has it. */
export interface WsgiLog {
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** What a route leads to. */
export type Endpoint =
  | { readonly kind: 'method'; readonly operation: Operation }
  /** By the one key of the body. */
  | { readonly kind: 'actions'; readonly actions: ReadonlyMap<string, Operation> }

export interface DispatcherOptions {
  readonly negotiator: VersionNegotiator
  readonly log: WsgiLog
  /** The project that the request's token is for; null: it is for none, and none is checked. */
  readonly projectIdOf: (req: Request) => string | null
}

/** A call under way: an extension's generator waits at its first `yield`. */
type Waiting = Iterator<unknown> | AsyncIterator<unknown>

/**
 * Runs one call, from the version to the bytes of the answer (contract: rest/paste.md 4 and 8.4). Rejects with
 * what the client is to be told: a Fault or a PlainError.
 */
export class Dispatcher {
  readonly #negotiator: VersionNegotiator
  readonly #log: WsgiLog
  readonly #projectIdOf: (req: Request) => string | null

  constructor({ negotiator, log, projectIdOf }: DispatcherOptions) {
    this.#negotiator = negotiator
    this.#log = log
    this.#projectIdOf = projectIdOf
  }

  async serve(
    req: Request,
    res: Response,
    endpoint: Endpoint,
    params: Readonly<Record<string, string>>,
  ): Promise<void> {
    const legacy = req.isLegacyV2 === true
    const version = legacy ? this.#negotiator.default : this.#negotiator.negotiate(req.headers)
    if (!legacy) {
      const headers = this.#negotiator.headers(version.toString())
      for (const name in headers) setHeader(res, name, headers[name] ?? '')
    }
    checkContentType(req)
    const body = req.method === 'POST' || req.method === 'PUT' ? await readBody(req) : null
    const operation = endpoint.kind === 'method' ? endpoint.operation : actionOf(endpoint, body)
    if (params.project_id !== undefined) this.#checkProject(req, params.project_id)
    const overload = operation.overloads[legacy ? 0 : version.minor]
    if (!overload) throw errors.notFound()

    const queryAll = parseQuery(req.url)
    overload.query?.(queryAll)
    overload.body?.(body)
    // Express computes `query` anew whenever it is read, and lets nobody write it.
    Object.defineProperty(req, 'query', { writable: true, configurable: true, value: null })
    const call: ApiRequest = Object.assign(req, {
      params: params as RouteParams,
      body,
      version,
      query: lastValues(queryAll),
      queryAll,
    })
    const result = await this.#run(call, overload)
    if (!res.destroyed) send(req, res, result, overload)
  }

  #checkProject(req: Request, projectId: string): void {
    const own = this.#projectIdOf(req)
    if (own !== null && own !== projectId) {
      throw errors.badRequest(
        `the project in the URL, ${projectId}, is not the one of the token, ${own}`,
      )
    }
  }

  async #run(req: ApiRequest, overload: Overload): Promise<ResponseObject | ReadyResponse> {
    const { extenders } = overload
    if (extenders.length === 0) {
      return responseOf(await this.#guard(overload, () => overload.handler(req)), overload)
    }
    const waiting = new Map<Extender, Waiting>()
    try {
      for (const extender of extenders) {
        if (extender.run.kind !== 'generator') continue
        const generator = extender.run.call(req)
        const step = await this.#guard(extender, () => generator.next())
        if (!step.done) waiting.set(extender, generator)
        if (isAnswer(step.value)) return responseOf(step.value, extender)
      }
      const response = responseOf(
        await this.#guard(overload, () => overload.handler(req)),
        overload,
      )
      if (response instanceof ReadyResponse) return response
      for (const extender of extenders.toReversed()) {
        const { run } = extender
        if (run.kind === 'plain') {
          const value = await this.#guard(extender, () => run.call(req, response, req.subject))
          if (isAnswer(value)) return responseOf(value, extender)
          continue
        }
        const generator = waiting.get(extender)
        if (!generator) continue
        const step = await this.#guard(extender, () => generator.next(response))
        if (step.done) waiting.delete(extender)
        if (isAnswer(step.value)) return responseOf(step.value, extender)
      }
      return response
    } finally {
      // Those that were not resumed get to run their `finally`.
      for (const generator of waiting.values()) await generator.return?.()
    }
  }

  /** Lets through what may be told; anything else is logged whole and becomes a fixed text. */
  async #guard<T>(
    { label, expected }: { readonly label: string; readonly expected: ReadonlySet<number> | null },
    run: () => T,
  ): Promise<Awaited<T>> {
    try {
      return await run()
    } catch (error) {
      const fault = toFault(error, expected)
      if (fault) throw fault
      this.#log.error({ err: error }, `${label} failed in a way that it does not declare`)
      throw unexpected(error)
    }
  }
}

const isAnswer = (value: unknown): boolean => value !== undefined && value !== null

const actionOf = (
  { actions }: { readonly actions: ReadonlyMap<string, Operation> },
  body: unknown,
): Operation => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw malformed()
  const keys = Object.keys(body)
  const [name] = keys
  if (name === undefined || keys.length > 1) throw malformed()
  const operation = actions.get(name)
  if (!operation) throw Fault.of(400, `no action named ${name.slice(0, 80)}`)
  return operation
}

const parseQuery = (url: string): Record<string, string[]> => {
  const query: Record<string, string[]> = Object.create(null)
  const start = url.indexOf('?')
  if (start < 0) return query
  for (const [key, value] of new URLSearchParams(url.slice(start))) {
    const values = query[key]
    if (values) values.push(value)
    else query[key] = [value]
  }
  return query
}

const lastValues = (query: Readonly<Record<string, readonly string[]>>): QueryValues => {
  const last: Record<string, string | undefined> = Object.create(null)
  for (const key in query) last[key] = query[key]?.at(-1)
  return last
}

const responseOf = (
  result: unknown,
  { label }: { readonly label: string },
): ResponseObject | ReadyResponse => {
  if (result instanceof ResponseObject || result instanceof ReadyResponse) return result
  if (result === undefined || result === null) return new ResponseObject(null)
  if (typeof result === 'object') return new ResponseObject(result)
  throw unexpected(new TypeError(`${label} gave a ${typeof result}, not a document`))
}

const send = (
  req: Request,
  res: Response,
  result: ResponseObject | ReadyResponse,
  { code }: Overload,
): void => {
  if (result instanceof ReadyResponse) {
    res.statusCode = result.code
    for (const [name, value] of Object.entries(result.headers)) setHeader(res, name, value)
    res.end(result.body)
    return
  }
  res.statusCode = result.code ?? code
  for (const [name, value] of result.headers) setHeader(res, name.toLowerCase(), value)
  if (result.obj === null || result.obj === undefined || res.statusCode === 204) {
    if (res.statusCode !== 204) res.setHeader('content-length', 0)
    res.end()
    return
  }
  const body = JSON.stringify(result.obj)
  if (!res.hasHeader('content-type')) res.setHeader('content-type', responseType(req))
  res.setHeader('content-length', Buffer.byteLength(body))
  res.end(body)
}
