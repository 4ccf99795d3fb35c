import type { Server as HttpServer } from 'node:http'
import type { App, GlobalConf, LocalConf, ServerRunner } from '../types.js'
import { serverOf } from './shell.js'

export interface ListenOptions {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
}

/**
 * Serves an app by HTTP. What the app passes on is a 404, what it fails with a 500 that tells nothing.
 *
 * @returns the server, listening
 * @throws as `net.Server.listen` fails: EADDRINUSE, EACCES, …
 */
export const listen = (app: App, { host, port }: ListenOptions): Promise<HttpServer> => {
  const server = serverOf(app)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}

/**
 * `egg:Paste#http`
 *
 *     [server:main]
 *     use = egg:Paste#http
 *     # this machine alone when absent
 *     host = 127.0.0.1
 *     port = 8080
 */
export const httpServer: ServerRunner = Object.assign(
  (app: App, _globalConf: GlobalConf, localConf: LocalConf) => {
    const { host = '127.0.0.1', port = '8080' } = localConf
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
      throw new RangeError(`'port' must be a number from 0 to 65535, got '${port}'`)
    }
    return listen(app, { host, port: Number(port) })
  },
  {
    doc: 'Serves by HTTP.',
    options: {
      host: { doc: 'the address to listen on; this machine alone when absent' },
      port: { doc: '8080 when absent; 0 for any that is free' },
      // of Paste's own server, which has threads
      ...Object.fromEntries(
        [
          ...['use_threadpool', 'threadpool_workers', 'threadpool_options', 'request_queue_size'],
          ...['daemon_threads', 'socket_timeout', 'protocol_version', 'server_version', 'ssl_pem'],
        ].map(name => [name, { ignored: 'it is an option of a server with threads' }]),
      ),
    },
  },
)
