import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  type Instance,
  InstanceActionList,
  Service,
  ShareMapping,
} from '../../lib/objects/index.js'
import { addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { withCompute } from '../support/compute-stub.js'

describe('/servers/{id}/shares', () => {
  const as = eachWithApi()

  const server = (values: object = {}) =>
    addServer(as.current(), { host: 'one', node: 'one', vmState: 'stopped', ...values })
  const pathOf = ({ uuid }: Instance) => `/servers/${uuid}/shares`
  const attach = (instance: Instance, share: object, user: TestUser = 'member') =>
    as(user, '2.97').post(pathOf(instance), { share })

  /** A share that the server has. */
  const attached = async (instance: Instance, values: object = {}) => {
    const { id, exportLocation } = as.current().shares.add()
    const mapping = new ShareMapping(as.current().context, {
      uuid: randomUUID(),
      instanceUuid: instance.uuid,
      shareId: id,
      status: 'inactive',
      tag: 'data',
      exportLocation: exportLocation ?? '',
      shareProto: 'NFS',
      ...values,
    })
    await mapping.save()
    return mapping
  }
  const conflict = (message: string) => ({ conflictingRequest: { code: 409, message } })
  const actionsOf = async ({ uuid }: Instance) =>
    (await InstanceActionList.getByInstanceUuid(as.current().context, uuid)).objects.map(
      ({ action }) => action,
    )

  it('are there from 2.97 on', async () => {
    const instance = await server()
    await as('reader', '2.96').get(pathOf(instance)).expect(404)
    await as('reader', '2.97').get(pathOf(instance)).expect(200, { shares: [] })
    await as('reader', '2.97')
      .get(`${pathOf(instance)}?x=1`)
      .expect(400)
    await as('other', '2.97').get(pathOf(instance)).expect(404)
    await as('reader', '2.97').get(`/servers/${randomUUID()}/shares`).expect(404)
  })

  it('are listed and shown, with where they are for administrators only', async () => {
    const instance = await server()
    const { shareId: share_id, uuid, exportLocation: export_location } = await attached(instance)
    const known = { share_id, status: 'inactive', tag: 'data' }
    await as('reader', '2.97')
      .get(pathOf(instance))
      .expect(200, { shares: [known] })
    await as('admin', '2.97')
      .get(pathOf(instance))
      .expect(200, { shares: [known] })
    const path = `${pathOf(instance)}/${share_id}`
    await as('reader', '2.97').get(path).expect(200, { share: known })
    await as('admin', '2.97')
      .get(path)
      .expect(200, { share: { ...known, export_location, uuid } })
    const unknown = randomUUID()
    await as('reader', '2.97')
      .get(`${pathOf(instance)}/${unknown}`)
      .expect(404, {
        itemNotFound: { code: 404, message: `Share ${unknown} could not be found.` },
      })
  })

  it('are attached: a row, an action, the host told', async () => {
    const instance = await server()
    const { id, exportLocation } = as.current().shares.add()
    const told: unknown[] = []
    const asked = await withCompute(
      as.current(),
      { allow_share: ({ share_mapping: share }) => void told.push(Object(share).exportLocation) },
      async () => {
        await attach(instance, { share_id: id, tag: 'photos' }).expect(201, {
          share: { share_id: id, status: 'attaching', tag: 'photos' },
        })
      },
      1,
    )
    assert.deepEqual(asked, ['allow_share'])
    assert.deepEqual(told, [exportLocation])
    assert.deepEqual(await actionsOf(instance), ['attach_share'])
  })

  it('are called by their ids when no tag is given', async () => {
    const instance = await server()
    const { id } = as.current().shares.add({ protocol: 'CEPHFS' })
    await attach(instance, { share_id: id }).expect(201, {
      share: { share_id: id, status: 'attaching', tag: id },
    })
  })

  it('are refused when they cannot be used, or are used already', async () => {
    const { shares } = as.current()
    const instance = await server()
    const nowhere = randomUUID()
    await attach(instance, { share_id: nowhere }).expect(404, {
      itemNotFound: { code: 404, message: `Share ${nowhere} could not be found.` },
    })
    const { id: creating } = shares.add({ status: 'creating' })
    await attach(instance, { share_id: creating }).expect(
      409,
      conflict(`Share ${creating} is in 'creating' instead of 'available' status.`),
    )
    const { id: unreachable } = shares.add({ exportLocation: null })
    await attach(instance, { share_id: unreachable }).expect(
      409,
      conflict(`Share ${unreachable} export location is missing.`),
    )
    const { id: smb } = shares.add({ protocol: 'CIFS' })
    await attach(instance, { share_id: smb }).expect(
      409,
      conflict('Share protocol CIFS is not supported.'),
    )
    const { shareId } = await attached(instance)
    const twice = (id: string, tag: string) =>
      conflict(`Share '${id}' or tag '${tag}' already associated to this server.`)
    await attach(instance, { share_id: shareId }).expect(409, twice(shareId, shareId))
    const { id: other } = shares.add()
    await attach(instance, { share_id: other, tag: 'data' }).expect(409, twice(other, 'data'))
    await attach(instance, { share_id: other, tag: 'x'.repeat(49) }).expect(400)
    await attach(instance, { share_id: other, tag: 'a b' }).expect(400)
    await attach(instance, { share_id: 'other' }).expect(400)
    await attach(instance, { share_id: other }, 'reader').expect(403)
    assert.deepEqual(await actionsOf(instance), [])
  })

  it('come and go while the server is off', async () => {
    const instance = await server({ vmState: 'active' })
    const { shareId } = await attached(instance)
    const state = 'while it is in vm_state active'
    await attach(instance, { share_id: as.current().shares.add().id }).expect(
      409,
      conflict(`Cannot 'create share' instance ${instance.uuid} ${state}`),
    )
    await as('member', '2.97')
      .delete(`${pathOf(instance)}/${shareId}`)
      .expect(409, conflict(`Cannot 'delete share' instance ${instance.uuid} ${state}`))
  })

  it('are detached: their status says so, the host is told', async () => {
    const instance = await server({ vmState: 'error' })
    const { shareId } = await attached(instance)
    const path = `${pathOf(instance)}/${shareId}`
    await as('reader', '2.97').delete(path).expect(403)
    const asked = await withCompute(
      as.current(),
      { deny_share: () => undefined },
      async () => {
        await as('member', '2.97').delete(path).expect(200)
      },
      1,
    )
    assert.deepEqual(asked, ['deny_share'])
    assert.deepEqual(await actionsOf(instance), ['detach_share'])
    await as('reader', '2.97')
      .get(path)
      .expect(200, { share: { share_id: shareId, status: 'detaching', tag: 'data' } })
    await as('member', '2.97')
      .delete(`${pathOf(instance)}/${randomUUID()}`)
      .expect(404)
  })

  it('forbid what cannot take them along', async () => {
    const imageRef = randomUUID()
    as.current().images.add({ id: imageRef, disk_format: 'raw', container_format: 'bare' })
    const bodies = [
      { suspend: null },
      { shelve: null },
      { rebuild: { imageRef } },
      { resize: { flavorRef: '2' } },
      { migrate: null },
      { 'os-migrateLive': { host: null, block_migration: 'auto' } },
      { evacuate: {} },
    ]
    for (const body of bodies) {
      const instance = await server({ vmState: 'active' })
      await attached(instance)
      await as('admin', '2.97')
        .post(`/servers/${instance.uuid}/action`, body)
        .expect(409, conflict('Feature not supported with instances that have shares.'))
    }
  })
})

describe('/servers/{id}/shares on hosts that are too old', () => {
  const as = eachWithApi({ conf: { upgrade_levels: { compute: 'auto' } } })

  const refusal = (api: string) => ({
    badRequest: {
      code: 400,
      message: `Unsupported RPC version for ${api}. Required >= 6.4`,
    },
  })

  it('are refused, in error, and can be taken away', async () => {
    const api = as.current()
    const service = new Service(api.context, {
      host: 'one',
      binary: 'nova-compute',
      topic: 'compute',
      version: 61,
    })
    await service.create()
    const instance = await addServer(api, { host: 'one', node: 'one', vmState: 'stopped' })
    const { id } = api.shares.add()
    const path = `/servers/${instance.uuid}/shares`
    const member = as('member', '2.97')
    await member.post(path, { share: { share_id: id } }).expect(400, refusal('allow_share'))
    await member.get(path).expect(200, { shares: [{ share_id: id, status: 'error', tag: id }] })
    await member.delete(`${path}/${id}`).expect(200)
    await member.get(path).expect(200, { shares: [] })
    const { objects } = await InstanceActionList.getByInstanceUuid(api.context, instance.uuid)
    assert.deepEqual(
      objects.map(({ action, finishTime }) => [action, finishTime !== null]),
      [
        ['detach_share', true],
        ['attach_share', true],
      ],
    )
  })

  it('are kept, in error, when they were open already', async () => {
    const api = as.current()
    const instance = await addServer(api, { host: 'one', node: 'one', vmState: 'stopped' })
    const { id, exportLocation } = api.shares.add()
    const mapping = new ShareMapping(api.context, {
      uuid: randomUUID(),
      instanceUuid: instance.uuid,
      shareId: id,
      status: 'inactive',
      tag: 'data',
      exportLocation: exportLocation ?? '',
      shareProto: 'NFS',
    })
    await mapping.save()
    const path = `/servers/${instance.uuid}/shares`
    // No host is there yet, so that ours counts: one of Zed.
    await as('member', '2.97').delete(`${path}/${id}`).expect(400, refusal('deny_share'))
    await as('member', '2.97')
      .get(path)
      .expect(200, { shares: [{ share_id: id, status: 'error', tag: 'data' }] })
  })
})
