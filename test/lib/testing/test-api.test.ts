import assert from 'node:assert/strict'
import request from 'supertest'
import { addServer, createTestApi, PROJECT_ID, type TestApi } from '../../../lib/testing/index.js'

describe('createTestApi', () => {
  const made: TestApi[] = []
  const create: typeof createTestApi = async options => {
    const api = await createTestApi(options)
    made.push(api)
    return api
  }
  afterEach(async () => {
    for (const api of made.splice(0)) await api.close()
  })

  it('asks for a token, as the pipeline of nova does', async () => {
    const { app, as } = await create()
    await request(app).get('/v2.1/servers').expect(401)
    await request(app)
      .get('/v2.1/servers')
      .set(as('reader', '2.53'))
      .expect('openstack-api-version', 'compute 2.53')
      .expect(200, { servers: [] })
    await request(app).get(`/v2/${PROJECT_ID}/servers`).set(as('reader')).expect(200)
    await request(app).get('/').expect(200)
  })

  it('keeps apart what stands in two of them', async () => {
    const [one, two] = [await create(), await create()]
    const { uuid } = await addServer(one)
    await request(one.app).get(`/v2.1/servers/${uuid}`).set(one.as('reader')).expect(200)
    await request(two.app).get(`/v2.1/servers/${uuid}`).set(two.as('reader')).expect(404)
  })

  it('takes options of nova.conf', async () => {
    const api = await create({ conf: { api: { max_limit: 1 } } })
    await addServer(api)
    await addServer(api)
    const { body } = await request(api.app).get('/v2.1/servers').set(api.as('reader')).expect(200)
    assert.equal(body.servers.length, 1)
    assert.equal(body.servers_links.length, 1)
  })
})
