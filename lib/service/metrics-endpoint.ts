import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Log } from '../log/index.js'
import type { ProcessMetrics } from './metrics.js'
import { ListenError } from './wsgi-service.js'

export type Health = 'starting' | 'ok' | 'stopping'

export interface MetricsEndpointOptions {
  /** For logs and answers: `nova-api`. */
  readonly name: string
  readonly listen: string
  /** 0: any free one. */
  readonly port: number
  /** Ports to try from `port` on: as many as processes share the setting. 1 when absent. */
  readonly ports?: number | undefined
  readonly metrics: ProcessMetrics
  readonly log: Log
}

/**
 * What monitoring asks a process, on a port of its own, so that it answers when the API's is full:
 * `GET /health` (200 while it works, 503 while it starts or stops) and `GET /metrics`.
 */
export class MetricsEndpoint {
  readonly #options: MetricsEndpointOptions
  readonly #server: Server
  #health: Health = 'starting'

  constructor(options: MetricsEndpointOptions) {
    this.#options = options
    this.#server = createServer((req, res) => {
      this.#serve(req, res).catch(error => {
        options.log.error({ err: error }, 'cannot answer monitoring')
        res.destroy()
      })
    })
    this.#server.requestTimeout = 10_000
    this.#server.maxConnections = 64
  }

  /** What `/health` says from now on. */
  turn(health: Health): void {
    this.#health = health
  }

  /** @throws ListenError */
  async start(): Promise<void> {
    const { listen, port, ports = 1, log, name } = this.#options
    for (let at = port; ; at++) {
      try {
        // Not shared with the other workers: each tells of itself.
        this.#server.listen({ host: listen, port: at, exclusive: true })
        await once(this.#server, 'listening')
        break
      } catch (error) {
        const { code = '', message } = error as NodeJS.ErrnoException
        if (code === 'EADDRINUSE' && at < port + ports - 1) continue
        throw new ListenError(
          `${name}: cannot listen on ${listen}:${at} ([metrics_endpoint]): ${message}`,
          { cause: error },
        )
      }
    }
    this.#server.on('error', error => log.error({ err: error }, 'server of metrics: error'))
    log.info({}, `${name} tells its health and metrics on ${this.url}`)
  }

  /** `http://127.0.0.1:9474` */
  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') return ''
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
    return `http://${host}:${address.port}`
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    this.#options.metrics.close()
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? '').split('?', 1)[0]
    if (path !== '/health' && path !== '/metrics') return end(res, 404, 'text/plain', 'Not Found\n')
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('allow', 'GET, HEAD')
      return end(res, 405, 'text/plain', 'Method Not Allowed\n')
    }
    const { metrics, name } = this.#options
    if (path === '/metrics') return end(res, 200, metrics.contentType, await metrics.text())
    const status = this.#health === 'ok' ? 200 : 503
    const body = JSON.stringify({ binary: name, status: this.#health, pid: process.pid })
    return end(res, status, 'application/json', body)
  }
}

const end = (res: ServerResponse, status: number, type: string, body: string): void => {
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  // node:http leaves the body of a HEAD out by itself
  res.end(body)
}
