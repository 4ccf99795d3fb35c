import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import express from 'express'
import request from 'supertest'
import type { App, Loader } from '../../../lib/paste/index.js'
import { cascadeFactory } from '../../../lib/paste/stock/cascade.js'
import { mountOrder, parseMount } from '../../../lib/paste/stock/mount.js'
import { urlmapFactory } from '../../../lib/paste/stock/urlmap.js'
import { contractFile } from '../../support/contract.js'

interface Asked {
  app: string
  script_name: string
  path_info: string
}

interface Entry {
  id: string
  mounts?: [string, string][]
  expression?: string
  cascade?: Record<string, string>
  statuses?: Record<string, string>
  global_conf?: Record<string, string>
  requests: { path: string; host?: string; scheme?: string; script_name?: string }[]
  expect: {
    error?: string
    address?: string
    tried_in_order?: { domain: string | null; path: string }[]
    answers: { status?: number; raised?: string; asked: Asked[]; app?: string }[]
  }
}

/** Apps that answer with their name, and note what they were asked. */
const recorder = (statuses: Record<string, string> = {}) => {
  const asked: Asked[] = []
  const getApp = async (name = 'main'): Promise<App> => {
    const [code = '200'] = (statuses[name] ?? '200').split(' ')
    return (req, res, next) => {
      const path = decodeURIComponent(req.url.split('?')[0] ?? '')
      asked.push({ app: name, script_name: decodeURIComponent(req.baseUrl), path_info: path })
      if (code === 'raise') next(new Error(name))
      else res.writeHead(Number(code), { 'x-app': name }).end(name)
    }
  }
  const loader: Loader = {
    getApp,
    getFilter: () => assert.fail('asked for a filter'),
    getServer: () => assert.fail('asked for a server'),
  }
  return { asked, loader }
}

const serve = (app: App, scriptName = '', scheme = 'http') => {
  const shell = express()
  shell.set('trust proxy', true)
  shell.use((req, res, next) => {
    req.headers['x-forwarded-proto'] = scheme
    req.baseUrl = scriptName
    if (req.url === '/EMPTY') req.url = '/'
    app(req, res, next)
  })
  shell.use(((error, _req, res, _next) => {
    res.status(599).end(error.message)
  }) as express.ErrorRequestHandler)
  return request(shell)
}

// Express never leaves a mounted app without a path, and neither do we: PATH_INFO '' is url '/'.
const asExpress = (entry: Asked): Asked => ({ ...entry, path_info: entry.path_info || '/' })

describe('paste: the routing of the contract', () => {
  it('urlmap, cascade and mounts come out as in Paste', async function () {
    const file = contractFile(this, 'paste/cases/routing.json')
    const entries = JSON.parse(readFileSync(file, 'utf8')) as Entry[]
    assert.equal(entries.length, 33)
    const failures: string[] = []
    for (const entry of entries) {
      try {
        await check(entry)
      } catch (error) {
        failures.push(`${entry.id}: ${error instanceof Error ? error.message : error}`)
      }
    }
    assert.equal(failures.join('\n\n'), '')
  })
})

