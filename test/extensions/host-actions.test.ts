import assert from 'node:assert/strict'
import { InstancePasswordSetFailed, NotImplementedError } from '../../lib/exception/index.js'
import { Instance } from '../../lib/objects/index.js'
import { addServer, IMAGE_ID, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { computeStub } from '../support/compute-stub.js'

type Values = NonNullable<Parameters<typeof addServer>[1]>

describe('actions that a host carries out', () => {
  const as = eachWithApi()
  let compute: Awaited<ReturnType<typeof computeStub>>
  let setPassword = (): unknown => null
  beforeEach(async () => {
    setPassword = () => null
    compute = await computeStub(as.current(), {
      rescue_instance: () => null,
      unrescue_instance: () => null,
      trigger_crash_dump: () => null,
      inject_network_info: () => null,
      set_admin_password: () => setPassword(),
    })
  })
  afterEach(() => compute.stop())

  const server = async (values: Values = {}): Promise<string> =>
    (await addServer(as.current(), { host: 'one', node: 'one', ...values })).uuid
  const act = (uuid: string, body: object, user: TestUser = 'member', version = '2.104') =>
    as(user, version).post(`/servers/${uuid}/action`, body)
  const taskOf = async (uuid: string) =>
    (await Instance.getByUuid(as.current().context, uuid)).taskState
  /** What was sent but for the instance. */
  const sent = async () => {
    const [method, { instance, ...args }] = await compute.next()
    assert.ok(instance instanceof Instance)
    return [method, args]
  }

  it('rescue answers with the password, and unrescue ends it', async () => {
    const uuid = await server()
    const body = { rescue: { adminPass: 'mine', rescue_image_ref: IMAGE_ID } }
    await act(uuid, body).expect(200, { adminPass: 'mine' })
    assert.deepEqual(await sent(), [
      'rescue_instance',
      { rescue_password: 'mine', rescue_image_ref: IMAGE_ID, clean_shutdown: true },
    ])
    assert.equal(await taskOf(uuid), 'rescuing')
    const generated = await act(await server(), { rescue: null }).expect(200)
    assert.match(generated.body.adminPass, /^\w{12}$/)
    const rescued = await server({ vmState: 'rescued' })
    await act(rescued, { unrescue: null }).expect(202, {})
    assert.equal(await taskOf(rescued), 'unrescuing')
  })

  it('rescue is refused by state, image and policy', async () => {
    const paused = await server({ vmState: 'paused' })
    await act(paused, { rescue: null }).expect(409, {
      conflictingRequest: {
        code: 409,
        message: `Cannot 'rescue' instance ${paused} while it is in vm_state paused`,
      },
    })
    const uuid = await server()
    const nowhere = 'c2b24eb7-51e0-4e80-9b4b-90f6d5ad50ff'
    await act(uuid, { rescue: { rescue_image_ref: nowhere } }).expect(400, {
      badRequest: { code: 400, message: `Unsupported rescue image (image: ${nowhere}).` },
    })
    for (const rescue of [{ rescue_image_ref: 'x' }, { adminPass: 1 }, { other: 1 }, 'x']) {
      await act(uuid, { rescue }).expect(400)
    }
    await act(uuid, { rescue: null }, 'reader').expect(403)
    await act(uuid, { rescue: null }, 'other').expect(404)
    await act(uuid, { unrescue: null }).expect(409)
    assert.equal(await taskOf(uuid), null)
  })

  it('changePassword waits for the host, and tells how it went', async () => {
    const uuid = await server()
    const body = { changePassword: { adminPass: 'new' } }
    await act(uuid, body).expect(202, {})
    assert.deepEqual(await sent(), ['set_admin_password', { new_pass: 'new' }])

    setPassword = () => {
      throw new InstancePasswordSetFailed({ instance: uuid, reason: 'it is asleep' })
    }
    const failing = await server()
    await act(failing, body).expect(409, {
      conflictingRequest: {
        code: 409,
        message: `Failed to set admin password on ${uuid} because it is asleep`,
      },
    })
    setPassword = () => {
      throw new NotImplementedError('set_admin_password')
    }
    await act(await server(), body).expect(501)
    await act(await server({ vmState: 'stopped' }), body).expect(409)
    await act(await server(), { changePassword: { adminPass: null } }).expect(400)
    await act(await server(), body, 'reader').expect(403)
  })

  it('trigger_crash_dump came in 2.17', async () => {
    const uuid = await server()
    await act(uuid, { trigger_crash_dump: null }, 'admin', '2.17').expect(202, {})
    assert.deepEqual(await sent(), ['trigger_crash_dump', {}])
    await act(uuid, { trigger_crash_dump: null }, 'admin', '2.16').expect(404)
    await act(uuid, { trigger_crash_dump: {} }, 'admin').expect(400)
    await act(uuid, { trigger_crash_dump: null }, 'reader').expect(403)
    await act(await server({ host: null }), { trigger_crash_dump: null }).expect(409)
    await act(await server({ vmState: 'suspended' }), { trigger_crash_dump: null }).expect(409)
  })

  it('injectNetworkInfo and os-resetState are for administrators', async () => {
    const uuid = await server({ taskState: 'pausing' })
    await act(uuid, { injectNetworkInfo: null }, 'admin').expect(202, {})
    assert.deepEqual(await sent(), ['inject_network_info', {}])
    await act(uuid, { injectNetworkInfo: null }).expect(403)
    await act(uuid, { 'os-resetState': { state: 'error' } }, 'admin').expect(202, {})
    const { vmState, taskState } = await Instance.getByUuid(as.current().context, uuid)
    assert.deepEqual([vmState, taskState], ['error', null])
    await act(uuid, { 'os-resetState': { state: 'paused' } }, 'admin').expect(400)
    await act(uuid, { 'os-resetState': { state: 'active' } }).expect(403)
    await act(uuid, { resetNetwork: null }, 'admin').expect(410)
  })
})

describe('deletions that are deferred', () => {
  const as = eachWithApi({ conf: { DEFAULT: { reclaim_instance_interval: 60 } } })
  const act = (uuid: string, body: object, user: TestUser = 'member') =>
    as(user, '2.104').post(`/servers/${uuid}/action`, body)

  it('restore brings back what was deleted, with or without a host', async () => {
    const { uuid } = await addServer(as.current(), { vmState: 'soft-delete' })
    await as('member', '2.104').get(`/servers/${uuid}`).expect(200)
    await act(uuid, { restore: null }, 'reader').expect(403)
    await act(uuid, { restore: null }).expect(202, {})
    const { body } = await as('member', '2.104').get(`/servers/${uuid}`)
    assert.equal(body.server.status, 'ACTIVE')
    await act(uuid, { restore: null }).expect(409, {
      conflictingRequest: {
        code: 409,
        message: `Cannot 'restore' instance ${uuid} while it is in vm_state active`,
      },
    })
  })

  it('forceDelete is for good', async () => {
    const { uuid } = await addServer(as.current())
    await act(uuid, { forceDelete: null }, 'reader').expect(403)
    await act(uuid, { forceDelete: null }).expect(202, {})
    await as('member').get(`/servers/${uuid}`).expect(404)
  })
})
