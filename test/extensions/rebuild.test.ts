import assert from 'node:assert/strict'
import { KeyPair, RequestSpec } from '../../lib/objects/index.js'
import { addServer, IMAGE_ID, type TestUser, userIdOf } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { conductorStub } from '../support/compute-stub.js'

describe('the action rebuild', () => {
  const as = eachWithApi()
  let conductor: Awaited<ReturnType<typeof conductorStub>>
  beforeEach(async () => {
    conductor = await conductorStub(as.current(), { rebuild_instance: () => null })
  })
  afterEach(() => conductor.stop())

  const server = async (values: Parameters<typeof addServer>[1] = {}): Promise<string> => {
    const { context } = as.current()
    const instance = await addServer(as.current(), {
      host: 'one',
      node: 'one',
      imageRef: IMAGE_ID,
      ...values,
    })
    const { uuid: instanceUuid, flavor } = instance
    await new RequestSpec(context, {
      instanceUuid,
      flavor,
      numInstances: 1,
      availabilityZone: null,
      schedulerHints: null,
    }).create()
    return instance.uuid
  }
  const rebuild = (uuid: string, body: object, version = '2.104', user: TestUser = 'member') =>
    as(user, version).post(`/servers/${uuid}/action`, {
      rebuild: { imageRef: IMAGE_ID, ...body },
    })

  it('answers with the server as it will be, its address and a password', async () => {
    const uuid = await server()
    const { body, headers } = await rebuild(uuid, {
      name: 'new',
      description: 'd',
      metadata: { a: 'b' },
      adminPass: 'mine',
      'OS-DCF:diskConfig': 'MANUAL',
      accessIPv4: '192.0.2.7',
      hostname: 'host.example',
      user_data: 'aGk=',
    }).expect(202)
    const { server: shown } = body
    assert.match(headers.location ?? '', new RegExp(`/v2.1/servers/${uuid}$`))
    assert.deepEqual(
      [shown.id, shown.name, shown.status, shown.description, shown.metadata, shown.adminPass],
      [uuid, 'new', 'REBUILD', 'd', { a: 'b' }, 'mine'],
    )
    assert.deepEqual(
      [shown.accessIPv4, shown['OS-EXT-SRV-ATTR:hostname'], shown.user_data],
      ['192.0.2.7', 'host.example', 'aGk='],
    )
    assert.equal('OS-EXT-SRV-ATTR:user_data' in shown, false)
    const [, args] = await conductor.next()
    assert.deepEqual(
      [args.host, args.image_ref, args.orig_image_ref, args.new_pass, args.recreate],
      ['one', IMAGE_ID, IMAGE_ID, 'mine', false],
    )
  })

  it('knows its keys from the versions that they came with', async () => {
    const keyed = [
      ['description', 'd', '2.18'],
      ['key_name', null, '2.53'],
      ['user_data', 'aGk=', '2.56'],
      ['trusted_image_certificates', null, '2.62'],
      ['hostname', 'h1', '2.89'],
    ] as const
    for (const [key, value, before] of keyed) {
      const since = `2.${Number(before.slice(2)) + 1}`
      await rebuild(await server(), { [key]: value }, before).expect(400)
      await rebuild(await server(), { [key]: value }, since).expect(202)
      await conductor.next()
    }
    const files = [{ path: '/a', contents: 'aGk=' }]
    const sent = async (body: object, version: string) => {
      await rebuild(await server(), body, version).expect(202)
      return (await conductor.next())[1]
    }
    const { injected_files: injected } = await sent({ personality: files }, '2.56')
    assert.deepEqual(injected, [['/a', 'aGk=']])
    await rebuild(await server(), { personality: files }, '2.57').expect(400)
    assert.equal((await sent({}, '2.92')).reimage_boot_volume, false)
    assert.equal((await sent({}, '2.93')).reimage_boot_volume, true)
  })

  it('takes a key of the caller, or none', async () => {
    await new KeyPair(as.current().context, {
      userId: userIdOf('member'),
      name: 'mine',
      publicKey: 'ssh-rsa AAAA',
      fingerprint: 'aa',
      type: 'ssh',
    }).create()
    const uuid = await server()
    const { body } = await rebuild(uuid, { key_name: 'mine' }, '2.54').expect(202)
    assert.equal(body.server.key_name, 'mine')
    await rebuild(await server(), { key_name: 'other' }).expect(400)
    assert.equal('user_data' in body.server, false)
  })

  it('refuses what cannot be, with the status of nova', async () => {
    const uuid = await server()
    for (const wrong of [
      { imageRef: 'x' },
      { imageRef: 'c2b24eb7-51e0-4e80-9b4b-90f6d5ad50ff' },
      { metadata: { k: 1 } },
      { preserve_ephemeral: 'maybe' },
      { other: 1 },
    ]) {
      await rebuild(uuid, wrong).expect(400)
    }
    const large = as.current().images.add({ name: 'large', min_disk: 5 })
    await rebuild(uuid, { imageRef: large.id }).expect(400)
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, at) => [`k${at}`, 'v']))
    await rebuild(uuid, { metadata: many }).expect(403)
    await rebuild(uuid, {}, '2.104', 'reader').expect(403)
    await rebuild(uuid, {}, '2.104', 'other').expect(404)
    const paused = await server({ vmState: 'paused' })
    await rebuild(paused, {}).expect(409, {
      conflictingRequest: {
        code: 409,
        message: `Cannot 'rebuild' instance ${paused} while it is in vm_state paused`,
      },
    })
  })
})
