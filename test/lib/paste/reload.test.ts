import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { inject, ReloadableApp } from '../../../lib/paste/index.js'
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
    Reflect.deleteProperty(globalThis, 'closedParts')
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

  it('drops no request and mixes no trees, over a hundred reloads under load', async () => {
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
    for (let number = 1; number <= 100; number++) {
      write(number)
      await reloadable.reload()
    }
    over = true
    await Promise.all(clients)
    await dispatcher.close()
    server.close()
    await once(server, 'close')
    await reloadable.close()
    assert(answered > 100, `only ${answered} answers`)
    assert(seen.size > 20, `only ${seen.size} of the trees were met`)
    const closed: unknown = Reflect.get(globalThis, 'closedParts')
    assert.deepEqual(
      Array.isArray(closed) && closed.map(Number).toSorted((a, b) => a - b),
      Array.from({ length: 101 }, (_, number) => number),
    )
  })
})
