import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import {
  type App,
  CONFIG,
  type InjectedRequest,
  inject,
  loadapp,
  loadText,
  PasteError,
  popProcessConfig,
  popThreadConfig,
  pushProcessConfig,
  pushThreadConfig,
  withConfig,
} from '../../../lib/paste/index.js'

/** What the innermost application does with a request. */
type Handler = App

const say =
  (text: string, type = 'text/plain', status = 200): Handler =>
  (_req, res) => {
    res.statusCode = status
    res.setHeader('content-type', type)
    res.end(text)
  }

/** A filter of `use = egg:…` and some options around a handler. */
const around = (lines: string, handler: Handler, globals: Record<string, string> = {}) =>
  loadText(`[pipeline:main]\npipeline = tried app\n[filter:tried]\n${lines}\n[app:app]\n`, {
    globalConf: globals,
    stubs: { 'app:app': () => handler },
  })

const ask = async (app: App, asked: InjectedRequest | string) => {
  const failures: unknown[] = []
  const request = typeof asked === 'string' ? { url: asked } : asked
  const answer = await inject(app, { failed: error => failures.push(error), ...request })
  return { ...answer, text: String(answer.body), failures }
}

describe('egg:PasteDeploy#config', () => {
  const lines = 'use = egg:PasteDeploy#config\ncolour = red'

  it('puts globals and options in force for the request, through awaits, timers and streams', async () => {
    const app = await around(
      lines,
      async (req, res) => {
        const before = CONFIG.colour
        await sleep(1)
        CONFIG.seen = req.url
        await new Promise(setImmediate)
        res.write(`${before} ${CONFIG.size} `)
        setTimeout(() => res.end(`${CONFIG.colour} ${CONFIG.seen}`), 1)
      },
      { size: 'big' },
    )
    const answers = await Promise.all(['/a', '/b', '/c'].map(url => ask(app, url)))
    // what one request sets is not seen by another
    assert.deepEqual(
      answers.map(({ text }) => text),
      ['red big red /a', 'red big red /b', 'red big red /c'],
    )
    assert.throws(() => CONFIG.colour, /no configuration is in force here/)
  })

  it('is a copy in the request, and what was there is put back when it is passed on', async () => {
    const seen: unknown[] = []
    const app = await around(lines, (req, _res, next) => {
      seen.push(Reflect.get(req, 'paste.config'))
      next()
    })
    const outer: App = (req, res) => {
      Reflect.set(req, 'paste.config', 'mine')
      withConfig({ colour: 'blue' }, () =>
        app(req, res, () => res.end(`${Reflect.get(req, 'paste.config')} ${CONFIG.colour}`)),
      )
    }
    assert.equal((await ask(outer, '/')).text, 'mine blue')
    assert.equal((seen[0] as { colour: string }).colour, 'red')
  })

  it('is the last that was pushed: for the context, else for the process', async () => {
    const [one, two] = [{ who: 'process' }, { who: 'context' }]
    pushProcessConfig(one)
    await withConfig({}, async () => {
      pushThreadConfig(two)
      assert.equal(CONFIG.who, 'context')
      assert.equal('who' in CONFIG, true)
      assert.throws(() => popThreadConfig(one), RangeError)
      popThreadConfig(two)
      assert.equal(CONFIG.who, undefined)
    })
    assert.deepEqual({ ...CONFIG }, one)
    assert.throws(() => popProcessConfig(two), RangeError)
    popProcessConfig(one)
  })
})

describe('egg:PasteDeploy#prefix', () => {
  const tell: Handler = (req, res) =>
    void res.end(`${req.baseUrl}|${req.url}|${req.headers.host}|${req.protocol}|${req.ip}`)
  const rows: readonly (readonly [string, Partial<InjectedRequest> & { url: string }, string])[] = [
    ['prefix = /james/', { url: '/james/x?y' }, '/james|/x?y|localhost|http|127.0.0.1'],
    ['prefix = /james', { url: '/james' }, '/james|/|localhost|http|127.0.0.1'],
    // whole segments
    ['prefix = /james', { url: '/jamesbond' }, '/james|/jamesbond|localhost|http|127.0.0.1'],
    ['prefix = /james', { url: '/other' }, '/james|/other|localhost|http|127.0.0.1'],
    ['force_port = 81', { url: '/' }, '|/|localhost:81|http|127.0.0.1'],
    ['force_port =', { url: '/', headers: { host: 'a:1' } }, '|/|a|http|127.0.0.1'],
    ['scheme = https', { url: '/' }, '|/|localhost|https|127.0.0.1'],
  ]
  for (const [lines, request, told] of rows) {
    it(`${lines}: ${request.url}`, async () => {
      const app = await around(`use = egg:PasteDeploy#prefix\n${lines}`, tell)
      assert.equal((await ask(app, request)).text, told)
    })
  }

  it('takes from X-Forwarded-* what the client was, and takes them out', async () => {
    const seen: string[] = []
    const handler: Handler = (req, res, next) => {
      seen.push(...Object.keys(req.headers).filter(name => name.startsWith('x-')))
      tell(req, res, next)
    }
    const headers = {
      'x-forwarded-server': 's',
      'x-forwarded-host': 'h:8, other',
      'x-forwarded-for': '1.2.3.4, 5.6.7.8',
      'x-forwarded-proto': 'https',
    }
    const app = await around('use = egg:PasteDeploy#prefix', handler)
    assert.equal((await ask(app, { url: '/', headers })).text, '|/|h:8|https|1.2.3.4')
    assert.deepEqual(seen, [])
    const wary = await around(
      'use = egg:PasteDeploy#prefix\ntranslate_forwarded_server = false',
      tell,
    )
    const { text } = await ask(wary, { url: '/', headers })
    assert.match(text, /^\|\/\|localhost\|http\|/)
  })
})

