import assert from 'node:assert/strict'
import { RequestSpec } from '../../lib/objects/index.js'
import { addComputeHost, addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { computeStub, conductorStub } from '../support/compute-stub.js'

describe('the actions that shelve', () => {
  const as = eachWithApi()
  let compute: Awaited<ReturnType<typeof computeStub>>
  let conductor: Awaited<ReturnType<typeof computeStub>>
  beforeEach(async () => {
    compute = await computeStub(as.current(), {
      shelve_instance: () => null,
      shelve_offload_instance: () => null,
    })
    conductor = await conductorStub(as.current(), { unshelve_instance: () => null })
  })
  afterEach(async () => {
    await compute.stop()
    await conductor.stop()
  })

  const server = async (vmState: string, host: string | null = 'one'): Promise<string> => {
    const { context } = as.current()
    const { uuid, flavor } = await addServer(as.current(), { host, node: host, vmState })
    await new RequestSpec(context, {
      instanceUuid: uuid,
      flavor,
      numInstances: 1,
      availabilityZone: null,
      schedulerHints: null,
    }).create()
    return uuid
  }
  const act = (uuid: string, body: object, version = '2.104', user: TestUser = 'member') =>
    as(user, version).post(`/servers/${uuid}/action`, body)

  it('shelve makes an image and leaves the rest to the host', async () => {
    const uuid = await server('active')
    await act(uuid, { shelve: null }).expect(202, {})
    const [method, { image_id: id, clean_shutdown: clean }] = await compute.next()
    assert.deepEqual([method, clean], ['shelve_instance', true])
    const { name, properties } = await as.current().images.get(as.current().context, String(id))
    assert.deepEqual(
      [name, properties.image_type, properties.instance_uuid],
      ['server-shelved', 'snapshot', uuid],
    )
    await act(uuid, { shelve: null }).expect(409)
    await act(await server('error'), { shelve: null }).expect(409)
    await act(await server('active'), { shelve: null }, '2.104', 'reader').expect(403)
  })

  it('shelveOffload is for administrators, of servers that are shelved', async () => {
    const uuid = await server('shelved')
    await act(uuid, { shelveOffload: null }).expect(403)
    await act(uuid, { shelveOffload: null }, '2.104', 'admin').expect(202, {})
    assert.equal((await compute.next())[0], 'shelve_offload_instance')
    const active = await server('active')
    await act(active, { shelveOffload: null }, '2.104', 'admin').expect(409, {
      conflictingRequest: {
        code: 409,
        message: `Cannot 'shelveOffload' instance ${active} while it is in vm_state active`,
      },
    })
  })

  it('unshelve takes a zone from 2.77, and a host from 2.91', async () => {
    await addComputeHost(as.current(), 'two')
    const away = () => server('shelved_offloaded', null)
    const accepted = [
      ['2.76', { availability_zone: 'nowhere' }, 'member'],
      ['2.77', null, 'member'],
      ['2.77', { availability_zone: 'nova' }, 'member'],
      ['2.91', {}, 'member'],
      ['2.91', { availability_zone: null }, 'member'],
      ['2.91', { host: 'two' }, 'admin'],
      ['2.91', { availability_zone: 'nova', host: 'two' }, 'admin'],
    ] as const
    for (const [version, unshelve, user] of accepted) {
      await act(await away(), { unshelve }, version, user).expect(202, {})
    }
    const refused = [
      ['2.77', {}, 'admin', 400],
      ['2.77', { availability_zone: null }, 'admin', 400],
      ['2.90', { availability_zone: 'nova', host: 'two' }, 'admin', 400],
      ['2.91', { availability_zone: 'nowhere' }, 'member', 400],
      ['2.91', { host: 'three' }, 'admin', 400],
      ['2.91', { host: 'two' }, 'member', 403],
    ] as const
    for (const [version, unshelve, user, code] of refused) {
      await act(await away(), { unshelve }, version, user).expect(code)
    }
  })

  it('unshelve is refused by state', async () => {
    const shelved = await server('shelved')
    await act(shelved, { unshelve: { availability_zone: 'nova' } }).expect(409)
    await act(shelved, { unshelve: null }).expect(202)
    assert.equal((await conductor.next())[0], 'unshelve_instance')
    const active = await server('active')
    await act(active, { unshelve: null }).expect(409, {
      conflictingRequest: {
        code: 409,
        message: `Cannot 'unshelve' instance ${active} while it is in vm_state active`,
      },
    })
    await act(await server('shelved'), { unshelve: null }, '2.104', 'reader').expect(403)
  })
})
