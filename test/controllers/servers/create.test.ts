import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import request from 'supertest'
import {
  BuildRequest,
  InstanceGroup,
  InstanceMapping,
  KeyPair,
  RequestSpec,
} from '../../../lib/objects/index.js'
import {
  addComputeHost,
  addServer,
  IMAGE_ID,
  PROJECT_ID,
  type TestUser,
} from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'
import { addFlavor, bootOf, minimal } from '../../support/servers.js'

describe('POST /servers', () => {
  const as = eachWithApi()
  const boot = (server?: object, user?: TestUser, version?: string) =>
    bootOf(as.current())(server, user, version)

  beforeEach(() => addFlavor(as.current()))

  /** What the message is told to the client with. */
  const refused = async (status: number, server: object, user?: TestUser, version?: string) => {
    const { body } = await boot(server, user, version).expect(status)
    const [fault] = Object.values(body) as { code: number; message: string }[]
    assert.equal(fault?.code, status)
    return fault?.message ?? ''
  }

  const shown = async (id: string, user: TestUser = 'admin', version = '2.104') => {
    const { body } = await as(user, version).get(`/servers/${id}`).expect(200)
    return body.server
  }

  it('answers with the id, the links, the groups and a password', async () => {
    const { body, headers } = await boot().expect(202)
    const { id, links, adminPass } = body.server
    assert.match(adminPass, /^\S{12}$/)
    assert.deepEqual(body, {
      server: {
        id,
        links,
        'OS-DCF:diskConfig': 'MANUAL',
        security_groups: [{ name: 'default' }],
        adminPass,
      },
    })
    const [self, bookmark] = links
    assert.equal(self.rel, 'self')
    assert.match(self.href, new RegExp(`^http://127\\.0\\.0\\.1:\\d+/v2\\.1/servers/${id}$`))
    assert.equal(bookmark.rel, 'bookmark')
    assert.match(bookmark.href, new RegExp(`^http://127\\.0\\.0\\.1:\\d+/servers/${id}$`))
    assert.equal(headers.location, self.href)
    assert.equal(headers['openstack-api-version'], 'compute 2.104')
  })

  it('shows the server as it waits', async () => {
    const { body } = await boot({ security_groups: [{ name: 'default' }], adminPass: 'pw' })
    assert.equal(body.server.adminPass, 'pw')
    const { id } = body.server
    const {
      links,
      created,
      updated,
      'OS-EXT-SRV-ATTR:reservation_id': reservation,
      ...rest
    } = await shown(id)
    assert.match(reservation, /^r-[0-9a-z]{8}$/)
    assert.equal(links.length, 2)
    assert.match(created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.equal(updated, created)
    assert.match(rest.image.links[0].href, new RegExp(`/images/${IMAGE_ID}$`))
    assert.deepEqual(rest, {
      id,
      name: 'web',
      status: 'BUILD',
      tenant_id: PROJECT_ID,
      user_id: 'u-member',
      metadata: {},
      hostId: '',
      image: { ...rest.image, id: IMAGE_ID, properties: rest.image.properties },
      flavor: {
        vcpus: 1,
        ram: 512,
        disk: 1,
        ephemeral: 0,
        swap: 0,
        original_name: 'flavor-1',
        extra_specs: {},
      },
      addresses: {},
      accessIPv4: '',
      accessIPv6: '',
      'OS-DCF:diskConfig': 'MANUAL',
      progress: 0,
      'OS-EXT-AZ:availability_zone': '',
      config_drive: '',
      key_name: null,
      'OS-SRV-USG:launched_at': null,
      'OS-SRV-USG:terminated_at': null,
      'OS-EXT-SRV-ATTR:host': null,
      'OS-EXT-SRV-ATTR:instance_name': rest['OS-EXT-SRV-ATTR:instance_name'],
      'OS-EXT-SRV-ATTR:hypervisor_hostname': null,
      'OS-EXT-SRV-ATTR:launch_index': 0,
      'OS-EXT-SRV-ATTR:hostname': 'web',
      'OS-EXT-SRV-ATTR:kernel_id': '',
      'OS-EXT-SRV-ATTR:ramdisk_id': '',
      'OS-EXT-SRV-ATTR:root_device_name': null,
      'OS-EXT-SRV-ATTR:user_data': null,
      'OS-EXT-STS:task_state': 'scheduling',
      'OS-EXT-STS:vm_state': 'building',
      'OS-EXT-STS:power_state': 0,
      'os-extended-volumes:volumes_attached': [],
      host_status: '',
      locked: false,
      locked_reason: null,
      description: null,
      tags: [],
      trusted_image_certificates: null,
      server_groups: [],
      pinned_availability_zone: null,
      scheduler_hints: {},
    })
  })

  it('keeps all that a request says', async () => {
    const api = as.current()
    await as('member', '2.2')
      .post('/os-keypairs', { keypair: { name: 'key' } })
      .expect(201)
    const { body: made } = await as('member', '2.15')
      .post('/os-server-groups', { server_group: { name: 'g', policies: ['affinity'] } })
      .expect(200)
    const group = made.server_group.id
    const { body } = await as('member', '2.104')
      .post('/servers', {
        server: {
          ...minimal,
          networks: 'none',
          metadata: { role: 'web' },
          'OS-DCF:diskConfig': 'AUTO',
          accessIPv4: '192.0.2.1',
          accessIPv6: '2001:db8::1',
          config_drive: 'yes',
          key_name: 'key',
          user_data: 'aGVsbG8=',
          description: 'the first',
          tags: ['a', 'b', 'a'],
          trusted_image_certificates: ['c1'],
          hostname: 'web.example.org',
          availability_zone: 'nova',
        },
        'os:scheduler_hints': { group, cidr: '/24', _nova_check: 'x', mine: ['a', 'b'] },
      })
      .expect(202)
    const { id } = body.server
    const server = await shown(id)
    const picked = Object.fromEntries(
      [
        'metadata',
        'OS-DCF:diskConfig',
        'accessIPv4',
        'accessIPv6',
        'config_drive',
        'key_name',
        'OS-EXT-SRV-ATTR:user_data',
        'description',
        'tags',
        'trusted_image_certificates',
        'OS-EXT-SRV-ATTR:hostname',
        'OS-EXT-AZ:availability_zone',
        'pinned_availability_zone',
        'scheduler_hints',
        'server_groups',
      ].map(key => [key, server[key]]),
    )
    assert.deepEqual(picked, {
      metadata: { role: 'web' },
      'OS-DCF:diskConfig': 'AUTO',
      accessIPv4: '192.0.2.1',
      accessIPv6: '2001:db8::1',
      config_drive: 'True',
      key_name: 'key',
      'OS-EXT-SRV-ATTR:user_data': 'aGVsbG8=',
      description: 'the first',
      tags: ['a', 'b'],
      trusted_image_certificates: ['c1'],
      'OS-EXT-SRV-ATTR:hostname': 'web.example.org',
      'OS-EXT-AZ:availability_zone': 'nova',
      pinned_availability_zone: 'nova',
      scheduler_hints: { group, cidr: '/24', mine: ['a', 'b'] },
      server_groups: [group],
    })
    const { instance } = await BuildRequest.getByInstanceUuid(api.context, id)
    const key = await KeyPair.getByName(api.context, 'u-member', 'key')
    assert.equal(instance.keyData, key.publicKey)
    const spec = await RequestSpec.getByInstanceUuid(api.context, id)
    assert.equal(spec.availabilityZone, 'nova')
    const mapping = await InstanceMapping.getByInstanceUuid(api.context, id)
    assert.deepEqual([mapping.cellMapping, mapping.userId], [null, 'u-member'])
  })

  it('takes the name for the description before 2.19', async () => {
    const { body } = await boot({}, 'member', '2.1').expect(202)
    assert.equal((await shown(body.server.id)).description, 'web')
  })

  it('grows the disk as the image says, unless the request says it', async () => {
    const { images } = as.current()
    const yes = images.add({ properties: { auto_disk_config: 'True' } })
    const no = images.add({ properties: { auto_disk_config: 'False' } })
    const config = async (server: object) =>
      (await boot(server).expect(202)).body.server['OS-DCF:diskConfig']
    assert.equal(await config({ imageRef: yes.id }), 'AUTO')
    assert.equal(await config({ imageRef: yes.id, 'OS-DCF:diskConfig': 'MANUAL' }), 'MANUAL')
    assert.equal(await config({ imageRef: no.id }), 'MANUAL')
    await refused(400, { imageRef: no.id, 'OS-DCF:diskConfig': 'AUTO' })
  })

  it('takes the flavor by the last part of an address, and by a number', async () => {
    await boot({ flavorRef: 'http://example.org/v2.1/flavors/1' }).expect(202)
    await boot({ flavorRef: 1 }).expect(202)
  })

  it('boots several at once, numbered, of one reservation', async () => {
    const { body, headers } = await boot({
      name: 'Web.Server',
      min_count: 2,
      max_count: '3',
      return_reservation_id: 'true',
    }).expect(202)
    const { reservation_id } = body
    assert.deepEqual(body, { reservation_id })
    assert.match(reservation_id, /^r-[0-9a-z]{8}$/)
    assert.equal(headers.location, undefined)
    const list = await as('admin', '2.90')
      .get(`/servers/detail?reservation_id=${reservation_id}&sort_key=display_name&sort_dir=asc`)
      .expect(200)
    assert.deepEqual(
      list.body.servers.map((server: Record<string, unknown>) => [
        server.name,
        server['OS-EXT-SRV-ATTR:hostname'],
        server['OS-EXT-SRV-ATTR:launch_index'],
      ]),
      [
        ['Web.Server-1', 'web-server-1', 0],
        ['Web.Server-2', 'web-server-2', 1],
        ['Web.Server-3', 'web-server-3', 2],
      ],
    )
  })

  it('makes a host name of the name, or of the uuid', async () => {
    const hostname = async (name: string) => {
      const { body } = await boot({ name }).expect(202)
      return [body.server.id, (await shown(body.server.id))['OS-EXT-SRV-ATTR:hostname']]
    }
    assert.equal((await hostname('My Web_Server.example'))[1], 'my-web-server-example')
    const [id, fallback] = await hostname('☃☃')
    assert.equal(fallback, `Server-${id}`)
  })

  describe('refuses', () => {
    it('with 400 what no schema can tell', async () => {
      const { images } = as.current()
      await addFlavor(as.current(), { flavorid: 'off', disabled: true })
      const queued = images.add({ status: 'queued' })
      const large = images.add({ size: 2 * 1024 ** 3 })
      const hungry = images.add({ min_ram: 1024 })
      const wide = images.add({ min_disk: 2 })
      const port = randomUUID()
      const network = randomUUID()
      const volume = { source_type: 'volume', destination_type: 'volume', uuid: randomUUID() }
      const blank = { source_type: 'blank', destination_type: 'local' }
      const cases: readonly (readonly [object, RegExp])[] = [
        [{ min_count: 3, max_count: 2 }, /min_count must be <= max_count/],
        [{ availability_zone: 'a:b:c:d' }, /availability_zone/],
        [{ availability_zone: 'nowhere' }, /availability zone/],
        [{ imageRef: '' }, /image/],
        [{ imageRef: randomUUID() }, /Image \S+ could not be found/],
        [{ imageRef: queued.id }, /not active/],
        [{ imageRef: large.id }, /too small/],
        [{ imageRef: hungry.id }, /too small/],
        [{ imageRef: wide.id }, /smaller than the minimum/],
        [{ flavorRef: 'none' }, /none/],
        [{ flavorRef: 'off' }, /off/],
        [{ key_name: 'none' }, /none/],
        [{ security_groups: [{ name: 'none' }] }, /none/],
        [{ networks: [{}] }, /uuid or a port/],
        [{ networks: [{ port }, { port }] }, /twice/],
        [{ networks: [{ port, fixed_ip: '10.0.0.1' }] }, /fixed address/],
        [{ networks: [{ port }], max_count: 2 }, /more than one server/],
        [{ networks: [{ uuid: network, fixed_ip: '10.0.0.1' }], max_count: 2 }, /one server/],
        [{ hostname: 'web', max_count: 2 }, /single server/],
        [
          { block_device_mapping: [{ volume_id: port }], block_device_mapping_v2: [volume] },
          /exclude/,
        ],
        [{ block_device_mapping_v2: [{ ...blank, uuid: port }] }, /blank/],
        [{ block_device_mapping_v2: [{ ...volume, uuid: undefined }] }, /uuid/],
        [{ block_device_mapping_v2: [{ ...blank, destination_type: 'volume' }] }, /volume_size/],
        [
          {
            block_device_mapping_v2: [
              { source_type: 'image', destination_type: 'volume', uuid: IMAGE_ID, boot_index: 0 },
            ],
          },
          /volume_size/,
        ],
        [{ block_device_mapping_v2: [{ ...volume, boot_index: 2 }] }, /boot sequence/],
        [{ block_device_mapping_v2: [{ ...blank, volume_size: 1 }] }, /ephemeral/],
        [{ block_device_mapping_v2: [{ ...blank, guest_format: 'swap', volume_size: 1 }] }, /swap/],
        [
          {
            block_device_mapping_v2: [
              { source_type: 'image', destination_type: 'local', uuid: IMAGE_ID, boot_index: 1 },
            ],
          },
          /image to local/,
        ],
        [
          { block_device_mapping_v2: [1, 2, 3].map(() => ({ ...blank, boot_index: -1 })) },
          /local devices/,
        ],
        [{ block_device_mapping_v2: [{ ...volume, volume_type: 'fast' }] }, /volume_type/],
      ]
      for (const [server, message] of cases) {
        const said = await refused(400, server)
        assert.match(said, message, `${JSON.stringify(server)}: ${said}`)
      }
      assert.match(
        await refused(400, { networks: [{ uuid: 'x' }] }, 'member', '2.36'),
        /not in proper format/,
      )
    })

    it('with 400 a group that is not there', async () => {
      const hints = { group: randomUUID() }
      const { body } = await as('member', '2.37')
        .post('/servers', { server: { ...minimal, networks: 'none' }, 'os:scheduler_hints': hints })
        .expect(400)
      assert.match(body.badRequest.message, new RegExp(hints.group))
      // Of the two spellings the first counts.
      await as('member', '2.37')
        .post('/servers', {
          server: { ...minimal, networks: 'none' },
          'os:scheduler_hints': {},
          'OS-SCH-HNT:scheduler_hints': hints,
        })
        .expect(202)
    })

    it('with 403 what the policy keeps for others', async () => {
      const policy = (rule: string) => `Policy doesn't allow ${rule} to be performed.`
      const forced = policy('os_compute_api:servers:create:forced_host')
      await addFlavor(as.current(), { flavorid: 'zero', rootGb: 0 })
      assert.equal(await refused(403, {}, 'reader'), policy('os_compute_api:servers:create'))
      for (const zone of ['nova:one', 'nova:one:one', 'nova::one']) {
        assert.equal(await refused(403, { availability_zone: zone }), forced)
      }
      assert.equal(
        await refused(403, { host: 'one' }),
        policy('compute:servers:create:requested_destination'),
      )
      assert.match(await refused(403, { flavorRef: 'zero' }), /zero disk/)
      await boot({ flavorRef: 'zero' }, 'admin').expect(202)
    })

    it('with 400 a host that is not there, or named twice', async () => {
      const api = as.current()
      await addComputeHost(api, 'one')
      assert.match(await refused(400, { host: 'two' }, 'admin'), /two/)
      assert.match(await refused(400, { hypervisor_hostname: 'two' }, 'admin'), /two/)
      assert.match(await refused(400, { host: 'one', hypervisor_hostname: 'two' }, 'admin'), /one/)
      assert.match(
        await refused(400, { host: 'one', availability_zone: 'nova:one' }, 'admin'),
        /excludes/,
      )
      await boot({ host: 'one', hypervisor_hostname: 'one' }, 'admin').expect(202)
      const { body } = await boot({ availability_zone: 'nova:one' }, 'admin').expect(202)
      const spec = await RequestSpec.getByInstanceUuid(api.context, body.server.id)
      assert.deepEqual([spec.forceHosts, spec.forceNodes], [['one'], null])
    })

    it('in the order of nova: counts before policy, policy before the flavor', async () => {
      await refused(400, { min_count: 3, max_count: 2 }, 'reader')
      await refused(403, { flavorRef: 'none' }, 'reader')
      await refused(400, { availability_zone: 'a:b:c:d', host: 'x' }, 'member')
      await refused(403, { availability_zone: 'a:b', flavorRef: 'none' }, 'member')
    })
  })
})

describe('POST /servers under a quota', () => {
  const as = eachWithApi({
    conf: {
      quota: {
        instances: 3,
        cores: 20,
        ram: 2048,
        metadata_items: 1,
        injected_files: 1,
        injected_file_content_bytes: 5,
        injected_file_path_length: 5,
        server_group_members: 1,
      },
    },
  })
  const boot = (server?: object, user?: TestUser, version?: string) =>
    bootOf(as.current())(server, user, version)
  beforeEach(() => addFlavor(as.current()))

  it('cuts max_count to what still fits, and refuses when min_count does not', async () => {
    await addServer(as.current())
    await boot({ min_count: 1, max_count: 5 }).expect(202)
    const { body: list } = await as('member').get('/servers').expect(200)
    assert.equal(list.servers.length, 3)
    await boot().expect(403, {
      forbidden: {
        code: 403,
        message: 'Quota exceeded for instances: Requested 1, but already used 3 of 3 instances',
      },
    })
    await boot({}, 'other').expect(202)
  })

  it('names all that is exceeded', async () => {
    await addFlavor(as.current(), { flavorid: 'big', vcpus: 21, memoryMb: 4096 })
    const { body } = await boot({ flavorRef: 'big' }).expect(403)
    assert.equal(
      body.forbidden.message,
      'Quota exceeded for cores, ram: Requested 21, 4096, but already used 0, 0 of 20, 2048 cores, ram',
    )
  })

  it('limits metadata, files, and members of a group', async () => {
    await boot({ metadata: { a: '1', b: '2' } }).expect(403)
    const file = { path: '/a', contents: 'aGk=' }
    await boot({ personality: [file] }, 'member', '2.56').expect(202)
    await boot({ personality: [file, file] }, 'member', '2.56').expect(403)
    await boot({ personality: [{ ...file, path: '/abcdef' }] }, 'member', '2.56').expect(403)
    await boot({ personality: [{ ...file, contents: 'aGVsbG8h' }] }, 'member', '2.56').expect(403)
    const { body } = await as('member', '2.15')
      .post('/os-server-groups', { server_group: { name: 'g', policies: ['affinity'] } })
      .expect(200)
    const join = (server: object = {}) =>
      as('member', '2.37').post('/servers', {
        server: { ...minimal, networks: 'none', ...server },
        'os:scheduler_hints': { group: body.server_group.id },
      })
    await join({ min_count: 2 }).expect(403)
    await join().expect(202)
    await join().expect(403)
    const group = await InstanceGroup.getByUuid(as.current().context, body.server_group.id)
    assert.equal(group.members?.length, 1)
  })
})

describe('POST /servers with names that must be unique', () => {
  const as = eachWithApi({
    conf: { DEFAULT: { osapi_compute_unique_server_name_scope: 'project' } },
  })
  beforeEach(() => addFlavor(as.current()))

  it('answers 409 for a name that a server of the project bears', async () => {
    const boot = bootOf(as.current())
    await addServer(as.current(), { displayName: 'placed' })
    await boot().expect(202)
    await boot().expect(409)
    await boot({ name: 'placed' }).expect(409)
    await boot({ name: 'place' }).expect(202)
    await boot({}, 'other').expect(202)
  })
})

describe('POST /servers without passwords', () => {
  const as = eachWithApi({ conf: { api: { enable_instance_password: false } } })
  beforeEach(() => addFlavor(as.current()))

  it('tells none', async () => {
    const { body } = await bootOf(as.current())({ adminPass: 'pw' }).expect(202)
    assert.equal('adminPass' in body.server, false)
  })
})

describe('POST /v2/servers', () => {
  const as = eachWithApi()
  beforeEach(() => addFlavor(as.current()))

  it('trims names, drops what it does not know, and has no versions', async () => {
    const api = as.current()
    const { body, headers } = await request(api.app)
      .post('/v2/servers')
      .set(api.as('member'))
      .send({ server: { ...minimal, name: ' web ', user_data: null, nonsense: 1 } })
      .expect(202)
    assert.equal(headers['openstack-api-version'], undefined)
    assert.match(headers.location ?? '', /\/v2\/servers\/[0-9a-f-]{36}$/)
    const shown = await request(api.app)
      .get(`/v2/servers/${body.server.id}`)
      .set(api.as('member'))
      .expect(200)
    assert.equal(shown.body.server.name, 'web')
    assert.equal('locked' in shown.body.server, false)
  })
})
