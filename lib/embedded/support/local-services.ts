import { AsyncLocalStorage } from 'node:async_hooks'
import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { LocalAnswer, LocalCall, LocalServices } from '../../util/service-client.js'

/** What serves a port, and the classes that its requests and answers have. */
export interface LocalShell {
  readonly listener: RequestListener
  readonly classes?: {
    readonly IncomingMessage: typeof IncomingMessage
    readonly ServerResponse: typeof ServerResponse<IncomingMessage>
  }
}

/**
 * Calls what serves this process's own port as a request over a socket would: through the whole pipeline,
 * headers and JSON included, but without the socket, the client's side of HTTP and the parser, which cost
 * more than what the services in miniature do.
 *
 * @param origin  `http://127.0.0.1:8774`: only addresses there are served here
 */
export const localServices = (shell: LocalShell, origin: string): LocalServices => {
  // Who calls has a log context and the like; a request that came by a socket would not see them.
  const outside = AsyncLocalStorage.snapshot()
  return {
    call: (url, call) =>
      url.origin === origin
        ? new Promise((resolve, reject) => outside(exchange, shell, url, call, resolve, reject))
        : null,
  }
}

const exchange = (
  { listener, classes = { IncomingMessage, ServerResponse } }: LocalShell,
  url: URL,
  call: LocalCall,
  resolve: (answer: LocalAnswer) => void,
  reject: (error: unknown) => void,
): void => {
  const req = requestOf(new classes.IncomingMessage(peer), url, call)
  const res = new classes.ServerResponse(req)
  const chunks: Buffer[] = []
  collect(res, chunks)
  const socket = new Nowhere()
  res.assignSocket(socket as Writable as Socket)
  res.once('finish', () => {
    res.emit('close')
    resolve({ statusCode: res.statusCode, body: Buffer.concat(chunks).toString() })
  })
  socket.once('close', () => reject(new Error(`${call.method} ${url.pathname} was cut off`)))
  listener(req, res)
}

/** What is never sent: a request has one, for its address and its end. */
const peer = new Socket()

const requestOf = (
  req: IncomingMessage,
  url: URL,
  { method, headers, body }: LocalCall,
): IncomingMessage => {
  req.method = method
  req.url = url.pathname + url.search
  req.httpVersion = '1.1'
  req.httpVersionMajor = 1
  req.httpVersionMinor = 1
  const bytes = body === null ? null : Buffer.from(body)
  const all: Record<string, string> = {
    host: url.host,
    ...headers,
    ...(bytes ? { 'content-length': String(bytes.length) } : {}),
  }
  req.headers = all
  req.rawHeaders = Object.entries(all).flat()
  if (bytes) req.push(bytes)
  req.push(null)
  req.complete = true
  return req
}

/** Notes what the body is made of on its way. Own properties, for Express changes a response's prototype. */
const collect = (res: ServerResponse, chunks: Buffer[]): void => {
  const note = (chunk: unknown, encoding: unknown): void => {
    if (typeof chunk === 'string') {
      chunks.push(
        Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'),
      )
    } else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
  }
  const { write, end } = res
  Object.assign(res, {
    write(this: ServerResponse, ...args: Parameters<typeof write>): boolean {
      note(args[0], args[1])
      return write.apply(this, args)
    },
    end(this: ServerResponse, ...args: Parameters<typeof end>): ServerResponse {
      note(args[0], args[1])
      return end.apply(this, args)
    },
  })
}

/** Where a response writes the bytes that nobody reads. */
class Nowhere extends Writable {
  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done()
  }

  override _writev(_chunks: unknown, done: () => void): void {
    done()
  }
}
