import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  FixedIpAlreadyInUse,
  InterfaceAttachFailed,
  InterfaceAttachFailedNoNetwork,
  NetworkAmbiguous,
  NetworkInterfaceTaggedAttachNotSupported,
  NetworkNotFound,
  NoMoreFixedIps,
  PortInUse,
  PortLimitExceeded,
  PortNotFound,
  PortNotUsable,
} from '../../lib/exception/index.js'
import { InstanceActionList, VirtualInterface } from '../../lib/objects/index.js'
import { eachWithNetwork } from '../support/api-with-network.js'
import { computeStub } from '../support/compute-stub.js'

describe('/servers/{id}/os-interface', () => {
  const as = eachWithNetwork()
  const here = { host: 'one', node: 'one' }

  const serverOnNetwork = async (values: Parameters<typeof as.server>[1] = {}) => {
    const net = await as.parts().network.network()
    const { uuid } = await as.server([net.id], { ...here, ...values })
    const [port] = await as.parts().network.ports(uuid)
    assert.ok(port)
    return { net, uuid, port, path: `/servers/${uuid}/os-interface` }
  }
  const shownOf = (port: Readonly<Record<string, unknown>>) => ({
    net_id: port.network_id,
    port_id: port.id,
    mac_addr: port.mac_address,
    port_state: 'ACTIVE',
    fixed_ips: port.fixed_ips,
  })

  it('lists and shows the ports of the server, with their tags from 2.70', async () => {
    const { uuid, port, path } = await serverOnNetwork()
    const shown = shownOf(port)
    const tagged = { ...shown, tag: null }
    await as('reader', '2.69')
      .get(path)
      .expect(200, { interfaceAttachments: [shown] })
    await as('reader', '2.70')
      .get(path)
      .expect(200, { interfaceAttachments: [tagged] })
    await new VirtualInterface(as.parts().api.context, {
      uuid: port.id,
      instanceUuid: uuid,
      address: `${port.mac_address}/${port.id}`,
      tag: 'front',
    }).create()
    const one = `${path}/${port.id}`
    await as('reader', '2.70')
      .get(one)
      .expect(200, { interfaceAttachment: { ...tagged, tag: 'front' } })
    await as('reader').get(one).expect(200, { interfaceAttachment: shown })
    await as('reader', '2.101').get(`${path}?a=1`).expect(200)
    await as('reader', '2.102').get(`${path}?a=1`).expect(400)
    await as('reader', '2.102').get(`${one}?a=1`).expect(400)
  })

  it('shows no ports but the server’s own, and to nobody else', async () => {
    const { net, uuid, port, path } = await serverOnNetwork()
    const another = await as.parts().network.port(net.id)
    await as('reader')
      .get(`${path}/${another.id}`)
      .expect(404, {
        itemNotFound: {
          code: 404,
          message: `Instance ${uuid} does not have a port with id ${another.id}`,
        },
      })
    await as('reader').get(`${path}/${randomUUID()}`).expect(404)
    await as('reader').get(`/servers/${randomUUID()}/os-interface`).expect(404)
    await as('other').get(path).expect(404)
    await as('service').get(path).expect(403)
    await as('reader').post(path, {}).expect(403)
    await as('reader').delete(`${path}/${port.id}`).expect(403)
  })

  it('attaches by the host, and shows what came of it', async () => {
    const { network, api } = as.parts()
    const { net, uuid, path } = await serverOnNetwork()
    const made = await network.port(net.id, { device_id: uuid, 'binding:host_id': 'one' })
    const stub = await computeStub(api, { attach_interface: () => ({ id: made.id, meta: {} }) })
    try {
      const asked: [object, object, string?][] = [
        [{}, {}],
        [{ interfaceAttachment: {} }, {}],
        [{ interfaceAttachment: { port_id: made.id } }, { port_id: made.id }],
        [{ interfaceAttachment: { net_id: net.id } }, { network_id: net.id }],
        [
          {
            interfaceAttachment: { net_id: net.id, fixed_ips: [{ ip_address: '10.20.0.9' }] },
          },
          { network_id: net.id, requested_ip: '10.20.0.9' },
        ],
        [
          { interfaceAttachment: { net_id: net.id, tag: 'a' } },
          { network_id: net.id, tag: 'a' },
          '2.49',
        ],
      ]
      for (const [body, sent, version = '2.1'] of asked) {
        await as('member', version)
          .post(path, body)
          .expect(200, { interfaceAttachment: shownOf(made) })
        const [method, { instance, ...args }] = await stub.next()
        assert.equal(method, 'attach_interface')
        assert.ok(instance)
        const none = { network_id: null, port_id: null, requested_ip: null, tag: null }
        assert.deepEqual(args, { ...none, ...sent })
      }
      const { objects } = await InstanceActionList.getByInstanceUuid(api.context, uuid)
      assert.equal(objects.length, asked.length)
      assert.equal(objects[0]?.action, 'attach_interface')
    } finally {
      await stub.stop()
    }
  })

  it('refuses what is no interface, before the host is asked', async () => {
    const { net, port, path } = await serverOnNetwork()
    const create = (interfaceAttachment: unknown, version = '2.104') =>
      as('member', version).post(path, { interfaceAttachment })
    const fixed_ips = [{ ip_address: '10.20.0.9' }]
    await create({ net_id: net.id, port_id: port.id }).expect(400, {
      badRequest: { code: 400, message: 'Must not input both network_id and port_id' },
    })
    await create({ fixed_ips }).expect(400, {
      badRequest: { code: 400, message: 'Must input network_id when request IP address' },
    })
    for (const bad of [
      null,
      { net_id: 'private' },
      { port_id: 1 },
      { net_id: net.id, fixed_ips: [] },
      { net_id: net.id, fixed_ips: [...fixed_ips, { ip_address: '10.20.0.8' }] },
      { net_id: net.id, fixed_ips: [{ ip_address: 'here' }] },
      { net_id: net.id, fixed_ips: [{}] },
      { net_id: net.id, tag: '' },
      { net_id: net.id, tag: 'a,b' },
      { net_id: net.id, tag: 'x'.repeat(61) },
      { net_id: net.id, more: 1 },
    ]) {
      await create(bad).expect(400)
    }
    await create({ net_id: net.id, tag: 'a' }, '2.48').expect(400)
    await as('member').post(path, { other: {} }).expect(400)
  })

  it('tells what the host refuses', async () => {
    const { path } = await serverOnNetwork()
    const values = { instance_uuid: 'u', port_id: 'p', network_id: 'n', address: 'a' }
    const cases: [Error, number][] = [
      [new InterfaceAttachFailedNoNetwork({ project_id: 'p' }), 400],
      [new NetworkAmbiguous(), 400],
      [new NoMoreFixedIps({ net: 'n' }), 400],
      [new PortNotUsable({ ...values, instance: 'u' }), 400],
      [new NetworkInterfaceTaggedAttachNotSupported(), 400],
      [new FixedIpAlreadyInUse(values), 409],
      [new PortInUse(values), 409],
      [new PortNotFound(values), 404],
      [new NetworkNotFound(values), 404],
      [new PortLimitExceeded(), 403],
      [new InterfaceAttachFailed(values), 500],
    ]
    let error = new Error()
    const stub = await computeStub(as.parts().api, {
      attach_interface: () => {
        throw error
      },
    })
    try {
      for (const [thrown, code] of cases) {
        error = thrown
        const { body } = await as('member').post(path, {}).expect(code)
        const [fault] = Object.values(body) as [{ message: string }]
        assert.equal(fault.message, thrown.message)
      }
    } finally {
      await stub.stop()
    }
  })

  it('detaches by the host, which is not waited for', async () => {
    const { uuid, port, path } = await serverOnNetwork()
    const stub = await computeStub(as.parts().api, { detach_interface: () => null })
    try {
      await as('member').delete(`${path}/${port.id}`).expect(202, '')
      const [, { instance, ...args }] = await stub.next()
      assert.ok(instance)
      assert.deepEqual(args, { port_id: port.id })
      const { context } = as.parts().api
      const { objects } = await InstanceActionList.getByInstanceUuid(context, uuid)
      assert.equal(objects[0]?.action, 'detach_interface')
    } finally {
      await stub.stop()
    }
  })

  it('keeps servers as they are in states that allow no change', async () => {
    const cases: [Parameters<typeof as.server>[1], RegExp][] = [
      [{ vmState: 'suspended' }, /Cannot '\w+' instance .* while it is in vm_state suspended/],
      [{ taskState: 'rebooting' }, /while it is in task_state rebooting/],
      [{ launchedAt: null }, /is in an invalid state for '\w+_interface'/],
      [{ locked: true, lockedBy: 'admin' }, /locked/],
      [{ host: null }, /not ready/i],
    ]
    const { net } = await serverOnNetwork()
    for (const [values, message] of cases) {
      const { uuid } = await as.server([net.id], { ...here, ...values })
      const [port] = await as.parts().network.ports(uuid)
      const path = `/servers/${uuid}/os-interface`
      const attach = await as('member').post(path, {}).expect(409)
      assert.match(attach.body.conflictingRequest.message, message)
      const detach = await as('member').delete(`${path}/${port?.id}`).expect(409)
      assert.match(detach.body.conflictingRequest.message, message)
    }
  })
})

