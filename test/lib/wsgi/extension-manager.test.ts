import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExtensionManager } from '../../../lib/wsgi/index.js'
import { serveApi } from '../../support/wsgi.js'

describe('wsgi: the extension manager', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'extensions-'))
    await writeFile(join(folder, 'package.json'), '{"type": "module"}')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const write = async (name: string, text: string) => {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const module = (alias: string) =>
    `export const extension = { alias: '${alias}', description: 'for this test' }`

  it('finds the modules of a folder and the index of folders in it, in order of alias', async () => {
    await write('b.js', module('os-b'))
    await write('a/index.js', module('os-a'))
    await write('a/schema.js', 'export const schema = {}')
    await write('c.mjs', module('UPPER'))
    await write('b.test.js', 'throw new Error("not an extension")')
    await write('b.d.ts', 'nothing')
    const manager = await ExtensionManager.load([folder])
    assert.deepEqual(
      manager.extensions.map(({ alias }) => alias),
      ['UPPER', 'os-a', 'os-b'],
    )
    assert.equal(manager.isLoaded('os-a'), true)
    assert.equal(manager.isLoaded('os-c'), false)
  })

  it('refuses an alias that two have, naming both files', async () => {
    await write('a.js', module('same'))
    await write('b.js', module('same'))
    await assert.rejects(ExtensionManager.load([folder]), {
      message: `two extensions have the alias 'same': ${folder}/a.js and ${folder}/b.js`,
    })
  })

  it('refuses a module that is no extension, naming it', async () => {
    const cases = [
      ['export const x = 1', "exports no 'extension': expected { alias, description, … }"],
      [
        "export const extension = { alias: '', description: 'x' }",
        `: 'alias' must be a text that is not empty, got ""`,
      ],
      [
        "export const extension = { alias: 'a', description: 'x', resource: [] }",
        ": 'resource' means nothing; known are alias, name, description, listed, resources, controllerExtensions",
      ],
      ["throw new Error('broken')", ' cannot be loaded: broken'],
    ] as const
    for (const [index, [text, message]] of cases.entries()) {
      const file = `case${index}.js`
      await write(file, text)
      await assert.rejects(
        ExtensionManager.load([folder]),
        (error: Error) =>
          error.message.replace(/ (?=exports)/, ' ') ===
          `extension ${join(folder, file)}${message.startsWith('exports') ? ' ' : ''}${message}`,
      )
      await rm(join(folder, file))
    }
    await assert.rejects(
      ExtensionManager.load([join(folder, 'absent')]),
      /^Error: the extensions folder .*absent cannot be read: ENOENT/,
    )
  })

  it('answers 404 to what an extension that is switched off would serve, and does not make it', async () => {
    await write(
      'notes.js',
      `class Notes {
         static wsgi = { stamp: { action: 'stamp' } }
         constructor() { throw new Error('made') }
         index() {}
         stamp() {}
       }
       export const extension = {
         alias: 'notes',
         description: 'Notes.',
         resources: [{ collection: 'notes', controller: Notes }],
         controllerExtensions: { letters: Notes },
       }`,
    )
    const { extensions, disabled } = await ExtensionManager.load<object>([folder], {
      disabled: ['notes'],
    })
    class Letters {
      index() {
        return {}
      }
    }
    const { client, router } = serveApi({
      services: {},
      coreResources: [{ collection: 'letters', controller: Letters }],
      extensions,
      disabled,
      knownRoutes: [
        { method: 'GET', path: '/notes', min: 1 },
        { method: 'POST', path: '/notes', min: 1 },
        { method: 'POST', path: '/letters/:id/action', action: 'stamp', min: 1 },
        { method: 'POST', path: '/letters/:id/action', action: 'seal', min: 1 },
      ],
    })
    await client.get('/notes').expect(404)
    await client.post('/notes').expect(501)
    await client.post('/notes/n/action').send({ stamp: 1 }).expect(404)
    await client.post('/letters/l/action').send({ stamp: 1 }).expect(404)
    await client.post('/letters/l/action').send({ seal: 1 }).expect(501)
    await client.get('/letters').expect(200)
    assert.deepEqual(
      router.routes.map(({ method, path, action }) => [method, path, action]),
      [
        ['GET', '/letters', null],
        ['POST', '/letters/:id/action', 'seal'],
        ['POST', '/notes', null],
      ],
    )
  })

  it('refuses to switch off what is not there', async () => {
    await write('a.js', module('os-abc'))
    await assert.rejects(ExtensionManager.load([folder], { disabled: ['os-abd'] }), {
      message:
        "[api] extensions_disabled names 'os-abd', which no extension is called. Did you mean 'os-abc'?",
    })
    await assert.rejects(ExtensionManager.load([folder], { disabled: ['something'] }), {
      message:
        "[api] extensions_disabled names 'something', which no extension is called. There are: os-abc",
    })
  })

  it('brings resources of plain JavaScript into the API', async () => {
    await write(
      'notes.js',
      `class NotesController {
         static wsgi = { create: { response: 201 }, stamp: { action: 'stamp', response: 202 } }
         index() { return { notes: [] } }
         create(req) { return { note: req.body, server: req.params.server_id } }
         stamp() {}
         recent() { return { recent: [] } }
         size(req) { return { size: req.params.id } }
       }
       export const extension = {
         alias: 'notes',
         description: 'Notes on servers.',
         resources: [{
           collection: 'notes',
           controller: NotesController,
           parent: { memberName: 'server', collectionName: 'servers' },
           collectionActions: { recent: 'GET' },
           memberActions: { size: 'GET' },
           routes: [['GET', '/all-notes', 'index']],
         }],
       }`,
    )
    const { extensions } = await ExtensionManager.load<object>([folder])
    const { client } = serveApi({ services: {}, coreResources: [], extensions })
    await client.get('/servers/s/notes').expect(200, { notes: [] })
    await client
      .post('/servers/s/notes')
      .send({ a: 1 })
      .expect(201, { note: { a: 1 }, server: 's' })
    await client.get('/servers/s/notes/recent').expect(200, { recent: [] })
    await client.get('/servers/s/notes/n/size').expect(200, { size: 'n' })
    await client.post('/servers/s/notes/n/action').send({ stamp: 1 }).expect(202, '')
    await client.get('/abc/all-notes').expect(200, { notes: [] })
    await client.get('/servers/s/notes/n').expect(404)
  })
})
