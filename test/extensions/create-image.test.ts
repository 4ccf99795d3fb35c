import assert from 'node:assert/strict'
import { addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { computeStub } from '../support/compute-stub.js'

describe('createImage and createBackup', () => {
  const as = eachWithApi({
    conf: { quota: { metadata_items: 2 }, api: { glance_link_prefix: 'http://glance' } },
  })
  let compute: Awaited<ReturnType<typeof computeStub>>
  beforeEach(async () => {
    compute = await computeStub(as.current(), {
      snapshot_instance: () => null,
      backup_instance: () => null,
    })
  })
  afterEach(() => compute.stop())

  const server = async (vmState = 'active'): Promise<string> =>
    (await addServer(as.current(), { host: 'one', node: 'one', vmState })).uuid
  const act = (uuid: string, body: object, version = '2.104', user: TestUser = 'member') =>
    as(user, version).post(`/servers/${uuid}/action`, body)
  const daily = { name: 'b', backup_type: 'daily', rotation: 1 }

  it('name the image in the body from 2.45, before by a header', async () => {
    const { body } = await act(await server(), { createImage: { name: 'a' } }).expect(202)
    assert.deepEqual(Object.keys(body), ['image_id'])
    const [method, { image_id: sent }] = await compute.next()
    assert.deepEqual([method, sent], ['snapshot_instance', body.image_id])

    const old = await act(await server(), { createImage: { name: 'a' } }, '2.44').expect(202, '')
    const [, { image_id: id }] = await compute.next()
    assert.equal(old.headers.location, `http://glance/images/${id}`)
  })

  it('tell of a backup that is kept, and how many are', async () => {
    const kept = await act(await server(), { createBackup: daily }, '2.44').expect(202, '')
    const [method, { instance: _, image_id: id, ...args }] = await compute.next()
    assert.deepEqual([method, args], ['backup_instance', { backup_type: 'daily', rotation: 1 }])
    assert.equal(kept.headers.location, `http://glance/images/${id}`)
    const none = await act(await server(), { createBackup: { ...daily, rotation: '0' } }, '2.44')
    assert.deepEqual([none.status, none.headers.location], [202, undefined])
    const { body } = await act(await server(), { createBackup: daily }).expect(202)
    assert.deepEqual(Object.keys(body), ['image_id'])
  })

  it('count metadata against the quota up to 2.38', async () => {
    const metadata = { a: '1', b: '2', c: '3' }
    const uuid = await server()
    await act(uuid, { createImage: { name: 'a', metadata } }, '2.38').expect(403)
    await act(uuid, { createBackup: { ...daily, metadata } }, '2.38').expect(403)
    await act(uuid, { createImage: { name: 'a', metadata } }, '2.39').expect(202)
  })

  it('refuse bad input, states and strangers', async () => {
    const uuid = await server()
    for (const wrong of [{}, { name: '' }, { name: ' a' }, { name: 'a', metadata: { k: 1 } }]) {
      await act(uuid, { createImage: wrong }).expect(400)
      await act(uuid, { createBackup: { ...daily, name: undefined, ...wrong } }).expect(400)
    }
    for (const rotation of [-1, '', 'x', 1.5, null]) {
      await act(uuid, { createBackup: { ...daily, rotation } }).expect(400)
    }
    await act(uuid, { createImage: { name: 'a' } }, '2.104', 'reader').expect(403)
    const error = await server('error')
    await act(error, { createImage: { name: 'a' } }).expect(409, {
      conflictingRequest: {
        code: 409,
        message: `Cannot 'createImage' instance ${error} while it is in vm_state error`,
      },
    })
    await act(error, { createBackup: daily }, '2.104', 'admin').expect(409)
  })
})
