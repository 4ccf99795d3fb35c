import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import request from 'supertest'
import { RequestContext } from '../../../lib/context/index.js'
import type { Database } from '../../../lib/db/database.js'
import {
  createNetworkApp,
  type NetworkSchema,
  openNetworkState,
} from '../../../lib/embedded/network/index.js'
import {
  ExternalNetworkAttachForbidden,
  FixedIpAlreadyInUse,
  NetworkAmbiguous,
  NetworkNotFound,
  NetworkRequiresSubnet,
  NetworkServiceUnavailable,
  NoMoreFixedIps,
  PortInUse,
  PortLimitExceeded,
  PortNotFound,
  PortNotUsable,
  SecurityGroupNotFound,
  UnableToAutoAllocateNetwork,
} from '../../../lib/exception/index.js'
import {
  addressesByLabel,
  networkInfoFromJson,
  networkInfoToJson,
} from '../../../lib/network/model.js'
import { NeutronNetworkApi } from '../../../lib/network/neutron-api.js'
import type { AuthSession } from '../../../lib/util/auth-session.js'
import { ADMIN, DEMO, withUsers } from '../../support/as-user.js'

const UUID = '1dabca4e-3fc9-4861-b237-bc03b4d538e6'

describe('nova’s network API at Neutron', () => {
  let database: Database<NetworkSchema>
  let server: Server
  let api: NeutronNetworkApi
  let url: string
  const demo = new RequestContext({ ...DEMO, authToken: 'demo' })
  const admin = new RequestContext({ ...ADMIN, authToken: 'admin' })
  const session = (): AuthSession => ({
    token: async () => 'admin',
    endpointFor: async () => url,
  })
  const instance = {
    uuid: UUID,
    projectId: String(DEMO.projectId),
    availabilityZone: 'nova',
  }

  beforeEach(async () => {
    database = await openNetworkState(null)
    server = createServer(withUsers(createNetworkApp({ database }))).listen(0)
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    api = new NeutronNetworkApi({ endpoint_override: url }, { session: session(), retries: 0 })
  })

  afterEach(async () => {
    await api.close()
    await new Promise(resolve => server.close(resolve))
    await database.close()
  })

  const call = async (
    method: 'get' | 'post' | 'put',
    path: string,
    body: object = {},
    token = 'admin',
  ) => {
    const sent = request(server)[method](`/v2.0${path}`).set('x-auth-token', token)
    return (await (method === 'get' ? sent : sent.send(body))).body
  }
  const network = async (
    name: string,
    values: object = {},
    cidr: string | null = '10.20.0.0/29',
  ) => {
    const { network } = await call('post', '/networks', {
      network: { name, tenant_id: DEMO.projectId, ...values },
    })
    if (cidr) {
      await call('post', '/subnets', {
        subnet: { network_id: network.id, cidr, ip_version: 4, dns_nameservers: ['9.9.9.9'] },
      })
    }
    return network.id as string
  }
  const port = async (networkId: string, values: object = {}) =>
    (
      await call('post', '/ports', {
        port: { network_id: networkId, tenant_id: DEMO.projectId, ...values },
      })
    ).port
  const ports = async () => (await call('get', '/ports')).ports
  const boot = (requestedNetworks: Parameters<typeof api.validateNetworks>[1], more: object = {}) =>
    api.allocateForInstance(demo, instance, {
      requestedNetworks,
      bindHostId: 'compute-2',
      ...more,
    })

  describe('before a boot', () => {
    it('finds the one network there is, and more than one ambiguous', async () => {
      assert.equal(await api.validateNetworks(demo, 'none', 3), 3)
      assert.equal(await api.validateNetworks(demo, null, 3), 3)
      await assert.rejects(api.validateNetworks(demo, 'auto', 3), UnableToAutoAllocateNetwork)
      await network('a')
      assert.equal(await api.validateNetworks(demo, 'auto', 3), 3)
      await network('b', { tenant_id: ADMIN.projectId, shared: true })
      await assert.rejects(api.validateNetworks(demo, 'auto', 1), NetworkAmbiguous)
      await assert.rejects(api.validateNetworks(demo, [{ networkId: 'auto' }], 1), NetworkAmbiguous)
    })

    it('refuses networks, ports and addresses that cannot be used', async () => {
      const bare = await network('bare', {}, null)
      const id = await network('net')
      const taken = await port(id, { device_id: 'other', fixed_ips: [{ ip_address: '10.20.0.5' }] })
      const cases: [object, new (...args: never[]) => Error][] = [
        [{ networkId: 'nowhere' }, NetworkNotFound],
        [{ networkId: bare }, NetworkRequiresSubnet],
        [{ networkId: id, address: '10.20.0.5' }, FixedIpAlreadyInUse],
        [{ portId: taken.id }, PortInUse],
        [{ portId: 'nowhere' }, PortNotFound],
      ]
      for (const [asked, type] of cases) {
        await assert.rejects(api.validateNetworks(demo, [asked], 1), type)
      }
    })

    it('says how many servers the port quota leaves room for', async () => {
      const id = await network('net')
      await call('put', `/quotas/${DEMO.projectId}`, { quota: { port: 5 } })
      const two = [{ networkId: id }, { networkId: id }]
      assert.equal(await api.validateNetworks(demo, two, 9), 2)
      assert.equal(await api.validateNetworks(demo, two, 1), 1)
      await port(id)
      await port(id)
      await call('put', `/quotas/${DEMO.projectId}`, { quota: { port: 1 } })
      await assert.rejects(api.validateNetworks(demo, two, 1), PortLimitExceeded)
    })
  })

  describe('allocation', () => {
    it('makes and binds a port, and gives nova’s network info', async () => {
      const id = await network('private')
      const [vif, another] = await boot([{ networkId: id }], { securityGroups: ['default'] })
      assert.equal(another, undefined)
      assert.ok(vif)
      const [made] = await ports()
      assert.equal(made.device_owner, 'compute:nova')
      assert.equal(made['binding:host_id'], 'compute-2')
      assert.equal(made.tenant_id, DEMO.projectId)
      assert.equal(
        networkInfoToJson([vif]),
        JSON.stringify([
          {
            id: made.id,
            address: made.mac_address,
            network: {
              id,
              bridge: 'br-int',
              label: 'private',
              subnets: [
                {
                  cidr: '10.20.0.0/29',
                  dns: [{ address: '9.9.9.9', type: 'dns', version: 4, meta: {} }],
                  gateway: { address: '10.20.0.1', type: 'gateway', version: 4, meta: {} },
                  ips: [
                    { address: '10.20.0.2', type: 'fixed', version: 4, meta: {}, floating_ips: [] },
                  ],
                  routes: [],
                  version: 4,
                  meta: {},
                },
              ],
              meta: {
                injected: false,
                tenant_id: DEMO.projectId,
                mtu: 1450,
                physical_network: null,
                tunneled: true,
              },
            },
            type: 'ovs',
            details: {
              connectivity: 'l2',
              port_filter: true,
              ovs_hybrid_plug: false,
              datapath_type: 'system',
              bridge_name: 'br-int',
              bound_drivers: { '0': 'openvswitch' },
            },
            devname: `tap${made.id}`.slice(0, 14),
            ovs_interfaceid: made.id,
            qbh_params: null,
            qbg_params: null,
            active: true,
            vnic_type: 'normal',
            profile: {},
            preserve_on_delete: false,
            delegate_create: true,
            meta: {},
          },
        ]),
      )
      assert.deepEqual(
        addressesByLabel(networkInfoFromJson(networkInfoToJson([vif]))),
        new Map([
          ['private', [{ version: 4, addr: '10.20.0.2', type: 'fixed', mac: made.mac_address }]],
        ]),
      )
    })

    it('takes nothing for none, and nothing where there is no network', async () => {
      assert.deepEqual(await boot('none'), [])
      assert.deepEqual(await boot(null), [])
      assert.deepEqual(await ports(), [])
    })

    it('takes the one network for auto', async () => {
      await network('only')
      const info = await boot('auto')
      assert.equal(info[0]?.network.label, 'only')
    })

    it('keeps the order asked for, and the addresses', async () => {
      const a = await network('a')
      const b = await network('b')
      const given = await port(a)
      const info = await boot([
        { networkId: b, address: '10.20.0.6' },
        { portId: given.id },
        { networkId: a },
      ])
      assert.deepEqual(
        info.map(vif => [vif.network.label, vif.preserve_on_delete]),
        [
          ['b', false],
          ['a', true],
          ['a', false],
        ],
      )
      assert.equal(info[0]?.network.subnets[0]?.ips[0]?.address, '10.20.0.6')
      assert.equal(info[1]?.id, given.id)
    })

    it('puts ports into the groups that are named', async () => {
      const id = await network('net')
      const { security_group: web } = await call(
        'post',
        '/security-groups',
        { security_group: { name: 'web' } },
        'demo',
      )
      await boot([{ networkId: id }], { securityGroups: ['web', web.id] })
      assert.deepEqual((await ports())[0].security_groups, [web.id])
      assert.deepEqual(
        await api.securityGroupsOf(demo, [UUID, 'nobody']),
        new Map([
          [UUID, [{ id: web.id, name: 'web' }]],
          ['nobody', []],
        ]),
      )
      await api.securityGroups.addToInstance(demo, UUID, 'default')
      assert.equal((await ports())[0].security_groups.length, 2)
      await api.securityGroups.removeFromInstance(demo, UUID, 'web')
      await assert.rejects(
        api.securityGroups.removeFromInstance(demo, UUID, 'web'),
        SecurityGroupNotFound,
      )
      await assert.rejects(api.validateSecurityGroup(demo, 'none'), SecurityGroupNotFound)
      await assert.rejects(
        boot([{ networkId: id }], { securityGroups: ['none'] }),
        SecurityGroupNotFound,
      )
    })

    it('takes everything back when it fails', async () => {
      const small = await network('small', {}, '10.0.0.0/30')
      const given = await port(await network('net'))
      await assert.rejects(
        boot([{ portId: given.id }, { networkId: small }, { networkId: small }]),
        NoMoreFixedIps,
      )
      const left = await ports()
      assert.deepEqual(
        left.map((one: { id: string; device_id: string }) => [one.id, one.device_id]),
        [[given.id, '']],
      )
    })

    it('refuses others’ ports and external networks', async () => {
      const id = await network('net')
      const foreign = await port(id, { tenant_id: ADMIN.projectId })
      await assert.rejects(
        api.allocateForInstance(admin, instance, {
          requestedNetworks: [{ portId: foreign.id }],
          bindHostId: 'h',
        }),
        PortNotUsable,
      )
      const outside = await network('ext', { 'router:external': true }, '192.0.2.0/24')
      await assert.rejects(boot([{ networkId: outside }]), ExternalNetworkAttachForbidden)
    })

    it('fits more ports to a server, and takes them off', async () => {
      const id = await network('net')
      const first = await boot([{ networkId: id }])
      const both = await boot([{ networkId: id }], { current: first })
      assert.equal(both.length, 2)
      assert.equal(both[0]?.id, first[0]?.id)
      const rest = await api.deallocatePortForInstance(demo, instance, first[0]?.id ?? '', both)
      assert.deepEqual(
        rest.map(vif => vif.id),
        [both[1]?.id],
      )
    })
  })

  it('deletes what nova made, and sets free what was given', async () => {
    const id = await network('net')
    const given = await port(id)
    const current = await boot([{ networkId: id }, { portId: given.id }])
    await api.deallocateForInstance(demo, instance, { current })
    const left = await ports()
    assert.equal(left.length, 1)
    assert.equal(left[0].id, given.id)
    assert.equal(left[0].device_id, '')
    assert.equal(left[0]['binding:host_id'], '')
    await api.deallocateForInstance(demo, instance, { current })
  })

  it('moves ports to another host, and off it', async () => {
    const id = await network('net')
    await boot([{ networkId: id }])
    await api.setupInstanceNetworkOnHost(demo, instance, 'compute-3')
    assert.equal((await ports())[0]['binding:host_id'], 'compute-3')
    await api.cleanupInstanceNetworkOnHost(demo, instance, 'compute-2')
    assert.equal((await ports())[0]['binding:host_id'], 'compute-3')
    await api.cleanupInstanceNetworkOnHost(demo, instance, 'compute-3')
    assert.equal((await ports())[0]['binding:host_id'], '')
  })

  it('shows floating addresses behind the fixed one', async () => {
    const id = await network('net')
    const [vif] = await boot([{ networkId: id }])
    const ext = await network('ext', { 'router:external': true }, '192.0.2.0/24')
    const { router } = await call('post', '/routers', {
      router: { external_gateway_info: { network_id: ext } },
    })
    const { subnets } = await call('get', `/subnets?network_id=${id}`)
    await call('put', `/routers/${router.id}/add_router_interface`, { subnet_id: subnets[0].id })
    const { floatingip } = await call('post', '/floatingips', {
      floatingip: { floating_network_id: ext, port_id: vif?.id, tenant_id: DEMO.projectId },
    })
    const info = await api.getInstanceNwInfo(demo, instance)
    assert.deepEqual(
      addressesByLabel(info)
        .get('net')
        ?.map(one => [one.addr, one.type]),
      [
        ['10.20.0.2', 'fixed'],
        [floatingip.floating_ip_address, 'floating'],
      ],
    )
  })

  it('tells that the service is not there, and does not wait for ever', async () => {
    const gone = new NeutronNetworkApi(
      { endpoint_override: 'http://127.0.0.1:1' },
      { retryDelayMs: 1 },
    )
    await assert.rejects(gone.validateNetworks(demo, 'auto', 1), NetworkServiceUnavailable)
    await gone.close()
  })

  it('fetches another service token when one is refused', async () => {
    let fresh = 0
    const renewing: AuthSession = {
      token: async () => (fresh ? 'admin' : 'expired'),
      endpointFor: async () => url,
      invalidate: () => {
        fresh++
      },
    }
    const other = new NeutronNetworkApi({ endpoint_override: url }, { session: renewing })
    assert.deepEqual(await other.listPorts(demo, UUID), [])
    assert.equal(fresh, 1)
    await other.close()
  })
})
