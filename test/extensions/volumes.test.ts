import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { addFlavor } from '../support/servers.js'

const createdAt = '2026-01-02T03:04:05.000000'

describe('/os-volumes and /os-snapshots', () => {
  const as = eachWithApi()

  const document = (id: string, more: object = {}) => ({
    id,
    status: 'available',
    size: 1,
    availabilityZone: 'nova',
    createdAt,
    attachments: [{}],
    displayName: null,
    displayDescription: null,
    volumeType: '__DEFAULT__',
    snapshotId: null,
    metadata: {},
    ...more,
  })

  it('tell of volumes up to 2.35', async () => {
    const { volumes, context } = as.current()
    const { id } = volumes.add({ name: 'data', metadata: { a: 'b' } })
    const shown = document(id, { displayName: 'data', metadata: { a: 'b' } })
    await as('reader')
      .get('/os-volumes')
      .expect(200, { volumes: [shown] })
    await as('reader')
      .get('/os-volumes/detail')
      .expect(200, { volumes: [shown] })
    await as('reader', '2.35').get(`/os-volumes/${id}`).expect(200, { volume: shown })
    const attachment = await volumes.attachmentCreate(context, id, 'a-server')
    await volumes.attachmentUpdate(context, attachment.id, {}, '/dev/vdb')
    await volumes.attachmentComplete(context, attachment.id)
    const { body } = await as('reader').get(`/os-volumes/${id}`)
    assert.deepEqual(body.volume.attachments, [
      { id, volumeId: id, serverId: 'a-server', device: '/dev/vdb' },
    ])
    await as('reader', '2.36').get(`/os-volumes/${id}`).expect(404)
    const unknown = randomUUID()
    await as('reader')
      .get(`/os-volumes/${unknown}`)
      .expect(404, {
        itemNotFound: { code: 404, message: `Volume ${unknown} could not be found.` },
      })
  })

  it('cut lists by offset and limit', async () => {
    const ids = [1, 2, 3].map(() => as.current().volumes.add().id)
    const list = async (query: string) =>
      (await as('reader').get(`/os-volumes?${query}`).expect(200)).body.volumes.map(
        ({ id }: { id: string }) => id,
      )
    assert.deepEqual(await list('limit=2'), ids.slice(0, 2))
    assert.deepEqual(await list('offset=1&limit=1'), ids.slice(1, 2))
    assert.deepEqual(await list('limit=0'), ids)
    await as('reader').get('/os-volumes?limit=-1').expect(400)
  })

  it('make volumes, of snapshots too, and delete them', async () => {
    const make = (volume: object, user: TestUser = 'member') =>
      as(user).post('/os-volumes', { volume })
    const made = await make({ size: '2', display_name: 'v', metadata: { a: 'b' } }).expect(200)
    const { id } = made.body.volume
    assert.deepEqual(
      made.body.volume,
      document(id, { size: 2, displayName: 'v', metadata: { a: 'b' } }),
    )
    assert.match(made.headers.location ?? '', new RegExp(`/v2.1/os-volumes/${id}$`))
    const snapshot = as.current().volumes.addSnapshot({ volumeId: id })
    const copy = await make({ size: 2, snapshot_id: snapshot.id }).expect(200)
    assert.equal(copy.body.volume.snapshotId, snapshot.id)
    await make({ size: 2, snapshot_id: randomUUID() }).expect(404)
    for (const wrong of [{}, { size: 0 }, { size: 'x' }, { size: 1, colour: 'red' }]) {
      await make(wrong).expect(400)
    }
    await make({ size: 1 }, 'reader').expect(403)
    await as('member').delete(`/os-volumes/${id}`).expect(202, '')
    await as('member').delete(`/os-volumes/${id}`).expect(404)
    const used = as.current().volumes.add({ status: 'in-use' })
    await as('member').delete(`/os-volumes/${used.id}`).expect(400)
  })

  it('tell of snapshots, make and delete them', async () => {
    const { id: volumeId } = as.current().volumes.add()
    const make = (snapshot: object) => as('member').post('/os-snapshots', { snapshot })
    const { body } = await make({ volume_id: volumeId, display_name: 's' }).expect(200)
    const shown = {
      id: body.snapshot.id,
      volumeId,
      status: 'available',
      size: 1,
      createdAt,
      displayName: 's',
      displayDescription: null,
    }
    assert.deepEqual(body.snapshot, shown)
    await as('reader')
      .get('/os-snapshots')
      .expect(200, { snapshots: [shown] })
    await as('reader')
      .get('/os-snapshots/detail')
      .expect(200, { snapshots: [shown] })
    await as('reader').get(`/os-snapshots/${shown.id}`).expect(200, { snapshot: shown })
    await as('reader', '2.36').get('/os-snapshots').expect(404)
    const used = as.current().volumes.add({ status: 'in-use' })
    await make({ volume_id: used.id }).expect(400)
    await make({ volume_id: used.id, force: 'true' }).expect(200)
    await make({ volume_id: used.id, force: 'perhaps' }).expect(400)
    await make({ volume_id: randomUUID() }).expect(400)
    await as('member').delete(`/os-snapshots/${shown.id}`).expect(202, '')
    await as('member').delete(`/os-snapshots/${shown.id}`).expect(404)
  })
})

describe('/os-volumes_boot', () => {
  const as = eachWithApi()

  it('is /servers up to 2.102, and gone then', async () => {
    const { uuid } = await addServer(as.current())
    const [alias, real] = await Promise.all(
      ['/os-volumes_boot', '/servers'].map(path => as('member', '2.102').get(`${path}/${uuid}`)),
    )
    assert.equal(alias?.status, 200)
    const withoutLinks = ({ server: { links: _, ...rest } }: { server: { links: unknown } }) => rest
    assert.deepEqual(withoutLinks(alias?.body), withoutLinks(real?.body))
    assert.match(alias?.body.server.links[0].href, new RegExp(`/v2.1/servers/${uuid}$`))
    const { body } = await as('member').get('/os-volumes_boot/detail').expect(200)
    assert.equal(body.servers.length, 1)
    await as('member', '2.103').get('/os-volumes_boot').expect(404)
    await as('member', '2.103').get(`/os-volumes_boot/${uuid}`).expect(404)
    await as('member', '2.103').delete(`/os-volumes_boot/${uuid}`).expect(404)
    await as('member', '2.103')
      .post(`/os-volumes_boot/${uuid}/action`, { 'os-stop': null })
      .expect(404)
    await as('member')
      .put(`/os-volumes_boot/${uuid}`, { server: { name: 'renamed' } })
      .expect(200)
    const stop = { 'os-stop': null }
    await as('member').post(`/os-volumes_boot/${uuid}/action`, stop).expect(409)
    await as('member').post(`/os-volumes_boot/${uuid}/action`, { lock: null }).expect(400)
    await as('member').delete(`/os-volumes_boot/${uuid}`).expect(204)
  })

  it('boots servers from volumes', async () => {
    await addFlavor(as.current())
    const { id } = as.current().volumes.add({ bootable: true })
    const server = {
      name: 'from-volume',
      flavorRef: '1',
      block_device_mapping: [{ volume_id: id, device_name: 'vda' }],
    }
    const { body } = await as('member').post('/os-volumes_boot', { server }).expect(202)
    const [held] = as.current().volumes.held(id)
    assert.equal(held?.serverId, body.server.id)
  })
})
