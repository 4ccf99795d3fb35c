import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { addComputeHost, addServer, IMAGE_ID } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'

describe('/os-aggregates', () => {
  const as = eachWithApi()
  const admin = (version?: string) => as('admin', version)

  const create = async (name: string, zone: string | null = null): Promise<number> => {
    const { body } = await admin()
      .post('/os-aggregates', { aggregate: { name, availability_zone: zone } })
      .expect(200)
    return body.aggregate.id
  }
  const act = (id: number, name: string, value: object) =>
    admin().post(`/os-aggregates/${id}/action`, { [name]: value })

  it('are made with a name and a zone, and told with their uuid from 2.41', async () => {
    const { body } = await admin('2.41').post('/os-aggregates', {
      aggregate: { name: 'fast', availability_zone: 'north' },
    })
    const { id, uuid, created_at } = body.aggregate
    assert.match(uuid, /^[0-9a-f-]{36}$/)
    const times = { created_at, updated_at: null, deleted_at: null, deleted: false }
    const document = { id, uuid, name: 'fast', ...times, availability_zone: 'north' }
    assert.deepEqual(body.aggregate, document)
    await admin('2.41')
      .get(`/os-aggregates/${id}`)
      .expect(200, {
        aggregate: { ...document, hosts: [], metadata: { availability_zone: 'north' } },
      })
    const { uuid: _, ...older } = document
    await admin('2.40')
      .get('/os-aggregates')
      .expect(200, {
        aggregates: [{ ...older, hosts: [], metadata: { availability_zone: 'north' } }],
      })
  })

  it('are for administrators, and known by whole numbers', async () => {
    const rule = 'os_compute_api:os-aggregates:index'
    await as('member')
      .get('/os-aggregates')
      .expect(403, {
        forbidden: { code: 403, message: `Policy doesn't allow ${rule} to be performed.` },
      })
    await admin()
      .get('/os-aggregates/fast')
      .expect(400, {
        badRequest: { code: 400, message: "an aggregate's id is a whole number, not 'fast'" },
      })
    await admin()
      .get('/os-aggregates/99')
      .expect(404, { itemNotFound: { code: 404, message: 'Aggregate 99 could not be found.' } })
  })

  it('have names of their own, and zones without a colon', async () => {
    await create('fast')
    await admin()
      .post('/os-aggregates', { aggregate: { name: 'fast' } })
      .expect(409, {
        conflictingRequest: { code: 409, message: 'Aggregate fast already exists.' },
      })
    await admin()
      .post('/os-aggregates', { aggregate: { name: 'b', availability_zone: 'a:b' } })
      .expect(400)
  })

  it('take hosts that there are, once, and give them back', async () => {
    await addComputeHost(as.current(), 'rack1')
    const id = await create('fast')
    const added = await act(id, 'add_host', { host: 'rack1' }).expect(200)
    assert.deepEqual(added.body.aggregate.hosts, ['rack1'])
    await act(id, 'add_host', { host: 'rack1' }).expect(409)
    await act(id, 'add_host', { host: 'rack9' }).expect(404, {
      itemNotFound: { code: 404, message: 'Compute host rack9 could not be found.' },
    })
    await admin().delete(`/os-aggregates/${id}`).expect(400)
    const removed = await act(id, 'remove_host', { host: 'rack1' }).expect(200)
    assert.deepEqual(removed.body.aggregate.hosts, [])
    await act(id, 'remove_host', { host: 'rack1' }).expect(404)
    await admin().delete(`/os-aggregates/${id}`).expect(200, '')
    await admin().get(`/os-aggregates/${id}`).expect(404)
  })

  it('keep a host in one zone, and in it while it has servers', async () => {
    const api = as.current()
    await addComputeHost(api, 'rack1')
    const north = await create('n', 'north')
    const south = await create('s', 'south')
    await act(north, 'add_host', { host: 'rack1' }).expect(200)
    await act(south, 'add_host', { host: 'rack1' }).expect(409)
    await addServer(api, { host: 'rack1', node: 'rack1' })
    await act(north, 'remove_host', { host: 'rack1' }).expect(409)
    await admin()
      .put(`/os-aggregates/${north}`, { aggregate: { availability_zone: 'west' } })
      .expect(409)
    const { body } = await admin()
      .put(`/os-aggregates/${north}`, { aggregate: { name: 'renamed' } })
      .expect(200)
    assert.equal(body.aggregate.name, 'renamed')
  })

  it('have metadata, of which null removes a key', async () => {
    const id = await create('fast')
    const set = (metadata: object) => act(id, 'set_metadata', { metadata }).expect(200)
    assert.deepEqual((await set({ ssd: 'true', x: 'y' })).body.aggregate.metadata, {
      ssd: 'true',
      x: 'y',
    })
    assert.deepEqual((await set({ x: null })).body.aggregate.metadata, { ssd: 'true' })
  })

  it('have images fetched ahead by the conductor, from 2.81 on', async () => {
    const id = await create('fast')
    const fetch = (images: readonly string[], version = '2.81') =>
      admin(version).post(`/os-aggregates/${id}/images`, { cache: images.map(id => ({ id })) })
    await fetch([IMAGE_ID]).expect(202, '')
    await fetch([IMAGE_ID], '2.80').expect(404)
    await fetch([IMAGE_ID, IMAGE_ID]).expect(400)
    await fetch(['x']).expect(400)
    await fetch([]).expect(400)
    await fetch([randomUUID()]).expect(404)
    await admin('2.81')
      .post('/os-aggregates/99/images', { cache: [{ id: IMAGE_ID }] })
      .expect(404)
    await as('member', '2.81')
      .post(`/os-aggregates/${id}/images`, { cache: [{ id: IMAGE_ID }] })
      .expect(403)
  })
})
