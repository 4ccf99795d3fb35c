import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { defaultConf } from '../../../lib/conf/index.js'
import { RequestContext } from '../../../lib/context/index.js'
import { createImageApp, type ImageState, openImages } from '../../../lib/embedded/image/index.js'
import {
  GlanceConnectionFailed,
  ImageBadRequest,
  ImageNotAuthorized,
  ImageNotFound,
} from '../../../lib/exception/index.js'
import { GlanceImageApi } from '../../../lib/image/glance.js'
import { imageFromV2 } from '../../../lib/image/translate.js'
import { NeutronNetworkApi } from '../../../lib/network/neutron-api.js'
import { ADMIN, DEMO, withUsers } from '../../support/as-user.js'

const NOWHERE = '00000000-0000-4000-8000-000000000000'

describe('the client of Glance', () => {
  let state: ImageState
  let server: Server
  let api: GlanceImageApi
  let url: string
  const admin = new RequestContext({ ...ADMIN, authToken: 'admin' })
  const demo = new RequestContext({ ...DEMO, authToken: 'demo' })

  beforeEach(async () => {
    state = await openImages(null)
    server = createServer(withUsers(createImageApp({ state }))).listen(0)
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    api = new GlanceImageApi({ endpoint_override: url, num_retries: 0 })
  })

  afterEach(async () => {
    await api.close()
    await new Promise(resolve => server.close(resolve))
    await state.close()
  })

  it('creates, uploads, reads and deletes', async () => {
    const made = await api.create(
      demo,
      {
        name: 'snap',
        is_public: false,
        disk_format: 'raw',
        container_format: 'bare',
        min_disk: 1,
        properties: { instance_uuid: NOWHERE, block_device_mapping: [{ boot_index: 0 }] },
      },
      Readable.from([Buffer.from('data')]),
    )
    const { id, created_at, updated_at, checksum, os_hash_value, ...rest } = made
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000$/)
    assert.equal(updated_at.length, created_at.length)
    assert.equal(checksum, '8d777f385d3dfec8815d20f7496026dc')
    assert.equal(os_hash_value?.length, 128)
    assert.deepEqual(rest, {
      properties: { instance_uuid: NOWHERE, block_device_mapping: [{ boot_index: 0 }] },
      deleted: false,
      deleted_at: null,
      disk_format: 'raw',
      container_format: 'bare',
      name: 'snap',
      is_public: false,
      size: 4,
      status: 'active',
      min_ram: 0,
      min_disk: 1,
      owner: DEMO.projectId,
      os_hidden: false,
      os_hash_algo: 'sha512',
    })
    assert.equal(await text(await api.download(demo, id)), 'data')
    const changed = await api.update(
      demo,
      id,
      { name: 'n', properties: { k: 'v' } },
      { purgeProps: true },
    )
    assert.deepEqual(changed.properties, { k: 'v' })
    assert.equal(changed.name, 'n')
    await api.delete(demo, id)
    await assert.rejects(api.get(demo, id), ImageNotFound)
  })

  it('lists all pages, or as many as asked for', async () => {
    for (let i = 0; i < 103; i++) await api.create(demo, { name: `i${i % 2}` })
    assert.equal((await api.list(demo)).length, 103)
    assert.equal((await api.list(demo, { filters: { name: 'i1' } })).length, 51)
    assert.equal((await api.list(demo, { limit: 7 })).length, 7)
  })

  it('tells refusals by nova’s exceptions', async () => {
    const { id } = await api.create(admin, { name: 'p', is_public: true })
    await assert.rejects(api.get(demo, 'no such'), {
      name: 'ImageNotFound',
      message: 'Image no such could not be found.',
    })
    await assert.rejects(api.delete(demo, id), ImageNotAuthorized)
    await assert.rejects(api.create(demo, { name: 'x', disk_format: 'floppy' }), ImageBadRequest)
    const nobody = new RequestContext({ ...DEMO, authToken: 'expired' })
    await assert.rejects(api.get(nobody, id), ImageNotAuthorized)
    await assert.rejects(api.get(new RequestContext(DEMO), id), ImageNotAuthorized)
  })

  it('finds the service in the caller’s catalog', async () => {
    const cataloged = new GlanceImageApi({ region_name: 'RegionOne' })
    const shapes = [
      { interface: 'public', region: 'RegionOne', url },
      { publicURL: url, region: 'RegionOne' },
    ]
    for (const endpoint of shapes) {
      const context = demo.with({ serviceCatalog: [{ type: 'image', endpoints: [endpoint] }] })
      assert.deepEqual(await cataloged.list(context), [])
    }
    await assert.rejects(cataloged.list(demo), GlanceConnectionFailed)
    await cataloged.close()
  })

  it('tells that the service is not there', async () => {
    const gone = new GlanceImageApi(
      { endpoint_override: 'http://127.0.0.1:1' },
      { retryDelayMs: 1 },
    )
    await assert.rejects(gone.get(demo, NOWHERE), {
      name: 'GlanceConnectionFailed',
      message: /^Connection to glance host http:\/\/127\.0\.0\.1:1 failed: .*ECONNREFUSED/,
    })
    await gone.close()
  })

  it('does not wait for ever', async () => {
    const silent = createServer(() => {}).listen(0)
    const { port } = silent.address() as AddressInfo
    const patient = new GlanceImageApi(
      { endpoint_override: `http://127.0.0.1:${port}`, num_retries: 0 },
      { timeoutMs: 50 },
    )
    await assert.rejects(patient.get(demo, NOWHERE), GlanceConnectionFailed)
    silent.closeAllConnections()
    await new Promise(resolve => silent.close(resolve))
  })
})

describe('an image of Glance', () => {
  it('becomes nova’s dict, in its order', () => {
    const image = imageFromV2({
      name: 'tiny',
      disk_format: 'raw',
      container_format: 'bare',
      visibility: 'public',
      size: 3584,
      virtual_size: 3584,
      status: 'active',
      checksum: 'c',
      protected: false,
      min_ram: 0,
      min_disk: 0,
      owner: 'o',
      os_hidden: false,
      os_hash_algo: 'sha512',
      os_hash_value: 'h',
      id: 'i',
      created_at: '2026-11-20T19:04:42Z',
      updated_at: '2026-11-20T19:04:42Z',
      tags: [],
      self: '/v2/images/i',
      file: '/v2/images/i/file',
      schema: '/v2/schemas/image',
    })
    assert.equal(
      JSON.stringify(image),
      '{"properties":{},"deleted":false,"deleted_at":null,"disk_format":"raw","container_format":"bare","name":"tiny","checksum":"c","is_public":true,"size":3584,"status":"active","min_ram":0,"min_disk":0,"owner":"o","os_hidden":false,"os_hash_algo":"sha512","os_hash_value":"h","id":"i","created_at":"2026-11-20T19:04:42.000000","updated_at":"2026-11-20T19:04:42.000000"}',
    )
  })
})

const text = async (stream: Readable): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

describe('the options of nova.conf', () => {
  it('are what the clients take', async () => {
    const conf = defaultConf({
      glance: { api_servers: ['http://127.0.0.1:1/v2/'], num_retries: 0 },
      neutron: { http_retries: 0 },
    })
    const glance = new GlanceImageApi(conf.glance)
    const context = new RequestContext({ ...DEMO, authToken: 'demo' })
    await assert.rejects(glance.get(context, NOWHERE), /glance host http:\/\/127\.0\.0\.1:1 failed/)
    await glance.close()
    await new NeutronNetworkApi(conf.neutron).close()
  })
})
