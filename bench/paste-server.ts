import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import { type App, type Filter, loadText, ReloadableApp } from '../lib/paste/index.js'
import { listen } from '../lib/paste/stock/http-server.js'

/**
 * One server of the comparison, in a process of its own: the same filters around the same answer.
 *
 *     node paste-server.js KIND FILTERS
 *
 * Tells its parent the port; asked for anything, tells its processor time so far in microseconds.
 */
const [, , kind = '', filters = ''] = process.argv
const count = Number(filters)

const text = 'hello\n'
const type = 'text/plain; charset=utf-8'

/** What each of the ten does: looks at a header, and leaves a mark. */
type Marked = IncomingMessage & { marks?: number }
const mark = (req: Marked): void => {
  if (req.headers['x-unknown'] === undefined) req.marks = (req.marks ?? 0) + 1
}

const answer: RequestListener = (_req, res) => {
  res.setHeader('content-type', type)
  res.setHeader('content-length', text.length)
  res.end(text)
}

const times = <Made>(make: () => Made): Made[] => Array.from({ length: count }, make)

const filter: Filter = app => (req, res, next) => {
  mark(req)
  app(req, res, next)
}

const address = { host: '127.0.0.1', port: 0 }
const modules = { bench: { filter: () => filter, app: (): App => answer } }

const ini = (): string => {
  const names = times(() => '').map((_, index) => `f${index}`)
  return [
    `[pipeline:main]\npipeline = ${[...names, 'hello'].join(' ')}`,
    ...names.map(name => `[filter:${name}]\npaste.filter_factory = bench:filter`),
    '[app:hello]\npaste.app_factory = bench:app',
  ].join('\n')
}

const servers: Record<string, () => Promise<Server>> = {
  'node:http': async () => listening(createServer(answer)),

  closures: async () => {
    const around =
      (app: RequestListener): RequestListener =>
      (req, res) => {
        mark(req)
        app(req, res)
      }
    return listening(createServer(times(() => around).reduce((app, wrap) => wrap(app), answer)))
  },

  paste: async () => listen(await loadText(ini(), { modules }), address),

  // as `paster serve` does it
  reloadable: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paste-bench-'))
    try {
      writeFileSync(join(folder, 'app.ini'), ini())
      const { app } = await ReloadableApp.load('config:app.ini', { relativeTo: folder, modules })
      return await listen(app, address)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },

  express: async () => {
    const app = express()
    app.disable('x-powered-by')
    for (const middleware of times(() => (req: Marked, _res: unknown, next: () => void) => {
      mark(req)
      next()
    })) {
      app.use(middleware)
    }
    app.use(answer)
    return listening(createServer(app))
  },

  fastify: async () => {
    const app = fastify()
    for (const hook of times(
      () => (request: { raw: Marked }, _reply: unknown, done: () => void) => {
        mark(request.raw)
        done()
      },
    )) {
      app.addHook('onRequest', hook)
    }
    app.get('/', (_request, reply) => {
      reply.type(type).send(text)
    })
    await app.listen(address)
    return app.server
  },

  koa: async () => {
    const app = new Koa()
    for (const middleware of times(() => (context: Koa.Context, next: Koa.Next) => {
      mark(context.req)
      return next()
    })) {
      app.use(middleware)
    }
    app.use(context => {
      context.type = type
      context.body = text
    })
    return listening(createServer(app.callback()))
  },
}

const listening = (server: Server): Promise<Server> =>
  new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))

const start = servers[kind]
if (!start) throw new Error(`'${kind}' is none of ${Object.keys(servers).join(', ')}`)
const { port } = (await start()).address() as AddressInfo
process.send?.({ port })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ microseconds: user + system })
})
process.once('disconnect', () => process.exit())
