import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { addServer } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'

describe('/servers/{id}/metadata', () => {
  const as = eachWithApi({ conf: { quota: { metadata_items: 3 } } })

  const server = async (values: Parameters<typeof addServer>[1] = {}) => {
    const { uuid } = await addServer(as.current(), { metadata: { a: '1', b: '2' }, ...values })
    return `/servers/${uuid}/metadata`
  }

  it('shows all, or one', async () => {
    const path = await server()
    await as('reader')
      .get(path)
      .expect(200, { metadata: { a: '1', b: '2' } })
    await as('reader')
      .get(`${path}/a`)
      .expect(200, { meta: { a: '1' } })
    await as('reader').get(`${path}/c`).expect(404)
    await as('reader').get(`/servers/${randomUUID()}/metadata`).expect(404)
    await as('other').get(path).expect(404)
  })

  it('adds, replaces, and takes away', async () => {
    const path = await server()
    await as('reader')
      .post(path, { metadata: { b: '3' } })
      .expect(403)
    await as('member')
      .post(path, { metadata: { b: '3', c: '4' } })
      .expect(200, { metadata: { a: '1', b: '3', c: '4' } })
    await as('member')
      .put(path, { metadata: { x: 'y' } })
      .expect(200, { metadata: { x: 'y' } })
    await as('member')
      .put(`${path}/x`, { meta: { x: 'z' } })
      .expect(200, { meta: { x: 'z' } })
    await as('member')
      .put(`${path}/x`, { meta: { other: 'z' } })
      .expect(400)
    await as('member')
      .put(`${path}/x`, { meta: { x: '1', y: '2' } })
      .expect(400)
    await as('member').delete(`${path}/x`).expect(204)
    await as('member').delete(`${path}/x`).expect(404)
    await as('member').get(path).expect(200, { metadata: {} })
  })

  it('holds the quota', async () => {
    const path = await server()
    const { body } = await as('member')
      .post(path, { metadata: { c: '3', d: '4' } })
      .expect(403)
    assert.equal(body.forbidden.code, 403)
  })

  it('leaves a server alone that is no guest now', async () => {
    const path = await server({ vmState: 'error' })
    await as('member')
      .post(path, { metadata: { c: '3' } })
      .expect(409)
    await as('member').delete(`${path}/a`).expect(409)
  })
})

describe('/servers/{id}/tags', () => {
  const as = eachWithApi()

  it('comes with 2.26', async () => {
    const { uuid } = await addServer(as.current())
    await as('member', '2.25').get(`/servers/${uuid}/tags`).expect(404)
    await as('member', '2.26').get(`/servers/${uuid}/tags`).expect(200, { tags: [] })
  })

  it('sets, tells and takes away tags', async () => {
    const { uuid } = await addServer(as.current())
    const path = `/servers/${uuid}/tags`
    const member = as('member', '2.26')
    const { headers } = await member.put(`${path}/one`).expect(201)
    assert.match(String(headers.location), new RegExp(`/v2\\.1/servers/${uuid}/tags/one$`))
    await member.put(`${path}/one`).expect(204)
    await member.get(`${path}/one`).expect(204)
    await member.get(`${path}/two`).expect(404)
    await member.put(`${path}/a,b`).expect(400)
    await member.put(path, { tags: ['x', 'y', 'x'] }).expect(200, { tags: ['x', 'y'] })
    await member.delete(`${path}/one`).expect(404)
    await member.delete(`${path}/x`).expect(204)
    await as('reader', '2.26').delete(path).expect(403)
    await member.delete(path).expect(204)
    await member.get(path).expect(200, { tags: [] })
    const many = Array.from({ length: 51 }, (_, index) => `t${index}`)
    await member.put(path, { tags: many }).expect(400)
    await member.put(path, { tags: many.slice(1) }).expect(200)
    await member.put(`${path}/more`).expect(400)
  })

  it('changes no tags of a server in error', async () => {
    const { uuid } = await addServer(as.current(), { vmState: 'error' })
    await as('member', '2.26').put(`/servers/${uuid}/tags/one`).expect(409)
  })
})
