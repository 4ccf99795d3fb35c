import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import request from 'supertest'
import {
  type App,
  appconfig,
  type FilterFactory,
  type GlobalConf,
  type LoadOptions,
  loadapp,
  PasteError,
} from '../../../lib/paste/index.js'
import { resolvePlan } from '../../../lib/paste/load.js'

const say =
  (text: string): App =>
  (_req, res) => {
    res.end(text)
  }

/** Puts its option `name` before and after what the app says. */
const around: FilterFactory = (_globalConf, localConf) => app => (req, res, next) => {
  res.write(`${localConf.name}(`)
  const end = res.end.bind(res)
  res.end = (text: unknown) => end(`${text})`)
  app(req, res, next)
}

const modules = {
  parts: {
    around,
    hello: () => say('hello'),
    refuse: () => {
      throw new TypeError('no such colour')
    },
    nothing: () => undefined,
  },
}

describe('paste: loading', () => {
  let folder = ''
  const warnings: string[] = []
  const options = (): LoadOptions => ({
    relativeTo: folder,
    modules,
    warn: warning => warnings.push(warning.message.replace(folder, '')),
  })
  const write = (text: string, name = 'a.ini'): void => writeFileSync(join(folder, name), text)
  const refusal = async (uri = 'config:a.ini'): Promise<PasteError> => {
    const error = await loadapp(uri, options()).then(
      () => assert.fail('was loaded'),
      (thrown: unknown) => thrown,
    )
    assert(error instanceof PasteError)
    return error
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
    warnings.length = 0
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('serves a pipeline of express handlers', async () => {
    write(`
[pipeline:main]
pipeline = outer inner hello
[filter:outer]
paste.filter_factory = parts:around
name = o
[filter:inner]
use = outer
name = i
[app:hello]
paste.app_factory = parts:hello
`)
    const app = await loadapp('config:a.ini', options())
    const response = await request(express().use(app)).get('/')
    assert.equal(response.text, 'o(i(hello))')
  })

  it('imports modules beside the ini, by path or by dotted name', async () => {
    write('export const factory = () => (req, res) => res.end("there")', 'there.mjs')
    write(
      '[app:main]\npaste.app_factory = ./there.mjs:factory\n[app:bare]\nuse = call:there:factory',
    )
    for (const uri of ['config:a.ini', 'config:a.ini#bare']) {
      const app = await loadapp(uri, options())
      assert.equal((await request(express().use(app)).get('/')).text, 'there')
    }
  })

  it('tells a missing module, a failing one and a missing export apart', async () => {
    write('throw new Error("out of order")', 'bad.mjs')
    write('export const factory = 1', 'good.mjs')
    write(`[app:main]
paste.app_factory = ./absent.mjs:factory
[app:bad]
paste.app_factory = ./bad.mjs:factory
[app:good]
paste.app_factory = ./good.mjs:factori`)
    assert.match((await refusal()).message, /there is no module '\.\/absent\.mjs'/)
    const bad = await refusal('config:a.ini#bad')
    assert.match(bad.message, /is there .* but fails when it is loaded: out of order/)
    assert.equal((bad.cause as Error).message, 'out of order')
    const good = await refusal('config:a.ini#good')
    assert.deepEqual([good.kind, good.suggestion], ['no-such-export', 'factory'])
  })

  it('finds the entries that an npm package announces', async () => {
    const home = join(folder, 'node_modules/@acme/parts')
    const { mkdirSync } = await import('node:fs')
    mkdirSync(home, { recursive: true })
    writeFileSync(
      join(home, 'package.json'),
      JSON.stringify({
        name: '@acme/parts',
        paste: { 'paste.app_factory': { main: './app.mjs:make' } },
      }),
    )
    writeFileSync(join(home, 'app.mjs'), 'export const make = () => (req, res) => res.end("acme")')
    write('[app:main]\nuse = egg:@acme/parts\n[app:other]\nuse = egg:@acme/parts#mian')
    const app = await loadapp('config:a.ini', options())
    assert.equal((await request(express().use(app)).get('/')).text, 'acme')
    const error = await refusal('config:a.ini#other')
    assert.deepEqual([error.kind, error.suggestion, error.line], ['no-entry-point', 'main', 4])
  })

  it('names file, line, section and the nearest name, marks the place and tells the way', async () => {
    write(`[composite:main]
use = egg:Paste#urlmap
/x = api
[pipeline:api]
pipeline = requst_id hello
[filter:request_id]
paste.filter_factory = parts:around
[app:hello]
paste.app_factory = parts:hello`)
    const error = await refusal()
    const { kind, section, option, line, column, suggestion, chain } = error
    assert.deepEqual(
      { kind, section, option, line, column, suggestion, chain },
      {
        kind: 'no-section',
        section: 'pipeline:api',
        option: 'pipeline',
        line: 5,
        column: 12,
        suggestion: 'request_id',
        chain: ['composite:main', '/x', 'pipeline:api'],
      },
    )
    assert.equal(error.file, join(folder, 'a.ini'))
    assert.equal(error.excerpt, '5 | pipeline = requst_id hello\n  |            ^^^^^^^^^')
    assert.match(error.message, /a\.ini:5: \[pipeline:api\] .*Did you mean 'request_id'\?/)
    assert.match(error.message, /by way of composite:main -> \/x -> pipeline:api$/)
  })

  it('lets an error of a factory through as it is, and says where it comes from', async () => {
    write('[pipeline:main]\npipeline = bad\n[app:bad]\npaste.app_factory = parts:refuse')
    const error = await loadapp('config:a.ini', options()).catch((thrown: unknown) => thrown)
    assert(error instanceof TypeError)
    assert.equal(error.message, 'no such colour')
    assert.deepEqual(
      ['kind', 'section', 'line', 'chain'].map(key => Reflect.get(error, key)),
      ['factory-refused', 'app:bad', 3, ['pipeline:main', 'app:bad']],
    )
    assert.match(
      error.stack ?? '',
      /in \[app:bad\] \(.*a\.ini:3\), by way of pipeline:main -> app:bad$/,
    )
  })

  it('refuses a factory that gives nothing', async () => {
    write('[app:main]\npaste.app_factory = parts:nothing')
    assert.match((await refusal()).message, /'parts:nothing' gave undefined, not an application/)
  })

  it('refuses bytes that are not UTF-8', async () => {
    writeFileSync(join(folder, 'a.ini'), Buffer.from([0x5b, 0xff, 0x5d]))
    assert.equal((await refusal()).kind, 'file-not-readable')
  })

  it('carries symbols to every factory, even where a composite passes no globals on', async () => {
    const key = Symbol('live')
    const seen: unknown[] = []
    const live = {}
    write(
      '[composite:main]\npaste.composite_factory = own:map\n[app:a]\npaste.app_factory = own:app',
      'b.ini',
    )
    write('[composite:main]\npaste.composite_factory = own:map\nchild = config:b.ini')
    const map = async (
      loader: { getApp(name: string): Promise<App> },
      globalConf: GlobalConf,
      local: { child?: string },
    ) => {
      seen.push(globalConf[key])
      return loader.getApp(local.child ?? 'a')
    }
    const app = (globalConf: GlobalConf) => {
      seen.push(globalConf[key])
      return say('')
    }
    await loadapp('config:a.ini', {
      ...options(),
      globalConf: { [key]: live } as GlobalConf,
      modules: { own: { map, app } },
    })
    assert.deepEqual(seen, [live, live, live])
  })

  it('warns of an option that DEFAULT hides, and of a section that looks misspelt', async () => {
    write(`[DEFAULT]
name = d
[filtre:x]
[app:main]
paste.app_factory = parts:hello
name = mine`)
    assert.deepEqual((await appconfig('config:a.ini', options())).localConf, {})
    assert.deepEqual(warnings, [
      "/a.ini:3: [filtre:x] 'filtre' is no kind of section. Did you mean 'filter:x'?",
      "/a.ini:6: [app:main] 'name' is ignored: [DEFAULT] (line 2) has the same name and hides it. To override it write 'set name = mine'",
    ])
  })

  it('keeps, in a plan, where each option stands and what it took the place of', async () => {
    write(`[app:main]
use = base
colour = red
[app:base]
paste.app_factory = parts:hello
colour = blue
size = 1`)
    const plan = await resolvePlan('app', 'config:a.ini', options())
    const told = [...plan.options].map(([key, { value, source, over }]) => [
      key,
      value,
      source?.line,
      over?.value,
      over?.source?.line,
    ])
    assert.deepEqual(told, [
      ['colour', 'red', 3, 'blue', 6],
      ['size', '1', 7, undefined, undefined],
    ])
  })

  it('reads an ini of nested files within the folder of each', async () => {
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(folder, 'sub'))
    write('[app:main]\nuse = config:c.ini\nx = %(here)s', 'sub/b.ini')
    write('[app:main]\npaste.app_factory = parts:hello\ny = %(here)s', 'sub/c.ini')
    write('[app:main]\nuse = config:sub/b.ini')
    const { localConf } = await appconfig('config:a.ini', options())
    assert.deepEqual(localConf, { y: join(folder, 'sub'), x: join(folder, 'sub') })
  })
})