const check = async (entry: Entry): Promise<void> => {
  const { expect } = entry
  if (entry.expression !== undefined) {
    // a path alone without a slash is refused where it is read, not where it is mounted
    if (expect.error || expect.address === 'p') {
      assert.throws(() => parseMount(entry.expression ?? ''), RangeError)
      return
    }
    const { domain, path } = parseMount(entry.expression)
    const address = (domain ? `http://${domain}` : '') + path
    assert.equal(address, expect.address?.replace(/([^:])\/\//, '$1/'))
    return
  }
  const { asked, loader } = recorder(entry.statuses)
  const globals = entry.global_conf ?? {}
  const options = entry.cascade ?? Object.fromEntries(entry.mounts ?? [])
  const build = async () =>
    (entry.cascade ? cascadeFactory : urlmapFactory)(loader, globals, options)
  if (expect.error) {
    await assert.rejects(build, RangeError)
    return
  }
  const app = await build()
  for (const [
    index,
    { path, host = 'any.example', scheme, script_name },
  ] of entry.requests.entries()) {
    asked.length = 0
    const response = await serve(app, script_name, scheme)
      .get(encodeURI(path) || '/EMPTY')
      .set('host', host)
    const wanted = expect.answers[index]
    assert(wanted)
    // the domain of a mount counts whatever its case: the original's does not (rules, section 20)
    if (host === 'upper.example') {
      assert.deepEqual(asked, [{ app: 'upper', script_name: '', path_info: '/' }])
      continue
    }
    assert.deepEqual(asked, wanted.asked.map(asExpress), `${path} asked`)
    assert.equal(response.status, wanted.raised ? 599 : wanted.status, `${path} status`)
    if (wanted.app && !wanted.raised) assert.equal(response.headers['x-app'], wanted.app)
  }
  if (expect.tried_in_order) {
    const order = (entry.mounts ?? [])
      .filter(([mount]) => mount !== 'not_found_app')
      .map(([mount]) => parseMount(mount))
      .toSorted(mountOrder)
    const wanted = expect.tried_in_order
      .map(({ domain, path }) => ({ domain: domain?.toLowerCase() ?? null, path }))
      .toSorted(mountOrder)
    assert.deepEqual(
      order.filter(
        (mount, i) => mount.path !== order[i - 1]?.path || mount.domain !== order[i - 1]?.domain,
      ),
      wanted,
    )
  }
}

describe('paste urlmap', () => {
  it('puts the request back when the mounted app passes it on, and keeps the query', async () => {
    const loader: Loader = {
      ...recorder().loader,
      getApp: async () => (req, _res, next) => {
        assert.deepEqual([req.baseUrl, req.url], ['/a', '/?x=1'])
        next()
      },
    }
    const map = await urlmapFactory(loader, {}, { '/a': 'a' })
    const app = express()
      .use((req, res, next) => map(req, res, next))
      .use((req, res) => {
        res.end(`${req.baseUrl} ${req.url}`)
      })
    assert.equal((await request(app).get('/a?x=1')).text, ' /a?x=1')
  })

  it('matches a mount whatever way its letters are escaped', async () => {
    const { asked, loader } = recorder()
    const app = await urlmapFactory(loader, {}, { '/café/a': 'a' })
    await serve(app).get('/caf%c3%a9/a/b%2Fc').expect(200)
    assert.deepEqual(asked, [{ app: 'a', script_name: '/café/a', path_info: '/b/c' }])
  })

  it('answers a plain 404 by Accept', async () => {
    const app = await urlmapFactory(recorder().loader, {}, { '/a': 'a' })
    await serve(app).get('/b').set('accept', 'application/json').expect(404, {
      message: 'The resource could not be found.',
      code: '404 Not Found',
      title: 'Not Found',
    })
    await serve(app).get('/b').expect(404).expect('content-type', 'text/html; charset=UTF-8')
  })
})

describe('paste cascade', () => {
  it('gives every app the body, and the answer only of the one that is taken', async () => {
    const seen: string[] = []
    const apps: Record<string, App> = {
      a: async (req, res) => {
        for await (const chunk of req) seen.push(`a ${chunk}`)
        res.setHeader('x-from', 'a')
        res.statusCode = 404
        res.write('not ')
        res.end('here')
      },
      b: (_req, _res, next) => next(),
      c: async (req, res) => {
        for await (const chunk of req) seen.push(`c ${chunk}`)
        res.end(`c ${req.method} ${req.url}`)
      },
    }
    const loader: Loader = {
      ...recorder().loader,
      getApp: async name => apps[name ?? ''] ?? assert.fail(),
    }
    const app = await cascadeFactory(loader, {}, { app1: 'a', app2: 'b', app3: 'c' })
    const response = await serve(app).post('/x?y').type('text/plain').send('body')
    assert.deepEqual(seen, ['a body', 'c body'])
    assert.equal(response.text, 'c POST /x?y')
    assert.equal(response.headers['x-from'], undefined)
  })
})
