import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Request, Response } from 'express'
import { type Log, maskText, partOf, silentLog } from '../log/index.js'
import { isPassedOn, type Shell, shellOf } from '../paste/stock/shell.js'
import type { App } from '../paste/types.js'
import { PlainError, sendError } from '../wsgi/index.js'
import type { RequestSeen } from './metrics.js'
import { ageSince, type ReportSection } from './report.js'

export interface WsgiServiceOptions {
  /** `osapi_compute`, for logs. */
  readonly name: string
  readonly app: App
  readonly host: string
  /** 0: any free one, see `port`. */
  readonly port: number
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined
  readonly log?: Log | undefined
  /** Hears of every request once its answer is out, or its client gone. */
  readonly onRequest?: ((seen: RequestSeen) => void) | undefined
  /** Seconds for requests under way at a stop; 60 when absent. */
  readonly gracefulShutdownTimeout?: number | undefined
  /** Seconds that an idle connection is kept (`[wsgi] client_socket_timeout`); 900 when absent. */
  readonly keepAliveTimeout?: number | undefined
}

/** A port that cannot be had; the message is one sentence for an operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'this user may not use that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host',
}

/** An app on a port: requests and answers are Express's, and nothing stands in between. */
export class WsgiService {
  readonly name: string
  /** What serves a request, wherever it comes from. */
  readonly shell: Shell
  readonly #options: WsgiServiceOptions
  readonly #log: Log
  readonly #server: Server
  readonly #responses = new Map<ServerResponse, RequestUnderWay>()
  readonly #app: App
  #stopped: Promise<void> | null = null

  constructor(options: WsgiServiceOptions) {
    this.name = options.name
    this.#options = options
    this.#app = options.app
    this.#log = partOf(options.log ?? silentLog, 'nova.wsgi')
    const { tls } = options
    this.shell = this.#shell()
    const { classes, listener } = this.shell
    this.#server = tls
      ? createTlsServer({ cert: tls.cert, key: tls.key, ...classes })
      : createServer(classes)
    this.#server.keepAliveTimeout = (options.keepAliveTimeout ?? 900) * 1000
    // Registered first, so that it sees each request before the app does.
    this.#server.on('request', (req, res) => this.#watch(req, res))
    this.#server.on('request', listener)
  }

  /** The port it listens on; 0 before the start. */
  get port(): number {
    return this.#address()?.port ?? 0
  }

  /** `http://127.0.0.1:8774`, without a slash at its end. */
  get url(): string {
    const { address, port, family } = this.#address() ?? { address: '', port: 0, family: '' }
    const host = family === 'IPv6' ? `[${address}]` : address
    return `${this.#options.tls ? 'https' : 'http'}://${host}:${port}`
  }

  /** @throws ListenError */
  async start(): Promise<void> {
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const reason = reasons[error.code ?? ''] ?? error.message
        reject(
          new ListenError(`${this.name}: cannot listen on ${host}:${port}: ${reason}`, {
            cause: error,
          }),
        )
      })
      this.#server.listen({ host, port }, () => resolve())
    })
    this.#server.removeAllListeners('error')
    this.#server.on('error', error => this.#log.error({ err: error }, `${this.name}: server error`))
    this.#log.info({}, `${this.name} listens on ${this.url}`)
  }

  /**
   * Takes no more connections, closes idle ones, and lets requests under way end, for
   * `gracefulShutdownTimeout` at most; then cuts them.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /** The requests under way: not their queries, which may carry what is nobody's business. */
  report(): ReportSection[] {
    const lines = [...this.#responses].map(([response, { req, path, since }]) => {
      const id = response.getHeader('x-openstack-request-id') ?? 'no request id'
      const from = req.socket.remoteAddress ?? '-'
      return `${req.method} ${maskText(path)} (${id}) from ${from} for ${ageSince(since)}`
    })
    return [
      { title: `Requests to ${this.name}`, lines: [`${this.url}: ${lines.length}`, ...lines] },
    ]
  }

  async #stop(): Promise<void> {
    if (!this.#server.listening) return
    const { gracefulShutdownTimeout = 60 } = this.#options
    for (const response of this.#responses.keys()) response.shouldKeepAlive = false
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    const cut = setTimeout(() => {
      this.#log.warn({}, `${this.name}: cutting ${this.#responses.size} requests off`)
      this.#server.closeAllConnections()
    }, gracefulShutdownTimeout * 1000)
    await closed
    clearTimeout(cut)
  }

  #watch(req: IncomingMessage, response: ServerResponse): void {
    this.#responses.set(response, { req, path: pathOf(req), since: Date.now() })
    if (this.#stopped) response.shouldKeepAlive = false
    response.once('close', () => {
      this.#responses.delete(response)
      // One whose headers were out before the stop promised to keep its connection.
      if (this.#stopped) setImmediate(() => this.#server.closeIdleConnections())
    })
  }

  #shell(): Shell {
    const { onRequest } = this.#options
    const app: App = onRequest
      ? (req, res, next) => {
          tell(onRequest, req, res)
          return this.#app(req, res, next)
        }
      : this.#app
    return shellOf(app, (error, req, res) => this.#answerInstead(error, req, res))
  }

  /** Only what a pipeline without a fault wrapper lets through, or has no answer for, comes here. */
  #answerInstead(error: unknown, req: Request, res: Response): void {
    const passedOn = isPassedOn(error)
    const refusal = passedOn ? new PlainError(404) : error
    if (refusal instanceof PlainError && !res.headersSent) {
      sendError(req, res, refusal)
      return
    }
    if (!passedOn) this.#log.error({ err: error }, `${this.name}: an error left the pipeline`)
    if (!res.headersSent) res.status(500).type('text/plain').send('Internal Server Error\n')
    else if (!passedOn || !res.writableEnded) res.destroy()
  }

  #address(): AddressInfo | null {
    const address = this.#server.address()
    return typeof address === 'object' ? address : null
  }
}

interface RequestUnderWay {
  readonly req: IncomingMessage
  /** As it came: mounts shift the request's own. */
  readonly path: string
  /** ms since 1970 */
  readonly since: number
}

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0] ?? ''

const tell = (onRequest: (seen: RequestSeen) => void, req: Request, res: Response): void => {
  const start = performance.now()
  res.once('close', () => {
    onRequest({
      method: req.method,
      route: req.routeTemplate ?? null,
      status: res.statusCode,
      seconds: (performance.now() - start) / 1000,
    })
  })
}
