import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  type Instance,
  InstanceFault,
  InstanceInfoCache,
  RequestSpec,
  Tag,
} from '../../../lib/objects/index.js'
import { addComputeHost, addServer, IMAGE_ID, type TestUser } from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'
import { type FieldRow, responseFields, wrongFields } from '../../support/response-fields.js'
import { addFlavor, bootOf } from '../../support/servers.js'

const versions = [1, 3, 9, 16, 19, 26, 47, 63, 71, 73, 75, 90, 96, 98, 100, 104]

const networkInfo = JSON.stringify([
  {
    id: '3b1f8a3e-0000-4000-8000-000000000001',
    address: 'fa:16:3e:00:00:01',
    network: {
      id: '3b1f8a3e-0000-4000-8000-000000000002',
      label: 'private',
      subnets: [{ ips: [{ address: '10.0.0.3', version: 4, type: 'fixed', floating_ips: [] }] }],
    },
  },
])

describe('documents of servers', () => {
  const as = eachWithApi()
  let rows: FieldRow[] = []

  before(function () {
    rows = responseFields(this)
  })

  const rowsOf = (method: string, path: string): FieldRow[] => {
    const found = rows.filter(row => row.method === method && row.path === path)
    assert.ok(found.length > 20)
    return found
  }

  /** A server with everything that a document may tell of one. */
  const full = async (): Promise<Instance> => {
    const api = as.current()
    await addComputeHost(api, 'one')
    const uuid = randomUUID()
    const server = await addServer(api, {
      uuid,
      displayName: 'web',
      displayDescription: 'the first',
      hostname: 'web',
      host: 'one',
      node: 'one',
      imageRef: IMAGE_ID,
      keyName: 'key',
      userData: 'aGVsbG8=',
      configDrive: 'True',
      availabilityZone: 'nova',
      reservationId: 'r-aaaaaaaa',
      launchIndex: 0,
      rootDeviceName: '/dev/vda',
      accessIpV4: '192.0.2.1',
      locked: true,
      lockedBy: 'owner',
      metadata: { a: 'b' },
      systemMetadata: { image_os_distro: 'cirros', locked_reason: 'why', boot_roles: 'member' },
      launchedAt: new Date('2026-01-02T03:04:05Z'),
      infoCache: new InstanceInfoCache(api.context, { instanceUuid: uuid, networkInfo }),
    })
    await new Tag(api.context, { resourceId: uuid, tag: 'x' }).create()
    await new RequestSpec(api.context, {
      instanceUuid: uuid,
      availabilityZone: 'nova',
      schedulerHints: { cidr: ['/24'] },
    }).create()
    return server
  }

  /** A server that failed. */
  const failed = async (): Promise<Instance> => {
    const { context } = as.current()
    const server = await addServer(as.current(), { vmState: 'error', launchedAt: null })
    await new InstanceFault(context, {
      instanceUuid: server.uuid,
      code: 500,
      message: 'No valid host was found.',
      details: 'Traceback',
      host: null,
    }).create()
    return server
  }

  const waiting = async (): Promise<string> => {
    await addFlavor(as.current())
    const { body } = await bootOf(as.current())().expect(202)
    return body.server.id
  }

  it('have the keys of each version and no other, shown, listed and changed', async () => {
    const ids = [(await full()).uuid, (await failed()).uuid, await waiting()]
    for (const minor of versions) {
      for (const user of ['admin', 'member'] as const) {
        const client = as(user, `2.${minor}`)
        for (const id of ids) {
          const show = await client.get(`/servers/${id}`).expect(200)
          const where = `2.${minor} ${user}`
          assert.deepEqual(
            wrongFields(rowsOf('GET', '/servers/{id}'), minor, show.body),
            [],
            `show ${where}`,
          )
          const put = await client
            .put(`/servers/${id}`, { server: { name: `name at ${minor}` } })
            .expect(200)
          assert.equal(put.body.server.name, `name at ${minor}`)
          assert.deepEqual(
            wrongFields(rowsOf('PUT', '/servers/{id}'), minor, put.body),
            [],
            `update ${where}`,
          )
        }
        const detail = await client.get('/servers/detail?limit=3').expect(200)
        assert.equal(detail.body.servers.length, 3)
        assert.deepEqual(
          wrongFields(rowsOf('GET', '/servers/detail'), minor, detail.body),
          [],
          `detail 2.${minor} ${user}`,
        )
      }
    }
  })

  const show = async (id: string, user: TestUser = 'admin', version = '2.104') => {
    const { body } = await as(user, version).get(`/servers/${id}`).expect(200)
    return body.server
  }

  it('tell all of a running server, to its administrator', async () => {
    const { uuid } = await full()
    const { links, image, created, updated, hostId, security_groups, ...rest } = await show(uuid)
    assert.equal(links.length, 2)
    assert.deepEqual(image.properties, { os_distro: 'cirros' })
    assert.match(hostId, /^[0-9a-f]{56}$/)
    assert.match(created, /Z$/)
    assert.match(updated, /Z$/)
    assert.deepEqual(security_groups, [{ name: 'default' }])
    assert.deepEqual(rest, {
      id: uuid,
      name: 'web',
      status: 'ACTIVE',
      tenant_id: '6f70656e737461636b20342065766572',
      user_id: 'u-member',
      metadata: { a: 'b' },
      flavor: {
        vcpus: 1,
        ram: 512,
        disk: 1,
        ephemeral: 0,
        swap: 0,
        original_name: 'm1.tiny',
        extra_specs: {},
      },
      addresses: {
        private: [
          {
            version: 4,
            addr: '10.0.0.3',
            'OS-EXT-IPS:type': 'fixed',
            'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01',
          },
        ],
      },
      accessIPv4: '192.0.2.1',
      accessIPv6: '',
      'OS-DCF:diskConfig': 'MANUAL',
      progress: 0,
      'OS-EXT-AZ:availability_zone': 'nova',
      config_drive: 'True',
      key_name: 'key',
      'OS-SRV-USG:launched_at': '2026-01-02T03:04:05.000000',
      'OS-SRV-USG:terminated_at': null,
      'OS-EXT-SRV-ATTR:host': 'one',
      'OS-EXT-SRV-ATTR:instance_name': 'instance-00000001',
      'OS-EXT-SRV-ATTR:hypervisor_hostname': 'one',
      'OS-EXT-SRV-ATTR:reservation_id': 'r-aaaaaaaa',
      'OS-EXT-SRV-ATTR:launch_index': 0,
      'OS-EXT-SRV-ATTR:hostname': 'web',
      'OS-EXT-SRV-ATTR:kernel_id': null,
      'OS-EXT-SRV-ATTR:ramdisk_id': null,
      'OS-EXT-SRV-ATTR:root_device_name': '/dev/vda',
      'OS-EXT-SRV-ATTR:user_data': 'aGVsbG8=',
      'OS-EXT-STS:task_state': null,
      'OS-EXT-STS:vm_state': 'active',
      'OS-EXT-STS:power_state': 1,
      'os-extended-volumes:volumes_attached': [],
      host_status: 'UP',
      locked: true,
      locked_reason: 'why',
      description: 'the first',
      tags: ['x'],
      trusted_image_certificates: null,
      server_groups: [],
      pinned_availability_zone: 'nova',
      scheduler_hints: { cidr: '/24' },
    })
  })

  it('keep from others what is not theirs to see', async () => {
    const { uuid } = await full()
    const keys = Object.keys(await show(uuid, 'member'))
    assert.deepEqual(
      keys.filter(key => key.startsWith('OS-EXT-SRV-ATTR') || key === 'host_status'),
      ['OS-EXT-SRV-ATTR:hostname'],
    )
    assert.equal('OS-EXT-SRV-ATTR:hostname' in (await show(uuid, 'member', '2.89')), false)
    await as('other').get(`/servers/${uuid}`).expect(404)
    await as('reader').get(`/servers/${randomUUID()}`).expect(404)
    await as('reader').get('/servers/nonsense').expect(404)
  })

  it('tell the fault, its details to administrators', async () => {
    const { uuid } = await failed()
    const { fault: toMember, status, progress } = await show(uuid, 'member')
    assert.deepEqual([status, progress], ['ERROR', undefined])
    const { created } = toMember
    assert.deepEqual(toMember, { code: 500, created, message: 'No valid host was found.' })
    const { fault } = await show(uuid)
    assert.deepEqual(fault, { ...toMember, details: 'Traceback' })
  })

  it('tell the status of the host', async () => {
    const api = as.current()
    const { service } = await addComputeHost(api, 'two')
    const { uuid } = await addServer(api, { host: 'two' })
    const status = async () => (await show(uuid, 'admin', '2.16')).host_status
    assert.equal(await status(), 'UP')
    service.disabled = true
    await service.save()
    assert.equal(await status(), 'MAINTENANCE')
    service.lastSeenUp = new Date(0)
    await service.save()
    assert.equal(await status(), 'UNKNOWN')
    service.forcedDown = true
    await service.save()
    assert.equal(await status(), 'DOWN')
    const { uuid: homeless } = await addServer(api)
    assert.equal((await show(homeless, 'admin', '2.16')).host_status, '')
  })

  it('list addresses by themselves, one network or all', async () => {
    const { uuid } = await full()
    const plain = [{ version: 4, addr: '10.0.0.3' }]
    await as('reader')
      .get(`/servers/${uuid}/ips`)
      .expect(200, { addresses: { private: plain } })
    await as('reader').get(`/servers/${uuid}/ips/private`).expect(200, { private: plain })
    await as('reader').get(`/servers/${uuid}/ips/public`).expect(404)
    await as('other').get(`/servers/${uuid}/ips`).expect(404)
    await as('reader').get(`/servers/${randomUUID()}/ips`).expect(404)
  })

  it('change what PUT says and nothing else', async () => {
    const { uuid } = await full()
    const put = (server: object, user: TestUser = 'member', version = '2.104') =>
      as(user, version).put(`/servers/${uuid}`, { server })
    const { body } = await put({
      name: 'new',
      description: null,
      accessIPv4: '192.0.2.9',
      accessIPv6: '2001:db8::9',
      'OS-DCF:diskConfig': 'AUTO',
      hostname: 'other.example',
    }).expect(200)
    const { server } = body
    assert.deepEqual(
      [server.name, server.description, server.accessIPv4, server.accessIPv6],
      ['new', null, '192.0.2.9', '2001:db8::9'],
    )
    assert.deepEqual(
      [server['OS-DCF:diskConfig'], server['OS-EXT-SRV-ATTR:hostname'], server.key_name],
      ['AUTO', 'other.example', 'key'],
    )
    assert.deepEqual((await put({}).expect(200)).body.server.name, 'new')
    await put({ name: 'x' }, 'reader').expect(403)
    await put({ name: 'x' }, 'other').expect(404)
    await put({ name: '' }).expect(400)
    await put({ accessIPv4: null }).expect(400)
    await put({ description: 'x' }, 'member', '2.18').expect(400)
    await put({ hostname: 'x' }, 'member', '2.89').expect(400)
    await put({ hostname: 'a.b' }, 'member', '2.93').expect(400)
    await put({ key_name: 'x' }).expect(400)
    await put({ pinned_availability_zone: null }, 'member', '2.103').expect(400)
    await as('member')
      .put(`/servers/${randomUUID()}`, { server: { name: 'x' } })
      .expect(404)
  })

  it('pin a server to its zone, or let it go', async () => {
    const { uuid } = await full()
    const pin = (zone: string | null) =>
      as('member', '2.104').put(`/servers/${uuid}`, { server: { pinned_availability_zone: zone } })
    const pinned = async (zone: string | null) =>
      (await pin(zone).expect(200)).body.server.pinned_availability_zone
    assert.equal(await pinned('nova'), 'nova')
    await pin('elsewhere').expect(409)
    assert.equal(await pinned(null), null)
    await pin('elsewhere').expect(409)
    assert.equal(await pinned('nova'), 'nova')
  })
})
