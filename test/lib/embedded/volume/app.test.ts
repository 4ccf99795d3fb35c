import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import request from 'supertest'
import {
  createVolumeApp,
  openVolumes,
  type SourceImage,
  type VolumeState,
} from '../../../../lib/embedded/volume/index.js'
import { ADMIN, DEMO, withUsers } from '../../../support/as-user.js'

const NOWHERE = '00000000-0000-4000-8000-000000000000'
const IMAGE: SourceImage = {
  id: '11111111-2222-4333-8444-555555555555',
  name: 'cirros',
  status: 'active',
  size: 1024,
  minDisk: 2,
  minRam: 64,
  checksum: 'c',
  diskFormat: 'qcow2',
  containerFormat: 'bare',
  properties: { hw_disk_bus: 'scsi' },
}

describe('the embedded volume service', () => {
  let state: VolumeState
  let server: Server
  let failures: unknown[]

  beforeEach(async () => {
    state = await openVolumes(null, async (_context, id) => (id === IMAGE.id ? IMAGE : null))
    failures = []
    const app = createVolumeApp({
      state,
      identityUrl: 'http://id',
      onError: error => failures.push(error),
    })
    server = createServer(withUsers(app)).listen(0)
  })
  afterEach(async () => {
    await new Promise(resolve => server.close(resolve))
    await state.database.close()
    assert.deepEqual(failures, [])
  })

  const call = (
    method: 'get' | 'post' | 'put' | 'delete',
    path: string,
    user = 'demo',
    version = '3.44',
  ) =>
    request(server)
      [method](`/v3${path}`)
      .set('x-auth-token', user)
      .set('openstack-api-version', `volume ${version}`)
  const create = async (volume: object, user = 'demo') =>
    (await call('post', '/volumes', user).send({ volume }).expect(202)).body.volume
  const show = async (id: string) => (await call('get', `/volumes/${id}`)).body.volume
  const act = (id: string, action: object, user = 'demo') =>
    call('post', `/volumes/${id}/action`, user).send(action)

  it('tells its versions to anybody, and the rest to who has a token', async () => {
    const root = await request(server).get('/').expect(300)
    assert.equal(root.body.versions[0].version, '3.70')
    await request(server)
      .get('/v3/volumes')
      .expect(401)
      .expect('www-authenticate', 'Keystone uri="http://id"')
    await call('get', '/volumes', 'demo', '3.71').expect(406)
    await call('get', '/volumes', 'demo', '4').expect(400)
    await call('get', '/volumes').expect('openstack-api-version', 'volume 3.44')
  })

  it('makes volumes, with and without the project in the path', async () => {
    const made = await create({ size: 1, name: 'v', metadata: { a: 'b' } })
    assert.equal(made.status, 'creating')
    const path = `/${DEMO.projectId}/volumes/${made.id}`
    const { body } = await call('get', path, 'demo', '3.0').expect(200)
    const { created_at, links, ...rest } = body.volume
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
    assert.match(links[0].href, new RegExp(`/v3/${DEMO.projectId}/volumes/${made.id}$`))
    assert.deepEqual(rest, {
      id: made.id,
      status: 'available',
      size: 1,
      availability_zone: 'nova',
      updated_at: null,
      name: 'v',
      description: null,
      volume_type: '__DEFAULT__',
      snapshot_id: null,
      source_volid: null,
      metadata: { a: 'b' },
      user_id: DEMO.userId,
      bootable: 'false',
      encrypted: false,
      replication_status: null,
      consistencygroup_id: null,
      multiattach: false,
      attachments: [],
    })
    await call('get', `/${ADMIN.projectId}/volumes`).expect(400)
    await call('get', `/volumes/${NOWHERE}`).expect(404, {
      itemNotFound: { code: 404, message: `Volume ${NOWHERE} could not be found.` },
    })
  })

  it('keeps the volumes of a project to it, but for administrators', async () => {
    const own = await create({ size: 1 }, 'admin')
    await call('get', `/volumes/${own.id}`).expect(404)
    await create({ size: 1 })
    const list = async (query: string, user: string) =>
      (await call('get', `/volumes${query}`, user)).body.volumes.length
    assert.equal(await list('', 'admin'), 1)
    assert.equal(await list('?all_tenants=1', 'admin'), 2)
    assert.equal(await list('?all_tenants=1', 'demo'), 1)
  })

  it('cuts lists into pages, filters and sorts them', async () => {
    const names = ['c', 'a', 'b']
    for (const name of names) await create({ size: 1, name })
    const list = async (query: string) => {
      const { body } = await call('get', `/volumes?${query}`).expect(200)
      return [body.volumes.map(({ name }: { name: string }) => name), body.volumes_links]
    }
    assert.deepEqual((await list(''))[0], ['b', 'a', 'c'])
    assert.deepEqual((await list('sort=name:asc'))[0], ['a', 'b', 'c'])
    assert.deepEqual((await list('name=a'))[0], ['a'])
    const [first, links] = await list('sort=name:asc&limit=2')
    assert.deepEqual(first, ['a', 'b'])
    const next = new URL(links[0].href)
    const { body } = await call('get', `/volumes${next.search}`).expect(200)
    assert.deepEqual(body.volumes[0].name, 'c')
    assert.equal(body.volumes_links, undefined)
    await call('get', `/volumes?marker=${NOWHERE}`).expect(400)
    await call('get', '/volumes?limit=x').expect(400)
  })

  it('makes volumes of images, snapshots and volumes, not smaller than these', async () => {
    const fromImage = await create({ size: 2, imageRef: IMAGE.id })
    assert.equal(fromImage.bootable, 'true')
    assert.deepEqual(fromImage.volume_image_metadata, {
      hw_disk_bus: 'scsi',
      image_id: IMAGE.id,
      image_name: 'cirros',
      checksum: 'c',
      container_format: 'bare',
      disk_format: 'qcow2',
      min_disk: '2',
      min_ram: '64',
      size: '1024',
    })
    const wrong = (volume: object) => call('post', '/volumes').send({ volume }).expect(400)
    await wrong({ size: 1, imageRef: IMAGE.id })
    await wrong({ size: 2, imageRef: NOWHERE })
    await wrong({ imageRef: IMAGE.id })
    const { body } = await call('post', '/snapshots')
      .send({ snapshot: { volume_id: fromImage.id } })
      .expect(202)
    const copy = await create({ snapshot_id: body.snapshot.id })
    assert.equal(copy.size, 2)
    assert.equal(copy.bootable, 'true')
    await wrong({ size: 1, snapshot_id: body.snapshot.id })
    assert.equal((await create({ source_volid: copy.id })).size, 2)
    await wrong({ size: 2, source_volid: copy.id, snapshot_id: body.snapshot.id })
    await call('delete', `/volumes/${fromImage.id}`).expect(400)
    await call('delete', `/volumes/${fromImage.id}?cascade=true`).expect(202)
    await call('get', `/snapshots/${body.snapshot.id}`).expect(404)
  })

  it('refuses what is no volume', async () => {
    for (const volume of [
      {},
      { size: 0 },
      { size: 1.5 },
      { size: 'x' },
      { size: 1, name: 'x'.repeat(256) },
      { size: 1, metadata: { a: 1 } },
      { size: 1, multiattach: 'perhaps' },
    ]) {
      await call('post', '/volumes').send({ volume }).expect(400)
    }
    await call('post', '/volumes').send([]).expect(400)
    await call('post', '/volumes').type('json').send('{').expect(400)
    await call('post', '/volumes')
      .send({ volume: { size: 1, volume_type: 'none' } })
      .expect(404)
  })

  it('counts against quotas that administrators set', async () => {
    const path = `/os-quota-sets/${DEMO.projectId}`
    await call('put', path, 'demo')
      .send({ quota_set: { volumes: 1 } })
      .expect(403)
    await call('put', path, 'admin')
      .send({ quota_set: { volumes: 1, gigabytes: 3 } })
      .expect(200)
    const { id } = await create({ size: 1 })
    const second = await call('post', '/volumes')
      .send({ volume: { size: 1 } })
      .expect(413)
    assert.match(second.body.overLimit.message, /^VolumeLimitExceeded: /)
    await act(id, { 'os-extend': { new_size: 4 } }).expect(413)
    await act(id, { 'os-extend': { new_size: 3 } }).expect(202)
    const usage = await call('get', `${path}?usage=True`).expect(200)
    assert.deepEqual(usage.body.quota_set.gigabytes, { limit: 3, in_use: 3, reserved: 0 })
    const limits = await call('get', '/limits').expect(200)
    assert.equal(limits.body.limits.absolute.totalGigabytesUsed, 3)
  })

  it('gives projects the limits of the default class where they have none of their own', async () => {
    const path = '/os-quota-class-sets/default'
    await call('get', path, 'demo').expect(403)
    await call('put', path, 'admin').send({ quota_set: {} }).expect(400)
    await call('put', path, 'admin')
      .send({ quota_class_set: { class_name: 'default', volumes: 3, groups: 4 } })
      .expect(200)
    const shown = await call('get', path, 'admin').expect(200)
    const { id, volumes, groups, backups } = shown.body.quota_class_set
    assert.deepEqual([id, volumes, groups, backups], ['default', 3, 4, 10])
    const sets = `/os-quota-sets/${DEMO.projectId}`
    await call('put', sets, 'admin')
      .send({ quota_set: { groups: 5 } })
      .expect(200)
    const { body } = await call('get', sets).expect(200)
    assert.deepEqual([body.quota_set.volumes, body.quota_set.groups], [3, 5])
    const defaults = await call('get', `${sets}/defaults`).expect(200)
    assert.deepEqual([defaults.body.quota_set.volumes, defaults.body.quota_set.groups], [3, 4])
  })

  describe('attachments', () => {
    const reserve = (volume: string, instance = NOWHERE) =>
      call('post', '/attachments').send({
        attachment: { volume_uuid: volume, instance_uuid: instance, connector: null },
      })
    const connector = { host: 'one', ip: '192.0.2.1', mountpoint: '/dev/vdb' }

    it('take a volume from available to in-use, and back', async () => {
      const { id } = await create({ size: 1 })
      const { body } = await reserve(id).expect(200)
      const { attachment } = body
      assert.equal(attachment.status, 'reserved')
      assert.deepEqual(attachment.connection_info, {})
      assert.equal((await show(id)).status, 'reserved')
      const path = `/attachments/${attachment.id}`
      await call('post', `${path}/action`).send({ 'os-complete': null }).expect(400)
      const updated = await call('put', path).send({ attachment: { connector } }).expect(200)
      assert.equal(updated.body.attachment.connection_info.volume_id, id)
      assert.equal((await show(id)).status, 'attaching')
      await call('post', `${path}/action`).send({ 'os-complete': null }).expect(204)
      const used = await show(id)
      assert.equal(used.status, 'in-use')
      const [{ attached_at, ...use }] = used.attachments
      assert.match(attached_at, /^\d{4}-/)
      assert.deepEqual(use, {
        id,
        attachment_id: attachment.id,
        volume_id: id,
        server_id: NOWHERE,
        host_name: 'one',
        device: '/dev/vdb',
      })
      await call('delete', `/volumes/${id}`).expect(400)
      await act(id, { 'os-begin_detaching': {} }).expect(202)
      assert.equal((await show(id)).status, 'detaching')
      await act(id, { 'os-roll_detaching': {} }).expect(202)
      assert.equal((await show(id)).status, 'in-use')
      await call('delete', path).expect(200, { attachments: [] })
      assert.equal((await show(id)).status, 'available')
      await call('get', path).expect(404)
    })

    it('are one at a time, but for volumes that are made for more', async () => {
      const { id } = await create({ size: 1 })
      await reserve(id).expect(200)
      await reserve(id).expect(200)
      const other = '11111111-0000-4000-8000-000000000000'
      await reserve(id, other).expect(400)
      const shared = await create({ size: 1, multiattach: true })
      await reserve(shared.id).expect(200)
      await reserve(shared.id, other).expect(200)
    })
  })

  it('does what is asked of a volume by actions', async () => {
    const { id } = await create({ size: 1 })
    await act(id, { 'os-set_bootable': { bootable: true } }).expect(200)
    assert.equal((await show(id)).bootable, 'true')
    await act(id, { 'os-reset_status': { status: 'error' } }).expect(403)
    await act(id, { 'os-reset_status': { status: 'error' } }, 'admin').expect(202)
    assert.equal((await show(id)).status, 'error')
    await act(id, { 'os-extend': { new_size: 2 } }).expect(400)
    await act(id, { 'os-fly': {} }).expect(400)
    await act(id, { 'os-force_delete': {} }).expect(403)
    await act(id, { 'os-force_delete': {} }, 'admin').expect(202)
    await call('get', `/volumes/${id}`).expect(404)
  })

  it('is written over by an image while it is reserved (3.68), and tells compute', async () => {
    const told: unknown[] = []
    const app = createVolumeApp({
      state: { ...state, tell: events => told.push(...events) },
      identityUrl: 'http://id',
    })
    // supertest listens for each request, and closes.
    const telling = createServer(withUsers(app))
    const post = (path: string, body: object, minor: number) =>
      request(telling)
        .post(`/v3${path}`)
        .set('x-auth-token', 'demo')
        .set('openstack-api-version', `volume 3.${minor}`)
        .send(body)
    const { id } = await create({ size: 2 })
    const action = (minor: number, more: object = {}) =>
      post(`/volumes/${id}/action`, { 'os-reimage': { image_id: IMAGE.id, ...more } }, minor)
    await action(67).expect(400)
    const attachment = { volume_uuid: id, instance_uuid: NOWHERE }
    await post('/attachments', { attachment }, 44).expect(200)
    await action(68).expect(400)
    await action(68, { reimage_reserved: true, image_id: NOWHERE }).expect(400)
    assert.deepEqual(told, [])
    await action(68, { reimage_reserved: true }).expect(202)
    const { status, bootable, volume_image_metadata: image } = await show(id)
    assert.deepEqual([status, bootable, image.image_id], ['reserved', 'true', IMAGE.id])
    assert.deepEqual(told, [{ name: 'volume-reimaged', serverUuid: NOWHERE, tag: id }])
  })

  it('has types, and extra specs that make volumes for several servers', async () => {
    const made = await call('post', '/types', 'admin')
      .send({ volume_type: { name: 'shared' } })
      .expect(200)
    const { id } = made.body.volume_type
    await call('post', '/types')
      .send({ volume_type: { name: 'x' } })
      .expect(403)
    await call('post', '/types', 'admin')
      .send({ volume_type: { name: 'shared' } })
      .expect(409)
    await call('post', `/types/${id}/extra_specs`, 'admin')
      .send({ extra_specs: { multiattach: '<is> True' } })
      .expect(200)
    const volume = await create({ size: 1, volume_type: 'shared' })
    assert.equal(volume.multiattach, true)
    await call('delete', `/types/${id}`, 'admin').expect(400)
    const { body } = await call('get', '/types/default').expect(200)
    assert.equal(body.volume_type.name, '__DEFAULT__')
  })
})
