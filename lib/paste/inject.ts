import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { duplexPair } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { serverOf } from './stock/shell.js'
import type { App } from './types.js'

export interface InjectedRequest {
  readonly method?: string | undefined
  /** Path and query, or a whole URL, whose host then is the Host header. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Buffer | undefined
  /** Milliseconds; 30 seconds when absent. */
  readonly timeout?: number | undefined
  /** Told of what the app fails with; printed when absent. */
  readonly failed?: ((error: unknown) => void) | undefined
}

export interface InjectedAnswer {
  readonly status: number
  readonly reason: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/**
 * Sends one request through an app, with HTTP on both sides and no socket between.
 *
 * @throws Error when the app does not answer in time
 */
export const inject = async (app: App, asked: InjectedRequest): Promise<InjectedAnswer> => {
  const { method = 'GET', headers = {}, body, timeout = 30_000 } = asked
  const url = new URL(asked.url, 'http://localhost')
  const server = serverOf(app, asked.failed)
  const [near, far] = duplexPair()
  // filters ask who the peer is, and some refuse to do without
  Object.assign(far, { remoteAddress: '127.0.0.1', remoteFamily: 'IPv4', remotePort: 0 })
  server.emit('connection', far)
  const sent = httpRequest({
    createConnection: () => near,
    method,
    path: url.pathname + url.search,
    headers: { host: url.host, connection: 'close', ...headers },
  })
  const timer = setTimeout(() => sent.destroy(noAnswer(timeout)), timeout)
  try {
    return await new Promise<InjectedAnswer>((resolve, reject) => {
      sent.once('error', reject)
      sent.once('response', answer => {
        const { statusCode: status = 0, statusMessage: reason = '' } = answer
        buffer(answer).then(
          bytes => resolve({ status, reason, headers: answer.headers, body: bytes }),
          reject,
        )
      })
      sent.end(body)
    })
  } finally {
    clearTimeout(timer)
    near.destroy()
    far.destroy()
  }
}

const noAnswer = (timeout: number): Error =>
  Object.assign(new Error(`no answer within ${timeout} ms`), { code: 'ETIMEDOUT' })
