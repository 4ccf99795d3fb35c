import { access } from 'node:fs/promises'
import type { Request, Response } from 'express'
import { type Filter, filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { bestMatch } from '../wsgi/index.js'
import { osloOptions } from './accepted.js'
import { OptionError } from './options.js'
import './request.js'

/**
 * Tells a load balancer whether to send requests here: 200 `OK`, or 503 when a backend says no. In
 * no pipeline by default; put it first.
 *
 *     [filter:healthcheck]
 *     paste.filter_factory = kilonova/filters/healthcheck:factory
 *     # all of these may stand in [healthcheck] of nova.conf instead
 *     path = /healthcheck
 *     backends = disable_by_file, disable_by_files_ports
 *     # ill while this file is there
 *     disable_by_file_path = /var/run/nova/healthcheck_disable
 *     # ill on a port while its file is there
 *     disable_by_file_paths = 8774:/var/run/nova/8774_disable
 *
 * @throws OptionError at load, for an unknown backend or a pair that is no port:path
 */
export const factory = filterFactory(
  {
    name: 'healthcheck',
    doc: 'Tells a load balancer whether to send requests here.',
    options: {
      path: { doc: 'where it answers' },
      backends: { type: 'list', doc: 'disable_by_file, disable_by_files_ports' },
      disable_by_file_path: { doc: 'ill while this file is there' },
      disable_by_file_paths: { type: 'list', doc: 'port:path between commas: ill on that port' },
      detailed: { ignored: 'no details are told to whoever asks' },
      ...osloOptions,
    },
    // a load balancer has no token
    order: { before: ['identity', 'context'], once: true },
  },
  (globalConf, options) => {
    const { healthcheck: conf } = runtimeOf(globalConf).conf
    const file = options.disable_by_file_path ?? conf.disable_by_file_path ?? undefined
    const pairs = options.disable_by_file_paths ?? conf.disable_by_file_paths
    const names = options.backends ?? conf.backends
    const backends = names.map(name => backendOf(name, file, pairs))
    return healthcheck(options.path ?? conf.path, backends)
  },
)

const healthcheck = (path: string, backends: readonly Backend[]): Filter => {
  const answer = async (req: Request, res: Response): Promise<void> => {
    const results = await Promise.all(backends.map(backend => backend(req)))
    const reasons = results.map(result => result ?? 'OK')
    const wanted = bestMatch(req.headers.accept ?? '*/*', ['text/plain', 'application/json'])
    const [type, body] =
      wanted === 'application/json'
        ? ['application/json', JSON.stringify({ detailed: false, reasons })]
        : ['text/plain; charset=UTF-8', reasons.join('\n') || 'OK']
    res.writeHead(results.every(result => result === null) ? 200 : 503, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
    })
    res.end(req.method === 'HEAD' ? undefined : body)
  }

  return app =>
    function healthcheck(req, res, next) {
      const asked = req.method === 'GET' || req.method === 'HEAD'
      if (asked && req.baseUrl + (req.url.split('?', 1)[0] ?? '') === path) {
        answer(req, res).catch(next)
      } else {
        app(req, res, next)
      }
    }
}

/** @returns why it is ill, or null when it is well */
type Backend = (req: Request) => Promise<string | null>

const backendOf = (name: string, file: string | undefined, pairs: readonly string[]): Backend => {
  if (name === 'disable_by_file') {
    if (!file) throw new OptionError('backends', `'${name}' needs 'disable_by_file_path'`)
    return async () => ((await isThere(file)) ? 'DISABLED BY FILE' : null)
  }
  if (name === 'disable_by_files_ports') {
    const files = new Map(pairs.map(portAndPath))
    return async req => {
      const path = files.get(req.socket.localPort ?? 0)
      return path && (await isThere(path)) ? 'DISABLED BY FILE' : null
    }
  }
  throw new OptionError(
    'backends',
    `'backends' may name disable_by_file and disable_by_files_ports, got '${name}'`,
  )
}

const portAndPath = (pair: string): [number, string] => {
  const [, port, path] = /^(\d{1,5}):(.+)$/.exec(pair) ?? []
  if (port && path) return [Number(port), path]
  throw new OptionError(
    'disable_by_file_paths',
    `'disable_by_file_paths' must be port:path, got '${pair}'`,
  )
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