describe('the actions addFixedIp and removeFixedIp', () => {
  const as = eachWithNetwork()

  it('are sent to the host, up to 2.43', async () => {
    const { api } = as.parts()
    const { uuid } = await as.server([], { host: 'one', vmState: 'error', taskState: 'deleting' })
    const stub = await computeStub(api, {
      add_fixed_ip_to_instance: () => null,
      remove_fixed_ip_from_instance: () => null,
    })
    const act = (body: object, user: 'member' | 'reader' = 'member', version = '2.43') =>
      as(user, version).post(`/servers/${uuid}/action`, body)
    try {
      const network = randomUUID()
      const bodies: [object, string, object][] = [
        [
          { addFixedIp: { networkId: network } },
          'add_fixed_ip_to_instance',
          { network_id: network },
        ],
        [{ addFixedIp: { networkId: 1 } }, 'add_fixed_ip_to_instance', { network_id: '1' }],
        [
          { removeFixedIp: { address: '10.0.0.2' } },
          'remove_fixed_ip_from_instance',
          { address: '10.0.0.2' },
        ],
      ]
      for (const [body, name, sent] of bodies) {
        await act(body, 'reader').expect(403)
        await act(body, 'member', '2.44').expect(404)
        await act(body).expect(202, '')
        const [method, { instance, ...args }] = await stub.next()
        assert.ok(instance)
        assert.deepEqual([method, args], [name, sent])
      }
      for (const body of [
        { addFixedIp: null },
        { addFixedIp: {} },
        { addFixedIp: { networkId: '' } },
        { addFixedIp: { networkId: 'x'.repeat(37) } },
        { addFixedIp: { networkId: network, more: 1 } },
        { removeFixedIp: { address: 'here' } },
        { removeFixedIp: {} },
      ]) {
        await act(body).expect(400)
      }
    } finally {
      await stub.stop()
    }
  })

  it('are refused for a locked server and for one without a host', async () => {
    for (const values of [{ locked: true, lockedBy: 'admin', host: 'one' }, { host: null }]) {
      const { uuid } = await as.server([], values)
      for (const body of [
        { addFixedIp: { networkId: 'net' } },
        { removeFixedIp: { address: '10.0.0.2' } },
      ]) {
        await as('member').post(`/servers/${uuid}/action`, body).expect(409)
      }
    }
  })
})