describe('egg:Paste#static', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
    mkdirSync(join(folder, 'public/sub'), { recursive: true })
    writeFileSync(join(folder, 'secret.txt'), 'secret')
    writeFileSync(join(folder, 'public/a.txt'), 'a')
    writeFileSync(join(folder, 'public/.hidden'), 'hidden')
    writeFileSync(join(folder, 'public/sub/index.html'), 'index')
    writeFileSync(
      join(folder, 'a.ini'),
      '[app:main]\nuse = egg:Paste#static\ndocument_root = public\ncache_max_age = 60\n',
    )
  })
  after(() => rmSync(folder, { recursive: true }))

  it('serves files, index.html for a folder, and nothing above its root', async () => {
    const app = await loadapp(`config:${folder}/a.ini`)
    const file = await ask(app, '/a.txt')
    assert.deepEqual([file.text, file.headers['cache-control']], ['a', 'public, max-age=60'])
    assert.equal((await ask(app, '/sub/')).text, 'index')
    assert.deepEqual(
      (({ status, headers }) => [status, headers.location])(await ask(app, '/sub')),
      [301, '/sub/'],
    )
    for (const url of ['/a.txt/x', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/.hidden', '/none']) {
      const { status, text } = await ask(app, url)
      assert.ok(status === 404 || status === 403, `${url}: ${status}`)
      assert.doesNotMatch(text, /secret|hidden/)
    }
  })
})

describe('egg:Paste#gzip', () => {
  const gzip = { 'accept-encoding': 'gzip' }
  const long = 'x'.repeat(100_000)
  const rows: readonly (readonly [string, Handler, Partial<InjectedRequest>, boolean])[] = [
    ['a text', say(long), { headers: gzip }, true],
    ['JSON', say(long, 'application/json'), { headers: gzip }, true],
    ['nobody who accepts it', say(long), {}, false],
    ['one who refuses it', say(long), { headers: { 'accept-encoding': 'gzip;q=0' } }, false],
    ['a picture', say(long, 'image/png'), { headers: gzip }, false],
    ['what is packed already', say(long, 'application/zip'), { headers: gzip }, false],
    ['an answer to HEAD', say(long), { headers: gzip, method: 'HEAD' }, false],
  ]
  for (const [what, handler, request, packed] of rows) {
    it(`${packed ? 'packs' : 'leaves'} ${what}`, async () => {
      const app = await around('use = egg:Paste#gzip', handler)
      const { headers, body } = await ask(app, { url: '/', ...request })
      assert.equal(headers['content-encoding'], packed ? 'gzip' : undefined)
      if (request.method === 'HEAD') return
      assert.equal(String(packed ? gunzipSync(body) : body), long)
      if (packed) assert.equal(headers.vary, 'Accept-Encoding')
    })
  }

  it('packs what comes in parts, with the head given at once', async () => {
    const app = await around('use = egg:Paste#gzip\ncompress_level = 1', async (_req, res) => {
      res.writeHead(201, { 'content-type': 'text/html', 'content-length': '6' })
      for (const part of ['a', 'b']) {
        await new Promise<void>(done => void res.write(part, () => done()))
      }
      res.end('c')
    })
    const { status, headers, body } = await ask(app, { url: '/', headers: gzip })
    assert.deepEqual([status, headers['content-length']], [201, undefined])
    assert.equal(String(gunzipSync(body)), 'abc')
  })

  it('leaves the response alone where nobody answers', async () => {
    const app = await around('use = egg:Paste#gzip', (_req, _res, next) => next())
    assert.equal((await ask(app, { url: '/', headers: gzip })).status, 404)
  })
})

