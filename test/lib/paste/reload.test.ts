import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Request, Response } from 'express'
import { Agent, request } from 'undici'
import { type App, inject, ReloadableApp, stepTracer } from '../../../lib/paste/index.js'
import { listen } from '../../../lib/paste/stock/http-server.js'

describe('paste: reload', () => {
  let folder = ''
  const write = (number: number | string): void => {
    writeFileSync(join(folder, 'word.mjs'), `export const word = '${number}'`)
    writeFileSync(
      join(folder, 'parts.mjs'),
      `import { word } from './word.mjs'
       export const closed = globalThis.closedParts ??= []
       export const filter = () => Object.assign(app => (req, res, next) => {
         res.setHeader('x-filter', '${number}')
         setImmediate(app, req, res, next)
       }, { [Symbol.asyncDispose]: async () => closed.push('${number}') })
       export const app = (globals, { ini }) => (req, res) => res.end(ini + ' ' + word)`,
    )
    writeFileSync(
      join(folder, 'a.ini'),
      `[app:main]\npaste.app_factory = ./parts.mjs:app\nini = ${number}\nfilter-with = f\n[filter:f]\npaste.filter_factory = ./parts.mjs:filter\n`,
    )
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
    writeFileSync(join(folder, 'c.ini'), '[app:main]\npaste.app_factory = m:hangs\n')
    for (const name of ['closedParts', 'held', 'imports']) Reflect.deleteProperty(globalThis, name)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('takes the files and the modules of the new tree, and knows them', async () => {
    write(1)
    const reloadable = await ReloadableApp.load('config:a.ini', { relativeTo: folder })
    const ask = async () => {
      const { headers, body } = await inject(reloadable.app, { url: '/' })
      return `${headers['x-filter']} ${body}`
    }
    assert.equal(await ask(), '1 1 1')
    write(2)
    assert.equal(await ask(), '1 1 1')
    await reloadable.reload()
    assert.equal(await ask(), '2 2 2')
    assert.deepEqual([...reloadable.files].map(file => file.replace(`${folder}/`, '')).toSorted(), [
      'a.ini',
      'parts.mjs',
      'word.mjs',
    ])
    await reloadable.close()
    assert.deepEqual(Reflect.get(globalThis, 'closedParts'), ['1', '2'])
  })

  it('keeps the old tree where the new one cannot be built', async () => {
    write(1)
    const reloadable = await ReloadableApp.load('config:a.ini', { relativeTo: folder })
    writeFileSync(join(folder, 'a.ini'), '[app:main]\nuse = nothing\n')
    await assert.rejects(reloadable.reload(), { kind: 'no-section', line: 2 })
    assert.equal(String((await inject(reloadable.app, { url: '/' })).body), '1 1')
    await reloadable.close()
  })

  it('drops no request and mixes no trees, over a hundred reloads under load, every third of them broken', async () => {
    write(0)
    const reloadable = await ReloadableApp.load('config:a.ini', { relativeTo: folder })
    const server = await listen(reloadable.app, { host: '127.0.0.1', port: 0 })
    const { port } = server.address() as AddressInfo
    const dispatcher = new Agent({ connections: 8 })
    let over = false
    let answered = 0
    const seen = new Set<string>()
    const client = async (): Promise<void> => {
      while (!over) {
        const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}/`, {
          dispatcher,
        })
        const text = await body.text()
        const filter = String(headers['x-filter'])
        assert.equal(statusCode, 200)
        assert.equal(text, `${filter} ${filter}`)
        seen.add(filter)
        answered++
      }
    }
    const clients = Array.from({ length: 8 }, client)
    const whole = [0]
    const refused: string[] = []
    for (let number = 1; number <= 100; number++) {
      write(number)
      const slip = number % 3 ? undefined : slips[number % slips.length]
      slip?.(folder)
      await reloadable.reload().then(
        () => whole.push(number),
        (error: Error) => refused.push(error.message),
      )
    }
    over = true
    await Promise.all(clients)
    await dispatcher.close()
    server.close()
    await once(server, 'close')
    await reloadable.close()
    assert.equal(refused.length, 33)
    assert.equal(whole.length, 68)
    assert(answered > 100, `only ${answered} answers`)
    assert(seen.size > 20, `only ${seen.size} of the trees were met`)
    assert.deepEqual(
      [...seen].map(Number).filter(number => !whole.includes(number)),
      [],
    )
    // every tree that served is closed, once; of one that failed, what had been made of it
    const closed: unknown = Reflect.get(globalThis, 'closedParts')
    const numbers = Array.isArray(closed) ? closed.map(Number) : []
    assert.equal(new Set(numbers).size, numbers.length)
    assert.deepEqual(
      whole.filter(number => !numbers.includes(number)),
      [],
    )
  })

  it('closes apps and filters by close(), the outermost first, behind their last request', async () => {
    writeFileSync(
      join(folder, 'b.mjs'),
      `const closed = globalThis.closedParts ??= []
       const held = globalThis.held ??= []
       export const filter = () => app => Object.assign((...all) => app(...all), { close: () => closed.push('filter') })
       export const app = () => Object.assign((req, res) => held.push(res), { close: async () => closed.push('app') })`,
    )
    writeFileSync(
      join(folder, 'b.ini'),
      '[pipeline:main]\npipeline = f a\n[filter:f]\npaste.filter_factory = ./b.mjs:filter\n[app:a]\npaste.app_factory = ./b.mjs:app\n',
    )
    const reloadable = await ReloadableApp.load('config:b.ini', { relativeTo: folder })
    const answer = inject(reloadable.app, { url: '/' })
    while (!heldAnswers().length) await new Promise(setImmediate)
    await reloadable.reload()
    const closed: unknown = Reflect.get(globalThis, 'closedParts')
    assert.deepEqual(closed, [])
    heldAnswers().pop()?.end('late')
    assert.equal(String((await answer).body), 'late')
    while (Array.isArray(closed) && closed.length < 2) await new Promise(setImmediate)
    assert.deepEqual(closed, ['filter', 'app'])
    await reloadable.close()
    assert.deepEqual(closed, ['filter', 'app', 'filter', 'app'])
  })

  it('closes an old tree under requests that do not end, and says so', async () => {
    let close = 0
    const failures: string[] = []
    const hangs = () => Object.assign((() => {}) as App, { close: () => close++ })
    const reloadable = await ReloadableApp.load('config:c.ini', {
      relativeTo: folder,
      modules: { m: { hangs } },
      drainSeconds: 0.01,
      failed: error => failures.push(String(error)),
    })
    const answer = inject(reloadable.app, { url: '/', timeout: 200 })
    answer.catch(() => {})
    await new Promise(setImmediate)
    await reloadable.reload()
    while (!failures.length) await new Promise(resolve => setTimeout(resolve, 5))
    assert.deepEqual(failures, [
      'Error: 1 requests did not end within 0.01 seconds of a reload: what they came to is closed now',
    ])
    assert.equal(close, 1)
    await assert.rejects(answer)
    await reloadable.close()
    assert.equal(close, 2)
  })

  it('does not wait for ever for a tree, and closes what comes of it too late', async () => {
    write(1)
    let isSlow = false
    let close = 0
    const gate = Promise.withResolvers<void>()
    const app = async (): Promise<App> => {
      if (isSlow) await gate.promise
      return Object.assign((_req: Request, res: Response) => void res.end('x'), {
        close: () => close++,
      })
    }
    const reloadable = await ReloadableApp.load('config:c.ini', {
      relativeTo: folder,
      modules: { m: { hangs: app } },
      buildSeconds: 0.25,
    })
    isSlow = true
    await assert.rejects(reloadable.reload(), /the tree was not built within 0.25 seconds/)
    assert.equal(String((await inject(reloadable.app, { url: '/' })).body), 'x')
    gate.resolve()
    while (!close) await new Promise(setImmediate)
    await reloadable.close()
    assert.equal(close, 2)
  })

  it('keeps the old tree where its owner does, and takes another tracer with the new one', async () => {
    write(1)
    const reloadable = await ReloadableApp.load('config:a.ini', { relativeTo: folder })
    const body = async () => {
      const answer = await inject(reloadable.app, { url: '/' })
      return [String(answer.body), typeof answer.headers['server-timing']]
    }
    write(2)
    const refuse = () => {
      throw new Error('not now')
    }
    await assert.rejects(reloadable.reload({ ready: refuse }), /not now/)
    assert.deepEqual(await body(), ['1 1', 'undefined'])
    await reloadable.reload({ tracer: stepTracer({ serverTiming: true }) })
    assert.deepEqual(await body(), ['2 2', 'string'])
    await reloadable.reload()
    assert.deepEqual(await body(), ['2 2', 'string'])
    await reloadable.reload({ tracer: null })
    assert.deepEqual(await body(), ['2 2', 'undefined'])
    await reloadable.close()
  })

  it('imports modules again only when one of them has changed, or failed', async () => {
    const module = (word: string) =>
      writeFileSync(
        join(folder, 'counted.mjs'),
        `globalThis.imports = (globalThis.imports ?? 0) + 1
         if (globalThis.imports === 3) throw new Error('at first')
         export const app = () => (req, res) => res.end('${word}')`,
      )
    module('a')
    const text = (more = '') =>
      writeFileSync(
        join(folder, 'd.ini'),
        `[app:main]\npaste.app_factory = ./counted.mjs:app\n${more}`,
      )
    text()
    const imports = () => Reflect.get(globalThis, 'imports')
    const reloadable = await ReloadableApp.load('config:d.ini', { relativeTo: folder })
    text('x = y\n')
    await reloadable.reload()
    assert.equal(imports(), 1)
    module('b')
    await reloadable.reload()
    assert.equal(imports(), 2)
    module('c')
    await assert.rejects(reloadable.reload(), /at first/)
    await reloadable.reload()
    assert.equal(imports(), 4)
    assert.equal(String((await inject(reloadable.app, { url: '/' })).body), 'c')
    await reloadable.close()
  })

  it('takes CommonJS anew, what it requires among it', async () => {
    const word = (text: string) =>
      writeFileSync(join(folder, 'word.cjs'), `module.exports = '${text}'`)
    word('a')
    writeFileSync(
      join(folder, 'app.cjs'),
      "const word = require('./word.cjs'); exports.app = () => (req, res) => res.end(word)",
    )
    writeFileSync(join(folder, 'e.ini'), '[app:main]\npaste.app_factory = ./app.cjs:app\n')
    const reloadable = await ReloadableApp.load('config:e.ini', { relativeTo: folder })
    const body = async () => String((await inject(reloadable.app, { url: '/' })).body)
    assert.equal(await body(), 'a')
    word('b')
    await reloadable.reload()
    assert.equal(await body(), 'b')
    assert.deepEqual([...reloadable.files].map(file => basename(file)).toSorted(), [
      'app.cjs',
      'e.ini',
      'word.cjs',
    ])
    await reloadable.close()
  })

  it('knows the files that values are drawn from, there or not', async () => {
    write(1)
    writeFileSync(join(folder, 'word.txt'), 'drawn')
    writeFileSync(
      join(folder, 'f.ini'),
      '[app:main]\npaste.app_factory = ./parts.mjs:app\nini = %(file:word.txt)s\nother = %(file:later.txt:-none)s\n',
    )
    const reloadable = await ReloadableApp.load('config:f.ini', { relativeTo: folder })
    const body = async () => String((await inject(reloadable.app, { url: '/' })).body)
    assert.equal(await body(), 'drawn 1')
    for (const name of ['word.txt', 'later.txt']) {
      assert(reloadable.files.has(join(folder, name)), name)
    }
    writeFileSync(join(folder, 'word.txt'), 'anew')
    await reloadable.reload()
    assert.equal(await body(), 'anew 1')
    await reloadable.close()
  })

  it('knows modules apart that another one has loaded from the same place', async () => {
    write(1)
    const first = await ReloadableApp.load('config:a.ini', { relativeTo: folder })
    write(2)
    const second = await ReloadableApp.load('config:a.ini', { relativeTo: folder })
    assert.equal(String((await inject(second.app, { url: '/' })).body), '2 2')
    assert.equal(String((await inject(first.app, { url: '/' })).body), '1 1')
    await Promise.all([first.close(), second.close()])
  })
})

const heldAnswers = (): Response[] => {
  const held: unknown = Reflect.get(globalThis, 'held')
  return Array.isArray(held) ? held : []
}

const append = (folder: string, name: string, text: string): void =>
  appendFileSync(join(folder, name), text)

/** Ways to break a file, each found at another stage. */
const slips: readonly ((folder: string) => void)[] = [
  folder => append(folder, 'a.ini', 'this is no option\n'),
  folder => append(folder, 'a.ini', '[filter:f]\n'),
  folder => append(folder, 'a.ini', 'use = egg:not-installed-anywhere\n'),
  folder => append(folder, 'parts.mjs', '\n}'),
  folder => append(folder, 'word.mjs', "\nthrow new Error('no word today')"),
  folder => writeFileSync(join(folder, 'a.ini'), ''),
  folder => rmSync(join(folder, 'word.mjs')),
]
