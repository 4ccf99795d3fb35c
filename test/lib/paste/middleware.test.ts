import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type LoadOptions, loadapp, loadfilter } from '../../../lib/paste/index.js'
import { serve } from '../../support/filters.js'

const example = resolve(import.meta.dirname, '../../../../test/fixtures/middleware/app.ini')

describe('paste: middleware of npm', () => {
  it('helmet, cors, compression, morgan, … stand in an ini as they come', async () => {
    const warnings: string[] = []
    const app = await loadapp(`config:${example}`, {
      warn: ({ message }) => warnings.push(message),
    })
    assert.deepEqual(warnings, [])
    const client = serve(app)

    const { headers, body } = await client
      .post('/')
      .set({ origin: 'https://b.example', cookie: 'a=b', 'x-client': 'one' })
      .send({ some: 'JSON' })
      .expect(200)
    assert.deepEqual(
      { cookies: body.cookies, body: body.body },
      { cookies: { a: 'b' }, body: { some: 'JSON' } },
    )
    assert.match(String(headers['x-took']), /^\d+\.\dms$/)
    assert.equal(headers['access-control-allow-origin'], 'https://b.example')
    assert.equal(headers['access-control-allow-credentials'], 'true')
    assert.equal(headers['content-encoding'], 'gzip')
    assert.match(String(headers['content-security-policy']), /^default-src 'self';/)
    assert.equal(headers['strict-transport-security'], 'max-age=60; includeSubDomains')
    assert.equal(headers['cross-origin-embedder-policy'], undefined)
    assert.match(String(headers['ratelimit-policy']), /^"2-in-1min"; q=2; w=60;/)
  })

  it('keep their counts apart by an imported function', async () => {
    const client = serve(await loadapp(`config:${example}`))
    const asOne = () => client.get('/').set('x-client', 'one')
    await asOne().expect(200)
    await asOne().expect(200)
    await asOne().expect(429)
    await client.get('/').set('x-client', 'two').expect(200)
  })

  it('serve-static is an application, and passes on what it has not', async () => {
    const client = serve(await loadapp(`config:${example}`))
    await client
      .get('/files/hello.txt')
      .expect(200, 'hello from a file\n')
      .expect('cache-control', 'public, max-age=3600')
    await client.get('/files/absent.txt').expect(404)
  })
})

describe('paste: options of middleware', () => {
  let folder = ''
  const warnings: string[] = []
  const options = (): LoadOptions => ({
    relativeTo: folder,
    warn: ({ message }) => warnings.push(message.replace(folder, '')),
  })
  const write = (text: string): void => writeFileSync(join(folder, 'a.ini'), text)
  const refused = async (text: string): Promise<string> => {
    write(text)
    const error = await loadfilter('config:a.ini', options()).then(
      () => assert.fail('was loaded'),
      (thrown: Error) => thrown,
    )
    return error.message.replaceAll(folder, '')
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
    warnings.length = 0
    writeFileSync(
      join(folder, 'seen.cjs'),
      `module.exports.make = (...args) => (req, res, next) => res.end(JSON.stringify(args))`,
    )
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('say what they are by a marker', async () => {
    const packageFolder = join(folder, 'node_modules/seen')
    const { mkdirSync } = await import('node:fs')
    mkdirSync(packageFolder, { recursive: true })
    writeFileSync(join(packageFolder, 'package.json'), '{"name":"seen","main":"index.js"}')
    writeFileSync(
      join(packageFolder, 'index.js'),
      'module.exports = (...args) => (req, res) => res.end(JSON.stringify(args))',
    )
    write(`
[filter:main]
use = egg:seen
1 = first
2 = !int 2
plain = 8
text = !text !int 8
float = !number 0.5
yes = !bool on
list = !list a, b
json = !json {"x": [null]}
deep.er.still = !bool false
`)
    const filter = await loadfilter('config:a.ini', options())
    const { text } = await serve(filter(() => assert.fail())).get('/')
    assert.deepEqual(JSON.parse(text), [
      'first',
      2,
      {
        plain: '8',
        text: '!int 8',
        float: 0.5,
        yes: true,
        list: ['a', 'b'],
        json: { x: [null] },
        deep: { er: { still: false } },
      },
    ])
    assert.deepEqual(warnings, [
      "/a.ini:6: [filter:main] 'plain' is handed on as the text '8'; as a value it is written '!int 8', as a text '!text 8'",
    ])
  })

  it('are refused where a marker or a known type does not fit', async () => {
    assert.equal(
      await refused('[filter:main]\nuse = egg:express-rate-limit\nlimit = many\n'),
      "/a.ini:3: [filter:main] 'limit' must be a whole number, got 'many'",
    )
    assert.equal(
      await refused('[filter:main]\nuse = egg:cors\nmaxAge = !itn 5\n'),
      "/a.ini:3: [filter:main] maxAge: '!itn' is no type; there is !text !int !number !bool !list !json !regex !import. A text that begins so is written '!text !itn 5' Did you mean '!int'?",
    )
    assert.equal(
      await refused('[filter:main]\nuse = egg:morgan\n'),
      "/a.ini:1: [filter:main] egg:morgan#main needs the option 'format', and it is not given",
    )
  })

  it('that nobody knows, but resemble one, are warned of', async () => {
    write('[filter:main]\nuse = egg:express-rate-limit\nlimt = many\n')
    await loadfilter('config:a.ini', options())
    assert.deepEqual(warnings, [
      "/a.ini:3: [filter:main] nothing is known of an option 'limt' of egg:express-rate-limit#main. Did you mean 'limit'?",
    ])
  })

  it('a package that exports no function is told with those it has', async () => {
    assert.match(
      await refused('[filter:main]\nuse = egg:express#Routr\n'),
      /has no export 'Routr'.*Did you mean 'Route'\?/s,
    )
    assert.match(
      await refused('[filter:main]\nuse = egg:pino#levels\n'),
      /package 'pino' exports 'levels', which is no function, so it is neither middleware nor an application/,
    )
  })
})

describe('paste: values from outside', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
    delete process.env.PASTE_TEST_VALUE
  })
  const load = async (value: string) => {
    writeFileSync(
      join(folder, 'a.ini'),
      `[app:main]\npaste.app_factory = m:app\nvalue = ${value}\n`,
    )
    let seen: unknown
    await loadapp('config:a.ini', {
      relativeTo: folder,
      modules: {
        m: {
          app: (_globals: unknown, conf: Record<string, string>) => {
            seen = conf.value
            return () => {}
          },
        },
      },
    })
    return seen
  }

  it('come from the environment and from files, and are never templates', async () => {
    process.env.PASTE_TEST_VALUE = '50% %(nothing)s'
    writeFileSync(join(folder, 'secret'), 'from %(here)s file\n')
    assert.equal(await load('<%(env:PASTE_TEST_VALUE)s>'), '<50% %(nothing)s>')
    assert.equal(await load('%(file:secret)s'), 'from %(here)s file')
  })

  it('may have a fallback', async () => {
    assert.equal(await load('%(env:PASTE_TEST_VALUE:-a: b)s'), 'a: b')
    assert.equal(await load('%(file:absent:-none)s'), 'none')
  })

  it('say what is missing', async () => {
    await assert.rejects(load('%(env:PASTE_TEST_VALUE)s'), {
      kind: 'interpolation-missing',
      line: 3,
      reason:
        "value = %(env:PASTE_TEST_VALUE)s: the environment has no variable 'PASTE_TEST_VALUE'.",
    })
    await assert.rejects(load('%(file:absent)s'), {
      reason: `value = %(file:absent)s: there is no file '${folder}/absent'.`,
    })
  })
})