describe('egg:Paste#httpexceptions, error_catcher, errordocument', () => {
  const fail =
    (error: unknown): Handler =>
    (_req, _res, next) =>
      next(error)

  it('make an answer of an error that carries a status, and of no other', async () => {
    const teapot = Object.assign(new Error('short and stout'), { status: 418 })
    const app = await around('use = egg:Paste#httpexceptions', fail(teapot))
    const { status, text, failures } = await ask(app, '/')
    assert.deepEqual([status, failures], [418, []])
    assert.match(text, /short and stout/)
    const broken = await around('use = egg:Paste#httpexceptions', fail(new Error('secret')))
    const answer = await ask(broken, '/')
    assert.deepEqual([answer.status, answer.failures.length], [500, 1])
  })

  it('tell the stack only with debug', async () => {
    const { error } = console
    console.error = () => {}
    try {
      for (const [globals, shown] of [
        [{ debug: 'true' }, true],
        [{}, false],
      ] as const) {
        const app = await around('use = egg:Paste#error_catcher', fail(new Error('why')), globals)
        const { status, text } = await ask(app, '/')
        assert.equal(status, 500)
        assert.equal(/why/.test(text), shown)
      }
    } finally {
      console.error = error
    }
  })

  it('show another path of the app for a status, which stays', async () => {
    const app = await around('use = egg:Paste#errordocument\n404 = /missing', (req, res, next) => {
      if (req.url === '/missing') res.end(`nothing here, ${req.method}`)
      else if (req.url === '/there') res.end('there')
      else next()
    })
    const { status, text } = await ask(app, { url: '/x', method: 'POST', body: 'y' })
    assert.deepEqual([status, text], [404, 'nothing here, GET'])
    assert.equal((await ask(app, '/there')).text, 'there')
    await assert.rejects(
      around('use = egg:Paste#errordocument\n200 = /x', say('')),
      /'200' must be a status from 300 to 599/,
    )
  })
})

describe('egg:Paste#translogger, lint, auth_basic, test', () => {
  const written = async (stream: 'log' | 'error', run: () => Promise<unknown>) => {
    const lines: string[] = []
    const original = console[stream]
    console[stream] = (line: string) => lines.push(line)
    try {
      await run()
    } finally {
      console[stream] = original
    }
    return lines
  }

  it('write a line as Apache does, and nothing that ends it', async () => {
    const app = await around('use = egg:Paste#translogger', say('hello'))
    const lines = await written('log', async () => {
      await ask(app, { url: '/a"b?c', headers: { 'user-agent': 'me "and" you' } })
      await new Promise(setImmediate)
    })
    assert.equal(lines.length, 1)
    assert.match(
      lines[0] ?? '',
      /^\S+ - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/a%22b\?c HTTP\/1\.1" 200 \S+ "-" "me \\"and\\" you"$/,
    )
  })

  it('tell of a broken contract', async () => {
    const app = await around('use = egg:Paste#lint', function twice(_req, res) {
      res.end('a')
      res.end()
    })
    const lines = await written('error', () => ask(app, '/'))
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /the answer is ended twice/)
  })

  it('let pass whom a function knows, and nobody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paste-'))
    writeFileSync(
      join(folder, 'users.mjs'),
      'export const isKnown = async (user, password) => user === "ann" && password === "a:b"',
    )
    writeFileSync(join(folder, 'package.json'), '{}')
    const app = await loadText(
      '[pipeline:main]\npipeline = login app\n[filter:login]\nuse = egg:Paste#auth_basic\nrealm = a "b"\nauthfunc = ./users.mjs:isKnown\n[app:app]\n',
      {
        relativeTo: folder,
        stubs: {
          'app:app': (): App => (req, res) => void res.end(req.headers['x-remote-user']),
        },
      },
    )
    const basic = (text: string) => ({
      authorization: `Basic ${Buffer.from(text).toString('base64')}`,
    })
    assert.equal((await ask(app, { url: '/', headers: basic('ann:a:b') })).text, 'ann')
    for (const headers of [basic('ann:x'), basic('ann'), { 'x-remote-user': 'ann' }]) {
      const { status, headers: answer } = await ask(app, { url: '/', headers })
      assert.equal(status, 401)
      assert.equal(answer['www-authenticate'], 'Basic realm="a \\"b\\"", charset="UTF-8"')
    }
    rmSync(folder, { recursive: true })
  })

  it('answer with the request, but for its secrets', async () => {
    const app = await loadText('[app:main]\nuse = egg:Paste#test\n')
    const { text } = await ask(app, { url: '/x?y', headers: { cookie: 'a=b' } })
    assert.match(text, /^GET \/x\?y\nbase: \n/)
    assert.match(text, /cookie: \*\*\*/)
  })
})

describe('what else Paste has', () => {
  for (const [entry, told] of [
    ['auth_tkt', 'egg:cookie-session'],
    ['printdebug', 'paster request FILE URL'],
    ['proxy', 'egg:http-proxy-middleware'],
    ['recursive', 'egg:Paste#errordocument'],
    ['registry', 'AsyncLocalStorage'],
  ] as const) {
    it(`is refused with what to use instead: ${entry}`, async () => {
      const refused = loadText(`[app:main]\nuse = egg:Paste#${entry}\n`)
      await assert.rejects(
        refused,
        error =>
          error instanceof PasteError &&
          error.kind === 'no-entry-point' &&
          error.message.includes(`Paste's '${entry}' is not built here`) &&
          error.message.includes(told),
      )
    })
  }
})
