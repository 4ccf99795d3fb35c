import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import fc from 'fast-check'
import request from 'supertest'
import type { Database } from '../../../../lib/db/database.js'
import {
  createNetworkApp,
  type NetworkSchema,
  openNetworkState,
  seedNetwork,
} from '../../../../lib/embedded/network/index.js'
import { ADMIN, DEMO, withUsers } from '../../../support/as-user.js'

const NOWHERE = '00000000-0000-4000-8000-000000000000'

describe('the embedded network service', () => {
  let database: Database<NetworkSchema>
  let server: Server
  let errors: unknown[]

  beforeEach(async () => {
    database = await openNetworkState(null)
    errors = []
    const app = createNetworkApp({
      database,
      identityUrl: 'http://id',
      onError: error => errors.push(error),
    })
    server = createServer(withUsers(app)).listen(0)
  })

  afterEach(async () => {
    await new Promise(resolve => server.close(resolve))
    await database.close()
    assert.deepEqual(errors, [])
  })

  const call = (user: string, method: 'get' | 'post' | 'put' | 'delete', path: string) =>
    request(server)[method](path).set('x-auth-token', user)
  const get = (user: string, path: string) => call(user, 'get', `/v2.0${path}`)
  const post = (user: string, path: string, body: object) =>
    call(user, 'post', `/v2.0${path}`).send(body)
  const put = (user: string, path: string, body: object) =>
    call(user, 'put', `/v2.0${path}`).send(body)
  const del = (user: string, path: string) => call(user, 'delete', `/v2.0${path}`)

  const fault = (type: string, message: string) => ({ NeutronError: { type, message, detail: '' } })

  const network = async (user = 'admin', values: object = {}): Promise<string> =>
    (await post(user, '/networks', { network: { name: 'net', ...values } }).expect(201)).body
      .network.id
  const subnet = async (
    networkId: string,
    cidr = '10.0.0.0/24',
    values: object = {},
    user = 'admin',
  ) =>
    (
      await post(user, '/subnets', {
        subnet: { network_id: networkId, cidr, ip_version: cidr.includes(':') ? 6 : 4, ...values },
      }).expect(201)
    ).body.subnet
  const port = async (networkId: string, values: object = {}, user = 'admin') =>
    (await post(user, '/ports', { port: { network_id: networkId, ...values } }).expect(201)).body
      .port

  describe('versions and entry', () => {
    it('tells its version to anybody', async () => {
      const { body, headers } = await request(server).get('/').set('host', 'cloud:1').expect(200)
      assert.deepEqual(body, {
        versions: [
          {
            id: 'v2.0',
            status: 'CURRENT',
            links: [{ rel: 'self', href: 'http://cloud:1/v2.0/' }],
          },
        ],
      })
      assert.match(headers['x-openstack-request-id'] ?? '', /^req-[0-9a-f-]{36}$/)
    })

    it('asks who it is, in the identity service’s words', async () => {
      await request(server)
        .get('/v2.0/networks')
        .expect(401, {
          error: {
            code: 401,
            message: 'The request you have made requires authentication.',
            title: 'Unauthorized',
          },
        })
        .expect('www-authenticate', 'Keystone uri="http://id"')
    })

    it('answers with and without the version in front', async () => {
      await call('demo', 'get', '/networks').expect(200, { networks: [] })
      await call('demo', 'get', '/v2.0/networks.json').expect(200, { networks: [] })
    })

    it('knows no other path', async () => {
      await get('admin', '/trunks').expect(
        404,
        fault('HTTPNotFound', 'The resource could not be found.'),
      )
    })

    it('lists only the extensions it serves', async () => {
      const { body } = await get('demo', '/extensions').expect(200)
      const aliases = body.extensions.map((one: { alias: string }) => one.alias)
      for (const alias of [
        'security-group',
        'binding',
        'port-security',
        'external-net',
        'router',
      ]) {
        assert.ok(aliases.includes(alias), alias)
      }
      await get('demo', '/extensions/binding').expect(200)
      await get('demo', '/extensions/auto-allocated-topology').expect(
        404,
        fault('HTTPNotFound', 'Extension with alias auto-allocated-topology does not exist'),
      )
    })
  })

  describe('networks', () => {
    it('are made, and show providers to administrators only', async () => {
      const { body } = await post('demo', '/networks', { network: { name: 'mine' } }).expect(201)
      const { id, created_at, updated_at, ...rest } = body.network
      assert.match(id, /^[0-9a-f]{8}-/)
      assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.equal(updated_at, created_at)
      assert.deepEqual(rest, {
        name: 'mine',
        tenant_id: DEMO.projectId,
        admin_state_up: true,
        mtu: 1450,
        status: 'ACTIVE',
        subnets: [],
        shared: false,
        availability_zone_hints: [],
        availability_zones: [],
        ipv4_address_scope: null,
        ipv6_address_scope: null,
        'router:external': false,
        is_default: false,
        port_security_enabled: true,
        description: '',
        tags: [],
        revision_number: 1,
        project_id: DEMO.projectId,
      })
      const seen = (await get('admin', `/networks/${id}`).expect(200)).body.network
      assert.equal(seen['provider:network_type'], 'vxlan')
      assert.equal(seen['provider:physical_network'], null)
    })

    it('belong to the project that an administrator names', async () => {
      const id = await network('admin', { tenant_id: DEMO.projectId })
      const { body } = await get('demo', `/networks/${id}`).expect(200)
      assert.equal(body.network.project_id, DEMO.projectId)
      await post('demo', '/networks', { network: { tenant_id: ADMIN.projectId } }).expect(
        400,
        fault(
          'HTTPBadRequest',
          "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin privileges",
        ),
      )
    })

    it('are shared by administrators only', async () => {
      await post('demo', '/networks', { network: { shared: true } }).expect(
        403,
        fault(
          'PolicyNotAuthorized',
          '(rule:create_network and rule:create_network:shared) is disallowed by policy',
        ),
      )
    })

    it('hide from other projects unless shared or external', async () => {
      const hidden = await network('admin', { name: 'hidden' })
      const shared = await network('admin', { name: 'shared', shared: true })
      const outside = await network('admin', { name: 'outside', 'router:external': 'True' })
      const inShared = await subnet(shared)
      const names = async (query: string) =>
        (await get('demo', `/networks${query}`).expect(200)).body.networks.map(
          (one: { name: string }) => one.name,
        )
      assert.deepEqual(await names(''), ['shared', 'outside'])
      assert.deepEqual(await names('?shared=TRUE'), ['shared'])
      assert.deepEqual(await names('?router:external=True'), ['outside'])
      assert.deepEqual(await names(`?id=${hidden}&id=${outside}`), ['outside'])
      assert.deepEqual(await names('?name=hidden'), [])
      await get('demo', `/networks/${hidden}`).expect(
        404,
        fault('NetworkNotFound', `Network ${hidden} could not be found.`),
      )
      await get('demo', `/subnets/${inShared.id}`).expect(200)
      await del('demo', `/networks/${shared}`).expect(404)
    })

    it('are found by fields, and refuse filters that are none', async () => {
      const id = await network()
      await get('admin', `/networks?name=net&fields=id&fields=name`).expect(200, {
        networks: [{ id, name: 'net' }],
      })
      await get('admin', `/networks/${id}?fields=segments`).expect(200, { network: {} })
      await get('admin', '/networks?x=1').expect(
        400,
        fault('HTTPBadRequest', "['x'] is invalid attribute for filtering"),
      )
    })

    it('are paged with markers and links', async () => {
      for (const name of ['c', 'a', 'b']) await network('admin', { name })
      const first = await get('admin', '/networks?limit=2&sort_key=name&fields=name').expect(200)
      assert.deepEqual(first.body.networks, [{ name: 'a' }, { name: 'b' }])
      const [link] = first.body.networks_links
      assert.equal(link.rel, 'next')
      const next = new URL(link.href)
      const second = await call('admin', 'get', next.pathname + next.search).expect(200)
      assert.deepEqual(second.body.networks, [{ name: 'c' }])
      assert.equal(second.body.networks_links[0].rel, 'previous')
      await get('admin', `/networks?limit=-1`).expect(400)
      await get('admin', `/networks?marker=${NOWHERE}`).expect(400)
    })

    it('are kept while ports stand in them', async () => {
      const id = await network()
      await subnet(id)
      const made = await port(id)
      await del('admin', `/networks/${id}`).expect(
        409,
        fault(
          'NetworkInUse',
          `Unable to complete operation on network ${id}. There are one or more ports still in use on the network, id for these ports is: ${made.id}.`,
        ),
      )
      await del('admin', `/ports/${made.id}`).expect(204)
      await del('admin', `/networks/${id}`).expect(204)
      await get('admin', '/subnets').expect(200, { subnets: [] })
    })

    it('say which attribute is wrong', async () => {
      const cases: [object, string][] = [
        [{ nme: 'x' }, "Unrecognized attribute(s) 'nme'"],
        [{ name: 5 }, "Invalid input for name. Reason: '5' is not a valid string."],
        [
          { admin_state_up: 'maybe' },
          "Invalid input for admin_state_up. Reason: 'maybe' cannot be converted to boolean.",
        ],
        [{ status: 'DOWN' }, "Attribute 'status' not allowed in POST"],
      ]
      for (const [body, message] of cases) {
        await post('admin', '/networks', { network: body }).expect(
          400,
          fault('HTTPBadRequest', message),
        )
      }
      await post('admin', '/networks', { net: {} }).expect(
        400,
        fault('HTTPBadRequest', "Unable to find 'network' in request body"),
      )
    })

    it('are changed, with a new revision', async () => {
      const id = await network()
      const { body } = await put('admin', `/networks/${id}`, { network: { name: 'new' } }).expect(
        200,
      )
      assert.equal(body.network.name, 'new')
      assert.equal(body.network.revision_number, 2)
      await put('admin', `/networks/${id}`, { network: { id: NOWHERE } }).expect(
        400,
        fault('HTTPBadRequest', 'Cannot update read-only attribute id'),
      )
    })

    it('are made many at once, or none of them', async () => {
      const { body } = await post('admin', '/networks', {
        networks: [{ network: { name: 'a' } }, { network: { name: 'b' } }],
      }).expect(201)
      assert.equal(body.networks.length, 2)
      await post('admin', '/networks', {
        networks: [{ network: { name: 'c' } }, { network: { name: 1 } }],
      }).expect(400)
      assert.equal((await get('admin', '/networks').expect(200)).body.networks.length, 2)
    })

    it('bear tags', async () => {
      const id = await network()
      await put('admin', `/networks/${id}/tags`, { tags: ['red'] }).expect(200, { tags: ['red'] })
      await call('admin', 'put', `/v2.0/networks/${id}/tags/blue`).expect(201)
      await get('admin', `/networks?tags=red,blue&fields=id`).expect(200, { networks: [{ id }] })
      await get('admin', `/networks?not-tags-any=red`).expect(200, { networks: [] })
      await del('admin', `/networks/${id}/tags/green`).expect(
        404,
        fault('TagNotFound', 'Tag green could not be found.'),
      )
      await del('admin', `/networks/${id}/tags/red`).expect(204)
      await get('admin', `/networks/${id}/tags`).expect(200, { tags: ['blue'] })
    })
  })

  describe('subnets', () => {
    it('choose gateway and pools', async () => {
      const id = await network()
      const { id: subnetId, created_at, updated_at, ...rest } = await subnet(id)
      assert.deepEqual(rest, {
        name: '',
        tenant_id: ADMIN.projectId,
        network_id: id,
        ip_version: 4,
        subnetpool_id: null,
        enable_dhcp: true,
        ipv6_ra_mode: null,
        ipv6_address_mode: null,
        gateway_ip: '10.0.0.1',
        cidr: '10.0.0.0/24',
        allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.254' }],
        host_routes: [],
        dns_nameservers: [],
        service_types: [],
        description: '',
        tags: [],
        revision_number: 1,
        project_id: ADMIN.projectId,
      })
      assert.equal(updated_at, created_at)
      const { body } = await get('admin', `/networks/${id}`).expect(200)
      assert.deepEqual(body.network.subnets, [subnetId])
    })

    it('may have no gateway, and one in their middle', async () => {
      const id = await network()
      assert.deepEqual((await subnet(id, '10.1.0.0/29', { gateway_ip: null })).allocation_pools, [
        { start: '10.1.0.1', end: '10.1.0.6' },
      ])
      const middle = await subnet(id, '10.2.0.0/29', { gateway_ip: '10.2.0.3' })
      assert.deepEqual(middle.allocation_pools, [
        { start: '10.2.0.1', end: '10.2.0.2' },
        { start: '10.2.0.4', end: '10.2.0.6' },
      ])
      const v6 = await subnet(id, '2001:db8::/64')
      assert.equal(v6.gateway_ip, '2001:db8::1')
      assert.deepEqual(v6.allocation_pools, [
        { start: '2001:db8::2', end: '2001:db8::ffff:ffff:ffff:ffff' },
      ])
    })

    it('do not overlap within a network', async () => {
      const id = await network()
      await subnet(id)
      await post('admin', '/subnets', {
        subnet: { network_id: id, cidr: '10.0.0.128/25', ip_version: 4 },
      }).expect(
        400,
        fault(
          'InvalidInput',
          `Invalid input for operation: Requested subnet with cidr: 10.0.0.128/25 for network: ${id} overlaps with another subnet.`,
        ),
      )
      await subnet(await network())
    })

    it('refuse what cannot be', async () => {
      const id = await network()
      const cases: [object, number, string, string][] = [
        [
          { cidr: '10.0.0.0/24' },
          400,
          'HTTPBadRequest',
          "Failed to parse request. Required attribute 'ip_version' not specified",
        ],
        [
          { cidr: '10.0.0.1/24', ip_version: 4 },
          400,
          'HTTPBadRequest',
          "Invalid input for cidr. Reason: '10.0.0.1/24' isn't a recognized IP subnet cidr, '10.0.0.0/24' is recommended.",
        ],
        [
          { cidr: 'x', ip_version: 4 },
          400,
          'HTTPBadRequest',
          "Invalid input for cidr. Reason: 'x' is not a valid IP subnet.",
        ],
        [
          { cidr: '10.0.0.0/24', ip_version: 5 },
          400,
          'HTTPBadRequest',
          "Invalid input for ip_version. Reason: '5' is not in [4, 6].",
        ],
        [
          { cidr: '10.0.0.0/24', ip_version: 6 },
          400,
          'InvalidInput',
          "Invalid input for operation: cidr '10.0.0.0/24' does not match the ip_version '6'.",
        ],
        [
          { cidr: '10.0.0.0/24', ip_version: 4, gateway_ip: '10.0.1.1' },
          400,
          'InvalidInput',
          'Invalid input for operation: Gateway is not valid on subnet.',
        ],
        [
          {
            cidr: '10.0.0.0/24',
            ip_version: 4,
            allocation_pools: [{ start: '10.0.0.9', end: '10.0.1.2' }],
          },
          400,
          'OutOfBoundsAllocationPool',
          'The allocation pool 10.0.0.9-10.0.1.2 spans beyond the subnet cidr 10.0.0.0/24.',
        ],
        [
          {
            cidr: '10.0.0.0/24',
            ip_version: 4,
            allocation_pools: [{ start: '10.0.0.9', end: '10.0.0.2' }],
          },
          400,
          'InvalidAllocationPool',
          'The allocation pool 10.0.0.9-10.0.0.2 is not valid.',
        ],
        [
          {
            cidr: '10.0.0.0/24',
            ip_version: 4,
            allocation_pools: [
              { start: '10.0.0.2', end: '10.0.0.9' },
              { start: '10.0.0.5', end: '10.0.0.12' },
            ],
          },
          409,
          'OverlappingAllocationPools',
          'Found overlapping allocation pools: 10.0.0.2-10.0.0.9 10.0.0.5-10.0.0.12 for subnet 10.0.0.0/24.',
        ],
        [
          {
            cidr: '10.0.0.0/24',
            ip_version: 4,
            allocation_pools: [{ start: '10.0.0.1', end: '10.0.0.9' }],
          },
          409,
          'GatewayConflictWithAllocationPools',
          'Gateway ip 10.0.0.1 conflicts with allocation pool 10.0.0.1-10.0.0.9.',
        ],
      ]
      for (const [values, status, type, message] of cases) {
        await post('admin', '/subnets', { subnet: { network_id: id, ...values } }).expect(
          status,
          fault(type, message),
        )
      }
    })

    it('stay while addresses of theirs are used', async () => {
      const id = await network()
      const made = await subnet(id)
      const used = await port(id)
      await del('admin', `/subnets/${made.id}`).expect(
        409,
        fault(
          'SubnetInUse',
          `Unable to complete operation on subnet ${made.id}: One or more ports have an IP allocation from this subnet.`,
        ),
      )
      await del('admin', `/ports/${used.id}`).expect(204)
      await del('admin', `/subnets/${made.id}`).expect(204)
    })
  })

  describe('ports', () => {
    it('get an address, a MAC and the default group', async () => {
      const id = await network()
      const sub = await subnet(id)
      const {
        id: portId,
        mac_address,
        created_at,
        updated_at,
        security_groups,
        ...rest
      } = await port(id, {
        device_id: NOWHERE,
      })
      assert.match(portId, /^[0-9a-f-]{36}$/)
      assert.match(mac_address, /^fa:16:3e(:[0-9a-f]{2}){3}$/)
      assert.equal(updated_at, created_at)
      const groups = (await get('admin', '/security-groups?name=default&fields=id').expect(200))
        .body
      assert.deepEqual(
        groups.security_groups.map((group: { id: string }) => group.id),
        security_groups,
      )
      assert.deepEqual(rest, {
        name: '',
        tenant_id: ADMIN.projectId,
        network_id: id,
        admin_state_up: true,
        status: 'DOWN',
        device_id: NOWHERE,
        device_owner: '',
        fixed_ips: [{ subnet_id: sub.id, ip_address: '10.0.0.2' }],
        allowed_address_pairs: [],
        extra_dhcp_opts: [],
        'binding:vnic_type': 'normal',
        'binding:profile': {},
        'binding:host_id': '',
        'binding:vif_type': 'unbound',
        'binding:vif_details': {},
        port_security_enabled: true,
        description: '',
        tags: [],
        revision_number: 1,
        project_id: ADMIN.projectId,
      })
    })

    it('are bound by their host, and set free again', async () => {
      const id = await network()
      await subnet(id)
      const { id: portId } = await port(id)
      const bound = await put('admin', `/ports/${portId}`, {
        port: { device_owner: 'compute:nova', 'binding:host_id': 'compute-2' },
      }).expect(200)
      assert.equal(bound.body.port.status, 'ACTIVE')
      assert.equal(bound.body.port['binding:vif_type'], 'ovs')
      assert.deepEqual(bound.body.port['binding:vif_details'], {
        connectivity: 'l2',
        port_filter: true,
        ovs_hybrid_plug: false,
        datapath_type: 'system',
        bridge_name: 'br-int',
        bound_drivers: { '0': 'openvswitch' },
      })
      const free = await put('admin', `/ports/${portId}`, {
        port: { device_id: '', device_owner: '', 'binding:host_id': null, 'binding:profile': {} },
      }).expect(200)
      assert.equal(free.body.port.status, 'DOWN')
      assert.equal(free.body.port['binding:vif_type'], 'unbound')
    })

    it('are not bound by users, who do not see the binding either', async () => {
      const id = await network('demo')
      const made = await port(id, {}, 'demo')
      assert.deepEqual(
        Object.keys(made).filter(key => key.startsWith('binding:')),
        ['binding:vnic_type'],
      )
      await put('demo', `/ports/${made.id}`, { port: { 'binding:host_id': 'h' } }).expect(
        403,
        fault(
          'PolicyNotAuthorized',
          '(rule:update_port and rule:update_port:binding:host_id) is disallowed by policy',
        ),
      )
    })

    it('get the address they ask for, once', async () => {
      const id = await network()
      const sub = await subnet(id)
      const ask = { fixed_ips: [{ ip_address: '10.0.0.77' }] }
      const made = await port(id, ask)
      assert.deepEqual(made.fixed_ips, [{ subnet_id: sub.id, ip_address: '10.0.0.77' }])
      await post('admin', '/ports', { port: { network_id: id, ...ask } }).expect(
        409,
        fault(
          'IpAddressAlreadyAllocated',
          `IP address 10.0.0.77 already allocated in subnet ${sub.id}`,
        ),
      )
      await get('admin', '/ports?fixed_ips=ip_address=10.0.0.77&fields=id').expect(200, {
        ports: [{ id: made.id }],
      })
      await post('admin', '/ports', {
        port: { network_id: id, fixed_ips: [{ ip_address: '10.9.0.1' }] },
      }).expect(
        400,
        fault(
          'InvalidIpForNetwork',
          'IP address 10.9.0.1 is not a valid IP for any of the subnets on the specified network.',
        ),
      )
      await post('admin', '/ports', {
        port: { network_id: id, fixed_ips: [{ subnet_id: sub.id, ip_address: '10.0.0.255' }] },
      }).expect(
        400,
        fault(
          'InvalidIpForSubnet',
          'IP address 10.0.0.255 is not a valid IP for the specified subnet.',
        ),
      )
    })

    it('change addresses, and give back those they leave', async () => {
      const id = await network()
      const sub = await subnet(id)
      const made = await port(id)
      const ips = (...texts: string[]) =>
        texts.map(ip_address => ({ subnet_id: sub.id, ip_address }))
      const more = await put('admin', `/ports/${made.id}`, {
        port: { fixed_ips: [...made.fixed_ips, { subnet_id: sub.id }] },
      }).expect(200)
      assert.deepEqual(more.body.port.fixed_ips, ips('10.0.0.2', '10.0.0.3'))
      await put('admin', `/ports/${made.id}`, { port: { fixed_ips: ips('10.0.0.3') } }).expect(200)
      const other = await port(id, { fixed_ips: ips('10.0.0.2') })
      assert.deepEqual(other.fixed_ips, ips('10.0.0.2'))
    })

    it('take one address of each family, and what follows from the MAC', async () => {
      const id = await network()
      const v4 = await subnet(id)
      const v6 = await subnet(id, '2001:db8::/64', { ipv6_address_mode: 'dhcpv6-stateful' })
      const slaac = await subnet(id, '2001:db8:1::/64', { ipv6_address_mode: 'slaac' })
      const made = await port(id, { mac_address: 'fa:16:3e:00:00:01' })
      assert.deepEqual(made.fixed_ips, [
        { subnet_id: v4.id, ip_address: '10.0.0.2' },
        { subnet_id: v6.id, ip_address: '2001:db8::2' },
        { subnet_id: slaac.id, ip_address: '2001:db8:1:0:f816:3eff:fe00:1' },
      ])
    })

    it('run out with their pool, and find a gap in it', async () => {
      const id = await network()
      await subnet(id, '10.0.0.0/29')
      const made = []
      for (let i = 0; i < 5; i++) made.push(await port(id))
      await post('admin', '/ports', { port: { network_id: id } }).expect(
        409,
        fault('IpAddressGenerationFailure', `No more IP addresses available on network ${id}.`),
      )
      await del('admin', `/ports/${made[2].id}`).expect(204)
      assert.equal((await port(id)).fixed_ips[0].ip_address, '10.0.0.4')
    })

    it('never share an address or a MAC, however many are made at once', async () => {
      const id = await network()
      await subnet(id)
      const made = await Promise.all(Array.from({ length: 60 }, () => port(id)))
      const ips = new Set(made.map(one => one.fixed_ips[0].ip_address))
      assert.equal(ips.size, 60)
      assert.equal(new Set(made.map(one => one.mac_address)).size, 60)
    })

    it('refuse a MAC that is in use', async () => {
      const id = await network()
      await port(id, { mac_address: 'FA:16:3E:00:00:01' })
      await post('admin', '/ports', {
        port: { network_id: id, mac_address: 'fa:16:3e:00:00:01' },
      }).expect(
        409,
        fault(
          'MacAddressInUse',
          `Unable to complete operation for network ${id}. The mac address fa:16:3e:00:00:01 is in use.`,
        ),
      )
    })

    it('are found by device', async () => {
      const id = await network()
      await port(id)
      const mine = await port(id, { device_id: 'server-1' })
      await get('admin', '/ports?device_id=server-1&fields=id').expect(200, {
        ports: [{ id: mine.id }],
      })
      await get('demo', '/ports?device_id=server-1').expect(200, { ports: [] })
    })

    it('are found by owner, and by having none', async () => {
      const id = await network()
      await subnet(id)
      const { id: dhcp } = await port(id, { device_owner: 'network:dhcp' })
      const { id: server } = await port(id, { device_owner: 'compute:nova' })
      const { id: nobodys } = await port(id)
      const found = async (query: string): Promise<string[]> => {
        const { body } = await get('admin', `/ports?network_id=${id}&${query}`).expect(200)
        return body.ports.map((one: { id: string }) => one.id)
      }
      assert.deepEqual(await found('device_owner=network:dhcp'), [dhcp])
      assert.deepEqual(await found('device_owner=network:dhcp&device_owner=compute:nova'), [
        dhcp,
        server,
      ])
      assert.deepEqual(await found('device_owner='), [nobodys])
      assert.deepEqual(await found('device_owner=&device_owner=network:dhcp'), [dhcp, nobodys])
      assert.deepEqual(await found('device_owner=network:router_gateway'), [])
    })

    it('are limited by the project’s quota', async () => {
      const id = await network()
      await put('admin', `/quotas/${ADMIN.projectId}`, { quota: { port: 1 } }).expect(200)
      await port(id)
      await post('admin', '/ports', { port: { network_id: id } }).expect(
        409,
        fault('OverQuota', "Quota exceeded for resources: ['port']."),
      )
    })
  })

  describe('security groups', () => {
    const groupsOf = async (user: string, query = '') =>
      (await get(user, `/security-groups${query}`).expect(200)).body.security_groups

    it('begin with default, which lets out all and in its members', async () => {
      const [group, another] = await groupsOf('demo')
      assert.equal(another, undefined)
      assert.equal(group.name, 'default')
      assert.equal(group.tenant_id, DEMO.projectId)
      const rules = group.security_group_rules.map(
        (rule: { direction: string; ethertype: string; remote_group_id: string | null }) => [
          rule.direction,
          rule.ethertype,
          rule.remote_group_id,
        ],
      )
      assert.deepEqual(rules, [
        ['ingress', 'IPv4', group.id],
        ['egress', 'IPv4', null],
        ['ingress', 'IPv6', group.id],
        ['egress', 'IPv6', null],
      ])
    })

    it('make the default of a project that an administrator asks for', async () => {
      const [group, another] = await groupsOf('admin', '?tenant_id=feed&name=default')
      assert.equal(group.tenant_id, 'feed')
      assert.equal(another, undefined)
      await del('admin', `/security-groups/${group.id}`).expect(204)
    })

    it('keep default from its owner', async () => {
      const [group] = await groupsOf('demo')
      await del('demo', `/security-groups/${group.id}`).expect(
        409,
        fault(
          'SecurityGroupCannotRemoveDefault',
          'Insufficient rights for removing default security group.',
        ),
      )
    })

    it('are made with two egress rules, and stay while used', async () => {
      const { body } = await post('demo', '/security-groups', {
        security_group: { name: 'web', description: 'w' },
      }).expect(201)
      const group = body.security_group
      assert.deepEqual(
        group.security_group_rules.map((rule: { direction: string }) => rule.direction),
        ['egress', 'egress'],
      )
      const net = await network('demo')
      const used = await port(net, { security_groups: [group.id] }, 'demo')
      assert.deepEqual(used.security_groups, [group.id])
      await del('demo', `/security-groups/${group.id}`).expect(
        409,
        fault('SecurityGroupInUse', `Security Group ${group.id} in use.`),
      )
      await put('demo', `/ports/${used.id}`, { port: { security_groups: [] } }).expect(200)
      await del('demo', `/security-groups/${group.id}`).expect(204)
      await post('demo', '/ports', {
        port: { network_id: net, security_groups: [group.id] },
      }).expect(404, fault('SecurityGroupNotFound', `Security group ${group.id} does not exist`))
    })

    it('take a rule once, and only one that makes sense', async () => {
      const [group] = await groupsOf('demo')
      const rule = (values: object) =>
        post('demo', '/security-group-rules', {
          security_group_rule: { security_group_id: group.id, direction: 'ingress', ...values },
        })
      const ssh = { protocol: 'tcp', port_range_min: 22, port_range_max: '22' }
      const { body } = await rule(ssh).expect(201)
      const { id, created_at, updated_at, ...rest } = body.security_group_rule
      assert.equal(created_at, updated_at)
      assert.deepEqual(rest, {
        tenant_id: DEMO.projectId,
        security_group_id: group.id,
        ethertype: 'IPv4',
        direction: 'ingress',
        protocol: 'tcp',
        port_range_min: 22,
        port_range_max: 22,
        remote_ip_prefix: null,
        remote_group_id: null,
        remote_address_group_id: null,
        normalized_cidr: null,
        description: '',
        tags: [],
        revision_number: 1,
        project_id: DEMO.projectId,
      })
      await rule(ssh).expect(
        409,
        fault('SecurityGroupRuleExists', `Security group rule already exists. Rule id is ${id}.`),
      )
      const cases: [object, string, string][] = [
        [
          { protocol: 'tcp', port_range_min: 5, port_range_max: 2 },
          'SecurityGroupInvalidPortRange',
          'For TCP/UDP protocols, port_range_min must be <= port_range_max',
        ],
        [
          { port_range_min: 5, port_range_max: 5 },
          'SecurityGroupProtocolRequiredWithPorts',
          'Must also specify protocol if port range is given.',
        ],
        [
          { protocol: 'tcp', port_range_min: 70000, port_range_max: 70000 },
          'SecurityGroupInvalidPortValue',
          'Invalid value for port 70000',
        ],
        [
          { remote_ip_prefix: '10.0.0.0/8', remote_group_id: group.id },
          'SecurityGroupRemoteGroupAndRemoteIpPrefix',
          'Only remote_ip_prefix or remote_group_id may be provided.',
        ],
        [
          { ethertype: 'IPv6', remote_ip_prefix: '10.0.0.0/8' },
          'SecurityGroupRuleParameterConflict',
          'Conflicting value ethertype IPv6 for CIDR 10.0.0.0/8',
        ],
      ]
      for (const [values, type, message] of cases) {
        await rule(values).expect(400, fault(type, message))
      }
      await del('demo', `/security-group-rules/${id}`).expect(204)
      await del('demo', `/security-group-rules/${id}`).expect(
        404,
        fault('SecurityGroupRuleNotFound', `Security group rule ${id} does not exist`),
      )
    })
  })

  describe('routers and floating addresses', () => {
    const outside = async (): Promise<string> => {
      const id = await network('admin', { name: 'ext', 'router:external': true })
      await subnet(id, '192.0.2.0/24')
      return id
    }
    const router = async (values: object = {}) =>
      (await post('admin', '/routers', { router: { name: 'r', ...values } }).expect(201)).body
        .router

    it('lead a floating address to a port', async () => {
      const ext = await outside()
      const inside = await network()
      const sub = await subnet(inside)
      const made = await router({ external_gateway_info: { network_id: ext } })
      assert.equal(made.external_gateway_info.external_fixed_ips[0].ip_address, '192.0.2.2')
      const server = await port(inside)
      const floating = (
        await post('admin', '/floatingips', { floatingip: { floating_network_id: ext } }).expect(
          201,
        )
      ).body.floatingip
      assert.equal(floating.floating_ip_address, '192.0.2.3')
      assert.equal(floating.status, 'DOWN')

      await put('admin', `/floatingips/${floating.id}`, {
        floatingip: { port_id: server.id },
      }).expect(
        404,
        fault(
          'ExternalGatewayForFloatingIPNotFound',
          `External network ${ext} is not reachable from subnet ${sub.id}.  Therefore, cannot associate Port ${server.id} with a Floating IP.`,
        ),
      )
      const leg = await put('admin', `/routers/${made.id}/add_router_interface`, {
        subnet_id: sub.id,
      }).expect(200)
      const { port_id, ...rest } = leg.body
      assert.match(port_id, /^[0-9a-f-]{36}$/)
      assert.deepEqual(rest, {
        id: made.id,
        tenant_id: ADMIN.projectId,
        project_id: ADMIN.projectId,
        network_id: inside,
        subnet_id: sub.id,
        subnet_ids: [sub.id],
        tags: [],
      })
      const on = await put('admin', `/floatingips/${floating.id}`, {
        floatingip: { port_id: server.id },
      }).expect(200)
      assert.equal(on.body.floatingip.fixed_ip_address, '10.0.0.2')
      assert.equal(on.body.floatingip.router_id, made.id)
      assert.equal(on.body.floatingip.status, 'ACTIVE')
      await get('admin', `/floatingips?port_id=${server.id}&fields=id`).expect(200, {
        floatingips: [{ id: floating.id }],
      })

      await put('admin', `/routers/${made.id}/remove_router_interface`, {
        subnet_id: sub.id,
      }).expect(409)
      await del('admin', `/ports/${server.id}`).expect(204)
      const off = await get('admin', `/floatingips/${floating.id}`).expect(200)
      assert.equal(off.body.floatingip.port_id, null)

      await del('admin', `/routers/${made.id}`).expect(
        409,
        fault('RouterInUse', `Router ${made.id} still has ports`),
      )
      await put('admin', `/routers/${made.id}/remove_router_interface`, {
        subnet_id: sub.id,
      }).expect(200)
      await del('admin', `/floatingips/${floating.id}`).expect(204)
      await del('admin', `/routers/${made.id}`).expect(204)
      await del('admin', `/networks/${ext}`).expect(204)
      await del('admin', `/networks/${inside}`).expect(204)
    })

    it('refuse nonsense', async () => {
      const inside = await network()
      const made = await router()
      await put('admin', `/routers/${made.id}/add_router_interface`, {}).expect(
        400,
        fault('BadRequest', 'Bad router request: Either subnet_id or port_id must be specified.'),
      )
      await put('admin', `/routers/${made.id}`, {
        router: { external_gateway_info: { network_id: inside } },
      }).expect(
        400,
        fault('BadRequest', `Bad router request: Network ${inside} is not an external network.`),
      )
      await post('admin', '/floatingips', { floatingip: { floating_network_id: inside } }).expect(
        400,
        fault(
          'BadRequest',
          `Bad floatingip request: Network ${inside} is not a valid external network.`,
        ),
      )
    })
  })

  describe('quotas', () => {
    it('are shown, used, changed and reset', async () => {
      const path = `/quotas/${DEMO.projectId}`
      const { body } = await get('demo', path).expect(200)
      assert.equal(body.quota.network, 100)
      await put('demo', path, { quota: { network: 5 } }).expect(403)
      await put('admin', path, { quota: { network: 5 } }).expect(200)
      await network('demo')
      const details = await get('demo', `${path}/details.json`).expect(200)
      assert.deepEqual(details.body.quota.network, { limit: 5, used: 1, reserved: 0 })
      await put('admin', path, { quota: { network: -2 } }).expect(400)
      await del('admin', path).expect(204)
      assert.deepEqual((await get('demo', path).expect(200)).body.quota, body.quota)
    })
  })

  it('seeds a shared network once', async () => {
    const projectId = String(ADMIN.projectId)
    const first = await seedNetwork(database, { projectId })
    const again = await seedNetwork(database, { projectId })
    assert.deepEqual(again, { networkId: first.networkId, created: false })
    const { body } = await get('demo', '/networks').expect(200)
    assert.equal(body.networks.length, 1)
    assert.equal(body.networks[0].name, 'private')
    assert.equal(body.networks[0].subnets.length, 1)
  })

  it('answers bad bodies with 400, whatever stands in them', async () => {
    const paths = [
      'networks',
      'subnets',
      'ports',
      'security-groups',
      'security-group-rules',
      'routers',
      'floatingips',
    ]
    await call('admin', 'post', '/v2.0/networks')
      .set('content-type', 'application/json')
      .send('{"network":')
      .expect(400, fault('HTTPBadRequest', 'Malformed request body or path'))
    const id = await network()
    await subnet(id)
    const keys = [
      'network_id',
      'cidr',
      'ip_version',
      'fixed_ips',
      'name',
      'allocation_pools',
      'tenant_id',
      'security_group_id',
      'direction',
      'protocol',
      'port_range_min',
      'mac_address',
      'external_gateway_info',
      'host_routes',
      'binding:profile',
      'device_id',
      'tags',
      'gateway_ip',
      '__proto__',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.dictionary(
          fc.constantFrom(...keys),
          fc.oneof(
            fc.jsonValue(),
            fc.constantFrom<unknown>(
              id,
              '10.0.0.0/24',
              4,
              6,
              'ingress',
              [{}],
              [{ ip_address: '10.0.0.9' }],
              [{ start: 1 }],
            ),
          ),
        ),
        async (path, values) => {
          const kind = path.replaceAll('-', '_').slice(0, -1)
          const { status } = await post('admin', `/${path}`, { [kind]: values })
          assert.ok(status < 500, `${path} ${JSON.stringify(values)} gave ${status}`)
        },
      ),
      { numRuns: 300 },
    )
    for (const body of ['null', '[]', '"x"', '7', '{"network":null}', '{"networks":[null]}']) {
      await call('admin', 'post', '/v2.0/networks')
        .set('content-type', 'application/json')
        .send(body)
        .expect(400)
    }
    for (const path of [
      '/networks/%zz',
      '/networks?limit=x',
      '/ports?fields=%00',
      `/ports/${'x'.repeat(3000)}`,
    ]) {
      const { status } = await get('admin', path)
      assert.ok(status < 500, path)
    }
  })
})
