import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { addServer, createTestApi, type TestApi } from '../../lib/testing/index.js'
import { clientOf } from '../support/api.js'
import { stranger } from '../support/servers.js'

const page = readFileSync(
  resolve(import.meta.dirname, '../../../docs/extensions/README.md'),
  'utf8',
)

const root = resolve(import.meta.dirname, '../../..')

/** The blocks of the page's last section, "A whole one". */
const blocksOf = (language: string): string[] => {
  const [, section = ''] = page.split('## A whole one')
  return [...section.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, name]) => name === language)
    .map(([, , text = '']) => text)
}

describe('the extension of docs/extensions/', () => {
  let folder = ''
  let api: TestApi | undefined

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-extension-'))
    const [source] = blocksOf('js')
    assert.ok(source, 'the page has the code of an extension')
    const [, name] = /`\/etc\/nova\/extensions\/([\w-]+\.js)`/.exec(page) ?? []
    assert.ok(name, 'the page says where to save it')
    writeFileSync(join(folder, name), source)
    api = await createTestApi({ extensions: [folder] })
  })
  afterEach(async () => {
    await api?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const apiNow = (): TestApi => {
    assert.ok(api)
    return api
  }

  it('does what the page says', async () => {
    const [commands = ''] = blocksOf('sh')
    const [, body] = /-d '([^']*)'/.exec(commands) ?? []
    const [, answer] = /^# (\{.*\})$/m.exec(commands) ?? []
    assert.ok(body && answer, commands)
    const member = clientOf(apiNow(), 'member')
    const { uuid } = await addServer(apiNow())
    await member.post(`/servers/${uuid}/action`, JSON.parse(body)).expect(202, {})
    await member.get(`/os-server-notes/${uuid}`).expect(200, JSON.parse(answer))
    const { body: shown } = await member.get(`/servers/${uuid}`).expect(200)
    assert.equal(shown.server['notes:count'], 1)
  })

  it('checks what it is told, and who asks', async () => {
    const { uuid } = await addServer(apiNow())
    const member = clientOf(apiNow(), 'member')
    const note = { addNote: { text: 'x' } }
    await member.post(`/servers/${uuid}/action`, { addNote: { text: '' } }).expect(400)
    await member.post(`/servers/${uuid}/action`, { addNote: { text: 'x', by: 'me' } }).expect(400)
    await member.post(`/servers/${stranger()}/action`, note).expect(404)
    await member.get(`/os-server-notes/${stranger()}`).expect(404)
    await clientOf(apiNow(), 'reader').post(`/servers/${uuid}/action`, note).expect(403)
    await clientOf(apiNow(), 'other').get(`/os-server-notes/${uuid}`).expect(404)
    await member.get(`/os-server-notes/${uuid}`).expect(200, { notes: [] })
  })

  it('passes the test that docs/extensions/testing.md writes for it', async function () {
    this.timeout(60_000)
    const text = readFileSync(join(root, 'docs/extensions/testing.md'), 'utf8')
    const [, name = ''] = /`([\w-]+\.test\.mjs)`/.exec(text) ?? []
    const [, source = ''] = /```js\n([\s\S]*?)```/.exec(text) ?? []
    writeFileSync(join(folder, name), source)
    // As in a folder of somebody who has installed the package.
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/kilonova'))
    symlinkSync(join(root, 'node_modules/supertest'), join(folder, 'node_modules/supertest'))
    const mocha = join(root, 'node_modules/.bin/mocha')
    const { stdout } = await promisify(execFile)(mocha, ['--timeout', '20000', name], {
      cwd: folder,
    })
    assert.match(stdout, /\b3 passing\b/)
  })

  it('is listed among the extensions', async () => {
    const { body } = await clientOf(apiNow(), 'reader').get('/extensions/server-notes').expect(200)
    const { alias, name, description } = body.extension
    assert.deepEqual(
      [alias, name, description],
      ['server-notes', 'ServerNotes', 'Notes that people leave on servers.'],
    )
  })
})
