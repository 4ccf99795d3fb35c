import assert from 'node:assert/strict'
import { PROJECT_ID } from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'

const tiny = { id: '1', name: 'm1.tiny', ram: 512, vcpus: 1, disk: 1 }
const small = { id: '2', name: 'm1.small', ram: 2048, vcpus: 2, disk: 20 }

describe('/flavors', () => {
  const as = eachWithApi({ conf: { api: { max_limit: 2 } } })

  const make = async (...flavors: object[]) => {
    for (const flavor of flavors) await as('admin', '2.61').post('/flavors', { flavor }).expect(200)
  }

  const host = (href: string) => href.replace(/^http:\/\/[^/]+/, '')

  it('shows a flavor as each version has it', async () => {
    await make({ ...tiny, description: 'small' })
    const show = async (version?: string) => {
      const { body } = await as('reader', version).get('/flavors/1').expect(200)
      const { links, ...rest } = body.flavor
      assert.deepEqual(
        links.map(({ rel, href }: { rel: string; href: string }) => [rel, host(href)]),
        [
          ['self', '/v2.1/flavors/1'],
          ['bookmark', '/flavors/1'],
        ],
      )
      return rest
    }
    const base = {
      ...tiny,
      swap: '',
      'OS-FLV-EXT-DATA:ephemeral': 0,
      'OS-FLV-DISABLED:disabled': false,
      'os-flavor-access:is_public': true,
      rxtx_factor: 1,
    }
    assert.deepEqual(await show(), base)
    assert.deepEqual(await show('2.55'), { ...base, description: 'small' })
    assert.deepEqual(await show('2.61'), { ...base, description: 'small', extra_specs: {} })
    assert.deepEqual(await show('2.75'), {
      ...base,
      swap: 0,
      description: 'small',
      extra_specs: {},
    })
    const { rxtx_factor: _, 'OS-FLV-DISABLED:disabled': __, ...latest } = base
    assert.deepEqual(await show('2.102'), {
      ...latest,
      swap: 0,
      description: 'small',
      extra_specs: {},
    })
  })

  it('lists page by page, with a link to the next', async () => {
    await make(tiny, small, { ...tiny, id: '3', name: 'm1.medium' })
    const { body } = await as('reader').get('/flavors?limit=2&sort_key=name').expect(200)
    assert.deepEqual(
      body.flavors.map(({ name }: { name: string }) => name),
      ['m1.medium', 'm1.small'],
    )
    assert.equal(host(body.flavors_links[0].href), '/v2.1/flavors?limit=2&marker=2&sort_key=name')
    const rest = await as('reader').get('/flavors?limit=2&marker=2&sort_key=name').expect(200)
    assert.deepEqual(
      rest.body.flavors.map(({ id }: { id: string }) => id),
      ['1'],
    )
    assert.equal(rest.body.flavors_links, undefined)
    await as('reader').get('/flavors?marker=none').expect(400)
  })

  it('filters by size, and from 2.102 by name', async () => {
    await make(tiny, small)
    const names = async (query: string, version?: string) => {
      const { body } = await as('reader', version).get(`/flavors?${query}`).expect(200)
      return body.flavors.map(({ name }: { name: string }) => name)
    }
    assert.deepEqual(await names('minRam=1000'), ['m1.small'])
    assert.deepEqual(await names('minDisk=1'), ['m1.tiny', 'm1.small'])
    assert.deepEqual(await names('name=m1.tiny'), ['m1.tiny', 'm1.small'])
    assert.deepEqual(await names('name=m1.tiny', '2.102'), ['m1.tiny'])
    await as('reader').get('/flavors?minRam=x').expect(400)
    await as('reader', '2.75').get('/flavors?colour=red').expect(400)
  })

  it('keeps a private flavor from those who were not let use it', async () => {
    await make({ ...tiny, 'os-flavor-access:is_public': false })
    await as('member').get('/flavors/1').expect(404)
    await as('admin').get('/flavors/1/os-flavor-access').expect(200, { flavor_access: [] })
    const access = { flavor_access: [{ flavor_id: '1', tenant_id: PROJECT_ID }] }
    const add = { addTenantAccess: { tenant: PROJECT_ID } }
    await as('member').post('/flavors/1/action', add).expect(403)
    await as('admin').post('/flavors/1/action', add).expect(200, access)
    await as('admin').post('/flavors/1/action', add).expect(409)
    await as('member').get('/flavors/1').expect(200)
    const { body } = await as('member').get('/flavors').expect(200)
    assert.equal(body.flavors.length, 1)
    await as('other').get('/flavors/1').expect(404)
    const remove = { removeTenantAccess: { tenant: PROJECT_ID } }
    await as('admin').post('/flavors/1/action', remove).expect(200, { flavor_access: [] })
    await as('admin').post('/flavors/1/action', remove).expect(404)
    for (const [query, count] of [
      ['', 0],
      ['?is_public=false', 1],
      ['?is_public=None', 1],
    ] as const) {
      const list = await as('admin').get(`/flavors${query}`).expect(200)
      assert.equal(list.body.flavors.length, count, query)
    }
    await as('admin').get('/flavors?is_public=perhaps').expect(400)
  })

  it('says 409 to access on a public flavor, from 2.7', async () => {
    await make(tiny)
    const add = { addTenantAccess: { tenant: PROJECT_ID } }
    await as('admin', '2.7').post('/flavors/1/action', add).expect(409)
    await as('admin').post('/flavors/1/action', add).expect(200)
    await as('admin').get('/flavors/1/os-flavor-access').expect(404)
  })

  it('takes no name or id twice, and no body that breaks the schema', async () => {
    await make(tiny)
    const post = (flavor: object, version?: string) =>
      as('admin', version).post('/flavors', { flavor })
    await post({ ...small, id: '1' }).expect(409)
    await post({ ...small, name: 'm1.tiny' }).expect(409)
    await post({ ...small, description: 'text' }).expect(400)
    await post({ ...small, rxtx_factor: 2 }, '2.102').expect(400)
    await post({ ...small, vcpus: 0 }).expect(400)
    await as('member').post('/flavors', { flavor: small }).expect(403)
    const { body } = await post({ ...small, id: 'auto', ram: '64', rxtx_factor: '2.5' }).expect(200)
    assert.match(body.flavor.id, /^[0-9a-f-]{36}$/)
    assert.equal(body.flavor.ram, 64)
    assert.equal(body.flavor.rxtx_factor, 2.5)
  })

  it('changes a description from 2.55 on, and deletes', async () => {
    await make(tiny)
    const change = { flavor: { description: 'new' } }
    await as('admin').put('/flavors/1', change).expect(404)
    const { body } = await as('admin', '2.55').put('/flavors/1', change).expect(200)
    assert.equal(body.flavor.description, 'new')
    await as('member').delete('/flavors/1').expect(403)
    await as('admin').delete('/flavors/1').expect(202)
    await as('admin').delete('/flavors/1').expect(404)
  })

  it('keeps extra specs as text', async () => {
    await make(tiny)
    const path = '/flavors/1/os-extra_specs'
    const specs = { extra_specs: { 'hw:cpu_policy': 'shared', size: 3 } }
    await as('admin').post(path, specs).expect(200, specs)
    await as('reader')
      .get(path)
      .expect(200, { extra_specs: { 'hw:cpu_policy': 'shared', size: '3' } })
    await as('admin').put(`${path}/size`, { size: '4' }).expect(200, { size: '4' })
    await as('admin').put(`${path}/size`, { other: '4' }).expect(400)
    await as('reader').get(`${path}/size`).expect(200, { size: '4' })
    await as('member').delete(`${path}/size`).expect(403)
    await as('admin').delete(`${path}/size`).expect(200)
    await as('admin').delete(`${path}/size`).expect(404)
    await as('reader').get(`${path}/size`).expect(404)
    const { body } = await as('reader', '2.61').get('/flavors/1').expect(200)
    assert.deepEqual(body.flavor.extra_specs, { 'hw:cpu_policy': 'shared' })
  })
})
