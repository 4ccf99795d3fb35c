import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { addServer, PROJECT_ID } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { contractFile } from '../support/contract.js'

const defaults = {
  cores: 20,
  instances: 10,
  key_pairs: 100,
  metadata_items: 128,
  ram: 51200,
  server_group_members: 10,
  server_groups: 10,
}
const injected = {
  injected_file_content_bytes: 10240,
  injected_file_path_bytes: 255,
  injected_files: 5,
}
const network = {
  fixed_ips: -1,
  floating_ips: -1,
  security_group_rules: -1,
  security_groups: -1,
}

describe('/os-quota-sets', () => {
  const as = eachWithApi()
  const path = `/os-quota-sets/${PROJECT_ID}`

  it('shows limits as each version has them', async () => {
    const id = PROJECT_ID
    for (const [version, quota_set] of [
      ['2.1', { id, ...defaults, ...injected, ...network }],
      ['2.36', { id, ...defaults, ...injected }],
      ['2.57', { id, ...defaults }],
    ] as const) {
      await as('reader', version).get(path).expect(200, { quota_set })
      await as('other', version).get(`${path}/defaults`).expect(200, { quota_set })
    }
    await as('other').get(path).expect(403)
  })

  it('tells what is in use', async () => {
    await addServer(as.current(), { vcpus: 2, memoryMb: 1024 })
    const { body } = await as('reader', '2.57').get(`${path}/detail`).expect(200)
    assert.deepEqual(body.quota_set, {
      id: PROJECT_ID,
      cores: { in_use: 2, limit: 20, reserved: 0 },
      instances: { in_use: 1, limit: 10, reserved: 0 },
      key_pairs: { in_use: 0, limit: 100, reserved: 0 },
      metadata_items: { in_use: 0, limit: 128, reserved: 0 },
      ram: { in_use: 1024, limit: 51200, reserved: 0 },
      server_group_members: { in_use: 0, limit: 10, reserved: 0 },
      server_groups: { in_use: 0, limit: 10, reserved: 0 },
    })
  })

  it('changes limits, of a project and of a user in it, and forgets them', async () => {
    await addServer(as.current(), { vcpus: 2 })
    const put = (quota_set: object, query = '') =>
      as('admin', '2.57').put(`${path}${query}`, { quota_set })
    await as('member').put(path, { quota_set: {} }).expect(403)
    await put({ cores: 5, ram: '-1' }).expect(200, {
      quota_set: { ...defaults, cores: 5, ram: -1 },
    })
    await put({ cores: 1 }).expect(400)
    await put({ cores: 1, force: 'true' }).expect(200)
    await put({ cores: 5 }).expect(200)
    await put({ cores: 6 }, '?user_id=u1').expect(400)
    await put({ cores: 4 }, '?user_id=u1').expect(200, {
      quota_set: { ...defaults, cores: 4, ram: -1 },
    })
    await put({ fixed_ips: 4 }).expect(400)
    const show = async (query = '') =>
      (await as('admin', '2.57').get(`${path}${query}`).expect(200)).body.quota_set.cores
    assert.deepEqual([await show(), await show('?user_id=u1')], [5, 4])
    await as('admin').delete(`${path}?user_id=u1`).expect(202)
    assert.deepEqual([await show(), await show('?user_id=u1')], [5, 5])
    await as('admin').delete(path).expect(202)
    assert.equal(await show(), 20)
  })

  it('keeps limits of classes, of which the default counts', async () => {
    const put = (version: string, quota_class_set: object) =>
      as('admin', version).put('/os-quota-class-sets/default', { quota_class_set })
    const { server_groups: _, server_group_members: __, ...old } = defaults
    await as('member').get('/os-quota-class-sets/default').expect(403)
    await as('admin')
      .get('/os-quota-class-sets/other')
      .expect(200, { quota_class_set: { id: 'other', ...old, ...injected, ...network } })
    await put('2.57', { cores: 7 }).expect(200, { quota_class_set: { ...defaults, cores: 7 } })
    await put('2.57', { injected_files: 7 }).expect(400)
    const { body } = await as('reader').get(path).expect(200)
    assert.equal(body.quota_set.cores, 7)
  })
})

describe('/limits', () => {
  const as = eachWithApi()

  it('has the documents of nova’s samples', async function () {
    for (const [version, sample] of [
      ['2.1', 'limit-get-resp.json'],
      ['2.36', 'v2.36/limit-get-resp.json'],
      ['2.39', 'v2.39/limit-get-resp.json'],
      ['2.57', 'v2.57/limit-get-resp.json'],
    ] as const) {
      const expected = JSON.parse(
        readFileSync(contractFile(this, `rest/samples/limits/${sample}`), 'utf8'),
      )
      await as('reader', version).get('/limits').expect(200, expected)
    }
  })

  it('tells of another project to administrators only', async () => {
    await addServer(as.current())
    const query = `/limits?tenant_id=${PROJECT_ID}`
    await as('other').get(query).expect(403)
    const { body } = await as('admin').get(query).expect(200)
    assert.equal(body.limits.absolute.totalInstancesUsed, 1)
  })
})
