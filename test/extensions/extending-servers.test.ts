import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RequestSpec } from '../../lib/objects/index.js'
import { addServer, createTestApi, IMAGE_ID, type TestApi } from '../../lib/testing/index.js'
import { clientOf } from '../support/api.js'
import { MemoryLog } from '../support/log.js'
import { addFlavor, bootOf } from '../support/servers.js'

/** Marks every document of a server before and after, and fails when the server is called so. */
const source = `
const named = server => (Array.isArray(server) ? server[0] : server)?.displayName
class Marks {
  static wsgi = {
    ...Object.fromEntries(['index', 'detail', 'show', 'create', 'update'].map(name => [name, { extends: name }])),
    rebuild: { extends: { action: 'rebuild' } },
    around: { extends: 'show' },
    old: { extends: 'show', apiVersion: ['2.1', '2.8'] },
    declared: { extends: 'show', expectedErrors: [409] },
  }
  #mark(resp, subject) {
    const { server, servers } = resp.obj
    for (const one of servers ?? [server]) one['mark:after'] = named(subject)
  }
  index(_req, resp, subject) { this.#mark(resp, subject) }
  detail(_req, resp, subject) { this.#mark(resp, subject) }
  show(_req, resp, subject) { this.#mark(resp, subject) }
  create(_req, resp, subject) { this.#mark(resp, subject) }
  update(_req, resp, subject) { this.#mark(resp, subject) }
  rebuild(_req, resp, subject) { this.#mark(resp, subject) }
  async *around(req) {
    if (req.get('x-instead')) yield { instead: true }
    const resp = yield
    resp.obj.server['mark:around'] = typeof resp.obj.server.id
  }
  old(_req, resp) { resp.obj.server['mark:old'] = true }
  declared(_req, _resp, server) {
    if (server.displayName === 'conflict') throw new this.Fault(409, 'conflictingRequest', 'not now')
    if (server.displayName === 'broken') throw new Error('a secret')
  }
  constructor() { this.Fault = globalThis[Symbol.for('kilonova.test.Fault')] }
}
export const extension = { alias: 'marks', description: 'marks servers', controllerExtensions: { servers: Marks } }
`

describe('an extension of the documents of servers', () => {
  const KEY = Symbol.for('kilonova.test.Fault')
  let folder = ''
  let api: TestApi
  let log: MemoryLog

  const open = async (conf = {}) => {
    log = new MemoryLog()
    api = await createTestApi({ extensions: [folder], log, conf })
  }

  beforeEach(async () => {
    const { Fault } = await import('../../lib/wsgi/index.js')
    Object.defineProperty(globalThis, KEY, { value: Fault, configurable: true })
    folder = mkdtempSync(join(tmpdir(), 'kilonova-marks-'))
    writeFileSync(join(folder, 'marks.mjs'), source)
  })
  afterEach(async () => {
    await api.close()
    rmSync(folder, { recursive: true })
    Reflect.deleteProperty(globalThis, KEY)
  })

  it('adds to each of them: index, detail, show, create, update, rebuild', async () => {
    await open()
    await addFlavor(api)
    const placed = { host: 'host1', node: 'host1', imageRef: IMAGE_ID }
    const { uuid, flavor } = await addServer(api, { displayName: 'web', ...placed })
    const asked = { numInstances: 1, availabilityZone: null, schedulerHints: null }
    await new RequestSpec(api.context, { instanceUuid: uuid, flavor, ...asked }).create()
    const member = clientOf(api, 'member')
    const path = `/servers/${uuid}`
    for (const list of ['/servers', '/servers/detail']) {
      const { body } = await member.get(list).expect(200)
      assert.equal(body.servers[0]['mark:after'], 'web', list)
    }
    const { body: shown } = await member.get(path).expect(200)
    assert.deepEqual(marksOf(shown), { after: 'web', around: 'string', old: true })
    const { body: updated } = await member.put(path, { server: { name: 'db' } }).expect(200)
    assert.deepEqual(marksOf(updated), { after: 'db' })
    const { body: made } = await bootOf(api)().expect(202)
    assert.deepEqual(marksOf(made), { after: 'web' })
    const rebuild = { rebuild: { imageRef: IMAGE_ID } }
    const { body: rebuilt } = await member.post(`${path}/action`, rebuild).expect(202)
    assert.deepEqual(marksOf(rebuilt), { after: 'db' })
  })

  it('keeps to its window, and may answer in place of the core', async () => {
    await open()
    const { uuid } = await addServer(api, { displayName: 'web' })
    const later = clientOf(api, 'member', '2.9')
    const { body } = await later.get(`/servers/${uuid}`).expect(200)
    assert.deepEqual(marksOf(body), { after: 'web', around: 'string' })
    await later.get(`/servers/${uuid}`).set('x-instead', '1').expect(200, { instead: true })
  })

  it('fails as a method of the core would: what it declares is told, the rest is not', async () => {
    await open()
    const show = async (displayName: string) => {
      const { uuid } = await addServer(api, { displayName })
      return clientOf(api, 'member').get(`/servers/${uuid}`)
    }
    const conflict = await show('conflict')
    assert.deepEqual(
      [conflict.status, conflict.body],
      [409, { conflictingRequest: { code: 409, message: 'not now' } }],
    )
    const broken = await show('broken')
    assert.equal(broken.status, 500)
    assert.equal(broken.text.includes('secret'), false)
    assert.match(log.texts('error').join('\n'), /Marks\.declared failed/)
  })

  it('is gone when it is switched off', async () => {
    await open({ api: { extensions_disabled: ['marks'] } })
    const { uuid } = await addServer(api)
    const { body } = await clientOf(api, 'member').get(`/servers/${uuid}`).expect(200)
    assert.deepEqual(marksOf(body), {})
  })
})

const marksOf = ({ server }: { server: Record<string, unknown> }): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(server).flatMap(([key, value]) =>
      key.startsWith('mark:') ? [[key.slice('mark:'.length), value]] : [],
    ),
  )
