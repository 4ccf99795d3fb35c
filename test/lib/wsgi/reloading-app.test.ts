import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import request from 'supertest'
import {
  createApiRouter,
  ExtensionManager,
  folderVersion,
  reloadingApp,
} from '../../../lib/wsgi/index.js'
import { anyone, recordingLog } from '../../support/wsgi.js'

describe('wsgi: extensions that change while they serve', () => {
  let folder = ''
  let now = 0
  let errors: string[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'extensions-'))
    await writeFile(join(folder, 'package.json'), '{"type": "module"}')
    now = 0
    errors = []
  })
  afterEach(() => rm(folder, { recursive: true }))

  const write = async (name: string, text: string) => {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }

  /** An extension that tells a text, which stands in a module beside it. */
  const telling = async (word: string) => {
    await write('told/words.js', `export const word = '${word}'; export const asked = { times: 0 }`)
    await write(
      'told/index.js',
      `import { asked, word } from './words.js'
       class ToldController {
         index() { return { word, times: ++asked.times } }
         async show(req) {
           const { gate, began } = globalThis[Symbol.for('kilonova.test')]
           began()
           await gate
           return { word }
         }
       }
       export const extension = {
         alias: 'told', description: 'tells', resources: [{ collection: 'told', controller: ToldController }],
       }`,
    )
  }

  const serve = async () => {
    const app = await reloadingApp({
      version: () => folderVersion(folder),
      load: async () => {
        const { extensions } = await ExtensionManager.load<object>([folder], { changing: [folder] })
        const log = recordingLog()
        return createApiRouter({ services: {}, coreResources: [], extensions, log }).app
      },
      onError: error => errors.push((error as Error).message),
      now: () => now,
    })
    const outer = express().use((req, _res, next) => {
      req.context = anyone()
      next()
    })
    return request(createServer(outer.use(app)))
  }

  it('are served as they are now, with what they import, from the next look on', async () => {
    await telling('one')
    const client = await serve()
    await client.get('/told').expect(200, { word: 'one', times: 1 })
    await telling('another')
    await client.get('/told').expect(200, { word: 'one', times: 2 })
    now = 1000
    await client.get('/told').expect(200, { word: 'another', times: 1 })
  })

  it('keep their state while nothing changes', async () => {
    await telling('one')
    const client = await serve()
    await client.get('/told').expect(200, { word: 'one', times: 1 })
    now = 5000
    await client.get('/told').expect(200, { word: 'one', times: 2 })
  })

  it('stay as they were when the new ones are broken, which is told once', async () => {
    await telling('one')
    const client = await serve()
    await write('told/words.js', 'export const word = ')
    for (now = 1000; now < 4000; now += 1000) {
      await client.get('/told').expect(200)
    }
    assert.equal(errors.length, 1)
    assert.match(errors[0] ?? '', new RegExp(`extension ${folder}/told/index.js cannot be loaded`))
    await telling('mended')
    now += 1000
    await client.get('/told').expect(200, { word: 'mended', times: 1 })
  })

  it('come and go with their files', async () => {
    await telling('one')
    const client = await serve()
    await rm(join(folder, 'told'), { recursive: true })
    now = 1000
    await client.get('/told').expect(404)
    await telling('back')
    now = 2000
    await client.get('/told').expect(200)
  })

  it('end a request under way as they began it', async () => {
    let open = () => {}
    const gate = new Promise<void>(resolve => {
      open = resolve
    })
    let began = () => {}
    const isUnderWay = new Promise<void>(resolve => {
      began = resolve
    })
    const key = Symbol.for('kilonova.test')
    Object.defineProperty(globalThis, key, { value: { gate, began }, configurable: true })
    try {
      await telling('one')
      const client = await serve()
      const waiting = client.get('/told/x').then(({ body }) => body)
      await isUnderWay
      await telling('another')
      now = 1000
      await client.get('/told').expect(200, { word: 'another', times: 1 })
      open()
      assert.deepEqual(await waiting, { word: 'one' })
    } finally {
      Reflect.deleteProperty(globalThis, key)
    }
  })
})
