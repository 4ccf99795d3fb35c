import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { IMAGE_ID } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'

describe('/images', () => {
  const as = eachWithApi()

  it('tells of images as the first API did, up to 2.35', async () => {
    as.current().images.add({
      id: IMAGE_ID,
      name: 'cirros',
      created_at: '2026-01-02T03:04:05.000000',
      updated_at: '2026-01-02T03:04:05.000000',
      properties: { auto_disk_config: 'True', colour: 'red' },
    })
    const { body } = await as('member').get(`/images/${IMAGE_ID}`).expect(200)
    const { links, ...image } = body.image
    assert.deepEqual(
      links.map(({ rel, type }: { rel: string; type?: string }) => [rel, type]),
      [
        ['self', undefined],
        ['bookmark', undefined],
        ['alternate', 'application/vnd.openstack.image'],
      ],
    )
    assert.deepEqual(image, {
      id: IMAGE_ID,
      name: 'cirros',
      minRam: 0,
      minDisk: 0,
      metadata: { auto_disk_config: 'True', colour: 'red' },
      created: '2026-01-02T03:04:05Z',
      updated: '2026-01-02T03:04:05Z',
      status: 'ACTIVE',
      progress: 100,
      'OS-EXT-IMG-SIZE:size': 1024 * 1024,
      'OS-DCF:diskConfig': 'AUTO',
    })
    await as('member').get(`/images/${randomUUID()}`).expect(404)
    await as('member', '2.36').get(`/images/${IMAGE_ID}`).expect(404)
  })

  it('lists by name and page, and deletes', async () => {
    const { images } = as.current()
    images.add({ name: 'other', status: 'queued' })
    const list = async (query: string) =>
      (await as('member').get(`/images/detail?${query}`).expect(200)).body
    const names = ({ images }: { images: { name: string }[] }) => images.map(({ name }) => name)
    assert.deepEqual(names(await list('name=other')), ['other'])
    assert.deepEqual(names(await list('status=ACTIVE')), ['cirros'])
    const page = await list('limit=1')
    assert.match(
      page.images_links[0].href,
      new RegExp(`/images/detail\\?limit=1&marker=${IMAGE_ID}`),
    )
    assert.deepEqual(names(await list(`marker=${IMAGE_ID}`)), ['other'])
    await as('member').get('/images?limit=0').expect(400)
    await as('member').delete(`/images/${IMAGE_ID}`).expect(204)
    await as('member').delete(`/images/${IMAGE_ID}`).expect(404)
  })

  it('changes properties, up to 2.38', async () => {
    const path = `/images/${IMAGE_ID}/metadata`
    const member = as('member', '2.38')
    await member.get(path).expect(200, { metadata: {} })
    await member.post(path, { metadata: { a: '1' } }).expect(200, { metadata: { a: '1' } })
    await member.put(`${path}/b`, { meta: { b: '2' } }).expect(200, { meta: { b: '2' } })
    await member.put(`${path}/b`, { meta: { c: '2' } }).expect(400)
    await member.get(`${path}/b`).expect(200, { meta: { b: '2' } })
    await member.delete(`${path}/a`).expect(204)
    await member.delete(`${path}/a`).expect(404)
    await member.get(path).expect(200, { metadata: { b: '2' } })
    await member.put(path, { metadata: { z: '3' } }).expect(200, { metadata: { z: '3' } })
    await as('member', '2.39').get(path).expect(404)
  })
})
