import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { DevicePathInUse } from '../../lib/exception/index.js'
import { BlockDeviceMapping, type Instance, InstanceActionList } from '../../lib/objects/index.js'
import { addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { withCompute } from '../support/compute-stub.js'

type Values = NonNullable<Parameters<typeof addServer>[1]>

describe('/servers/{id}/os-volume_attachments', () => {
  const as = eachWithApi()

  const server = (values: Values = {}) =>
    addServer(as.current(), { host: 'one', node: 'one', rootDeviceName: '/dev/vda', ...values })
  const pathOf = ({ uuid }: Instance) => `/servers/${uuid}/os-volume_attachments`

  /** A volume that the server has. */
  const attached = async (
    instance: Instance,
    values: NonNullable<ConstructorParameters<typeof BlockDeviceMapping>[1]> = {},
  ) => {
    const { volumes, context } = as.current()
    const { id: volumeId } = volumes.add()
    const { id: attachmentId } = await volumes.attachmentCreate(context, volumeId, instance.uuid)
    await volumes.attachmentUpdate(context, attachmentId, {}, '/dev/vdb')
    await volumes.attachmentComplete(context, attachmentId)
    const bdm = new BlockDeviceMapping(context, {
      instanceUuid: instance.uuid,
      sourceType: 'volume',
      destinationType: 'volume',
      volumeId,
      attachmentId,
      deviceName: '/dev/vdb',
      tag: 'data',
      ...values,
    })
    await bdm.create()
    return { volumeId, attachmentId, bdm }
  }

  /** What a host does when a name is asked for. */
  const reserving = ({ instance, volume_id: volumeId, device, tag }: Record<string, unknown>) => {
    const { context } = as.current()
    const bdm = new BlockDeviceMapping(context, {
      instanceUuid: Object(instance).uuid,
      sourceType: 'volume',
      destinationType: 'volume',
      volumeId: String(volumeId),
      deviceName: String(device ?? '/dev/vdb'),
      tag: tag === null ? null : String(tag),
    })
    return bdm.create().then(() => bdm)
  }

  const attach = (
    instance: Instance,
    volumeAttachment: object,
    version = '2.1',
    user: TestUser = 'member',
  ) => as(user, version).post(pathOf(instance), { volumeAttachment })

  it('are listed and shown with what the version tells of them', async () => {
    const instance = await server()
    const { volumeId, attachmentId, bdm } = await attached(instance)
    const known = { serverId: instance.uuid, volumeId, device: '/dev/vdb' }
    const first = { id: volumeId, ...known }
    const show = (version: string) =>
      as('reader', version)
        .get(`${pathOf(instance)}/${volumeId}`)
        .expect(200)
    assert.deepEqual((await show('2.1')).body.volumeAttachment, first)
    assert.deepEqual((await show('2.69')).body.volumeAttachment, first)
    assert.deepEqual((await show('2.70')).body.volumeAttachment, { ...first, tag: 'data' })
    const whole = { ...first, tag: 'data', delete_on_termination: false }
    assert.deepEqual((await show('2.79')).body.volumeAttachment, whole)
    assert.deepEqual((await show('2.88')).body.volumeAttachment, whole)
    const { id: _, ...rest } = whole
    const last = { ...rest, attachment_id: attachmentId, bdm_uuid: bdm.uuid }
    assert.deepEqual((await show('2.89')).body.volumeAttachment, last)
    await as('reader', '2.89')
      .get(pathOf(instance))
      .expect(200, { volumeAttachments: [last] })
    await as('reader')
      .get(`${pathOf(instance)}?offset=1`)
      .expect(200, { volumeAttachments: [] })
    await as('reader', '2.75')
      .get(`${pathOf(instance)}?x=1`)
      .expect(400)
    await as('reader')
      .get(`${pathOf(instance)}/${randomUUID()}`)
      .expect(404)
    await as('other').get(pathOf(instance)).expect(404)
  })

  it('are made: a device reserved, the volume reserved, the host told', async () => {
    const instance = await server()
    const { id: volumeId } = as.current().volumes.add()
    const told: unknown[] = []
    await withCompute(
      as.current(),
      {
        reserve_block_device_name: reserving,
        attach_volume: ({ bdm }) => void told.push(Object(bdm).attachmentId),
      },
      async () => {
        const wanted = { volumeId, device: '/dev/vdc', tag: 'data', delete_on_termination: true }
        await attach(instance, wanted, '2.79').expect(200, {
          volumeAttachment: {
            id: volumeId,
            serverId: instance.uuid,
            volumeId,
            device: '/dev/vdc',
            tag: 'data',
            delete_on_termination: true,
          },
        })
        await attach(instance, { volumeId }).expect(400, {
          badRequest: {
            code: 400,
            message: `Invalid volume: volume ${volumeId} already attached to instance ${instance.uuid}`,
          },
        })
        const other = as.current().volumes.add()
        await attach(instance, { volumeId: other.id }, '2.101').expect(202, '')
      },
      4,
    )
    const [held] = as.current().volumes.held(volumeId)
    assert.equal(held?.state, 'reserved')
    assert.equal(told[0], held?.id)
    assert.equal(told.length, 2)
    const { objects } = await InstanceActionList.getByInstanceUuid(
      as.current().context,
      instance.uuid,
    )
    assert.deepEqual(
      objects.map(({ action }) => action),
      ['attach_volume', 'attach_volume'],
    )
  })

  it('are refused by state, lock, version and volume', async () => {
    const { volumes, context } = as.current()
    const { id: volumeId } = volumes.add()
    const error = await server({ vmState: 'error' })
    await attach(error, { volumeId }).expect(409, {
      conflictingRequest: {
        code: 409,
        message: `Cannot 'attach_volume' instance ${error.uuid} while it is in vm_state error`,
      },
    })
    const locked = await server({ locked: true, lockedBy: 'owner' })
    await attach(locked, { volumeId }).expect(409)
    const shelved = await server({ vmState: 'shelved_offloaded', host: null, node: null })
    await attach(shelved, { volumeId }, '2.19').expect(409)
    await attach(shelved, { volumeId, tag: 'x' }, '2.49').expect(400)
    const instance = await server()
    const shared = volumes.add({ multiattach: true })
    await attach(instance, { volumeId: shared.id }, '2.59').expect(400)
    await attach(shelved, { volumeId: shared.id }, '2.60').expect(400)
    await attach(instance, { volumeId: randomUUID() }).expect(404)
    await attach(instance, { volumeId: 'x' }).expect(400)
    await attach(instance, { volumeId, device: 'nothing' }).expect(400)
    await attach(instance, { volumeId, tag: 'x' }, '2.48').expect(400)
    await attach(instance, { volumeId, delete_on_termination: true }, '2.78').expect(400)
    await attach(instance, { volumeId }, '2.1', 'reader').expect(403)
    await withCompute(
      as.current(),
      {
        reserve_block_device_name: ({ device }) => {
          throw new DevicePathInUse({ path: device })
        },
      },
      async () => {
        await attach(instance, { volumeId, device: '/dev/vdb' }).expect(409, {
          conflictingRequest: {
            code: 409,
            message: 'The supplied device path (/dev/vdb) is in use.',
          },
        })
      },
    )
    const taken = volumes.add({ status: 'in-use' })
    await withCompute(as.current(), { reserve_block_device_name: reserving }, async () => {
      await attach(instance, { volumeId: taken.id }).expect(400)
    })
    await assert.rejects(
      BlockDeviceMapping.getByVolumeAndInstance(context, taken.id, instance.uuid),
      'its row went with the failure',
    )
  })

  it('of a server without a host are the work of the API alone', async () => {
    const { volumes } = as.current()
    const { id: volumeId } = volumes.add()
    const shelved = await server({ vmState: 'shelved_offloaded', host: null, node: null })
    await attach(shelved, { volumeId, device: '/dev/vdc' }, '2.20').expect(200)
    assert.equal(volumes.held(volumeId)[0]?.state, 'reserved')
    await as('member', '2.20')
      .delete(`${pathOf(shelved)}/${volumeId}`)
      .expect(202)
    assert.deepEqual(volumes.held(volumeId), [])
    await as('reader')
      .get(`${pathOf(shelved)}/${volumeId}`)
      .expect(404)
  })

  it('are taken away by the host, but for the root device', async () => {
    const { volumes, context } = as.current()
    const instance = await server()
    const { volumeId, attachmentId } = await attached(instance)
    const root = await attached(instance, { bootIndex: 0, deviceName: '/dev/vda' })
    const told: unknown[] = []
    await withCompute(
      as.current(),
      {
        detach_volume: ({ volume_id, attachment_id }) => void told.push([volume_id, attachment_id]),
      },
      async () => {
        await as('member')
          .delete(`${pathOf(instance)}/${volumeId}`)
          .expect(202, '')
      },
      1,
    )
    assert.deepEqual(told, [[volumeId, attachmentId]])
    assert.equal((await volumes.get(context, volumeId)).status, 'detaching')
    await as('member')
      .delete(`${pathOf(instance)}/${root.volumeId}`)
      .expect(400, {
        badRequest: {
          code: 400,
          message: 'Invalid volume: Cannot detach a root device volume',
        },
      })
    await as('member')
      .delete(`${pathOf(instance)}/${volumes.add().id}`)
      .expect(404)
    await as('member')
      .delete(`${pathOf(instance)}/${randomUUID()}`)
      .expect(404)
    await as('reader')
      .delete(`${pathOf(instance)}/${volumeId}`)
      .expect(403)
  })

  it('are kept with their server or not, from 2.85 on', async () => {
    const instance = await server()
    const { volumeId } = await attached(instance)
    const path = `${pathOf(instance)}/${volumeId}`
    const update = (given: object, version = '2.85', user: TestUser = 'member') =>
      as(user, version).put(path, { volumeAttachment: { volumeId, ...given } })
    const same = { device: '/dev/vdb', tag: 'data', serverId: instance.uuid, id: volumeId }
    await update({ delete_on_termination: true, ...same }).expect(202, '')
    const { body } = await as('reader', '2.85').get(path)
    assert.equal(body.volumeAttachment.delete_on_termination, true)
    await update({ device: '/dev/vdc' }).expect(400)
    await update({ tag: 'other' }).expect(400)
    await update({ serverId: randomUUID() }).expect(400)
    await update({ delete_on_termination: true }, '2.84').expect(400)
    await update({}, '2.85', 'reader').expect(403)
  })

  it('are swapped only for the volume service, and while the volume migrates', async () => {
    const { volumes } = as.current()
    const instance = await server()
    const { volumeId } = await attached(instance)
    const path = `${pathOf(instance)}/${volumeId}`
    const next = volumes.add()
    const swap = (to: string, user: TestUser = 'service') =>
      as(user).put(path, { volumeAttachment: { volumeId: to } })
    await swap(next.id, 'member').expect(403)
    await swap(next.id, 'admin').expect(409)
    const { attachments: _, ...old } = await volumes.get(as.current().context, volumeId)
    volumes.add({ ...old, migrationStatus: 'migrating' })
    await swap(randomUUID(), 'admin').expect(400)
    const told: unknown[] = []
    await withCompute(
      as.current(),
      {
        swap_volume: ({ old_volume_id: a, new_volume_id: b }) => void told.push([a, b]),
      },
      async () => {
        await swap(next.id, 'admin').expect(202, '')
      },
      1,
    )
    assert.deepEqual(told, [[volumeId, next.id]])
    assert.equal(volumes.held(next.id)[0]?.state, 'reserved')
  })
})
