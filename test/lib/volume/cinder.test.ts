import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RequestContext } from '../../../lib/context/index.js'
import {
  createVolumeApp,
  openVolumes,
  type VolumeState,
} from '../../../lib/embedded/volume/index.js'
import {
  CinderConnectionFailed,
  InvalidInput,
  OverQuota,
  SnapshotNotFound,
  VolumeAttachmentNotFound,
  VolumeNotFound,
  VolumeTypeNotFound,
} from '../../../lib/exception/index.js'
import { CinderVolumeApi } from '../../../lib/volume/cinder.js'
import { DEMO, withUsers } from '../../support/as-user.js'

const NOWHERE = '00000000-0000-4000-8000-000000000000'

describe("nova's client of the volume service", () => {
  let state: VolumeState
  let server: Server
  let api: CinderVolumeApi
  let context: RequestContext
  let url = ''

  const clientOf = (conf: object = {}) =>
    new CinderVolumeApi({ catalog_info: 'volumev3::publicURL', http_retries: 0, ...conf })

  before(async () => {
    state = await openVolumes(null)
    server = createServer(withUsers(createVolumeApp({ state }))).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const endpoints = [{ publicURL: `${url}/v3/${DEMO.projectId}`, region: 'RegionOne' }]
    context = new RequestContext({
      ...DEMO,
      authToken: 'demo',
      serviceCatalog: [{ type: 'volumev3', name: 'cinder', endpoints }],
    })
    api = clientOf()
  })
  after(async () => {
    await new Promise(resolve => server.close(resolve))
    await state.database.close()
  })

  it('makes, shows and deletes volumes', async () => {
    const { id } = await api.create(context, { size: 1, name: 'v', metadata: { a: 'b' } })
    const volume = await api.get(context, id)
    assert.deepEqual(
      { ...volume, createdAt: '' },
      {
        id,
        status: 'available',
        size: 1,
        availabilityZone: 'nova',
        createdAt: '',
        name: 'v',
        description: null,
        volumeType: '__DEFAULT__',
        snapshotId: null,
        metadata: { a: 'b' },
        bootable: false,
        multiattach: false,
        migrationStatus: null,
        imageMetadata: {},
        attachments: [],
      },
    )
    assert.deepEqual(
      (await api.getAll(context)).map(one => one.id),
      [id],
    )
    await api.delete(context, id)
    await assert.rejects(api.get(context, id), VolumeNotFound)
  })

  it('attaches in steps, and tells drivers how', async () => {
    const { id } = await api.create(context, { size: 1 })
    const attachment = await api.attachmentCreate(context, id, NOWHERE)
    assert.deepEqual(attachment.connectionInfo, {})
    const { connectionInfo } = await api.attachmentUpdate(
      context,
      attachment.id,
      { host: 'one' },
      '/dev/vdb',
    )
    assert.equal(connectionInfo.driver_volume_type, 'iscsi')
    assert.equal(Object(connectionInfo.data).volume_id, id)
    await api.attachmentComplete(context, attachment.id)
    assert.deepEqual((await api.get(context, id)).attachments, [
      { serverId: NOWHERE, attachmentId: attachment.id, device: '/dev/vdb' },
    ])
    await assert.rejects(api.delete(context, id), InvalidInput)
    await api.beginDetaching(context, id)
    await api.rollDetaching(context, id)
    await api.attachmentDelete(context, attachment.id)
    await assert.rejects(api.attachmentDelete(context, attachment.id), VolumeAttachmentNotFound)
    await api.delete(context, id)
  })

  it('makes snapshots, and tells what is not there', async () => {
    const { id } = await api.create(context, { size: 1 })
    const snapshot = await api.createSnapshot(context, id, {
      name: 's',
      description: null,
      force: false,
    })
    assert.equal((await api.getSnapshot(context, snapshot.id)).volumeId, id)
    assert.equal((await api.getAllSnapshots(context)).length, 1)
    await api.deleteSnapshot(context, snapshot.id)
    await assert.rejects(api.getSnapshot(context, snapshot.id), SnapshotNotFound)
    await api.checkType(context, '__DEFAULT__')
    await assert.rejects(api.checkType(context, 'gold'), VolumeTypeNotFound)
    await assert.rejects(api.create(context, { size: 2000 }), OverQuota)
    await assert.rejects(api.create(context, { size: 0 }), InvalidInput)
  })

  it('finds the service by a template too, and says when it is away', async () => {
    const template = clientOf({ endpoint_template: `${url}/v3/%(project_id)s` })
    assert.ok(Array.isArray(await template.getAll(context)))
    const away = clientOf({ endpoint_template: 'http://127.0.0.1:1/v3/%(project_id)s' })
    await assert.rejects(away.getAll(context), CinderConnectionFailed)
    const nowhere = new RequestContext({ ...DEMO, authToken: 'demo' })
    await assert.rejects(api.getAll(nowhere), CinderConnectionFailed)
    await assert.rejects(api.get(nowhere, NOWHERE), VolumeNotFound)
  })
})
