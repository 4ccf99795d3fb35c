import assert from 'node:assert/strict'
import {
  FixedIpAlreadyInUse,
  InstanceInvalidState,
  InterfaceAttachFailed,
  NetworkAmbiguous,
  NetworkNotFound,
  PortInUse,
  PortNotFound,
} from '../../../lib/exception/index.js'
import { fixedIps, networkInfoFromJson } from '../../../lib/network/model.js'
import {
  type Instance,
  InstanceActionEventList,
  InstanceActionList,
  InstanceFault,
  VirtualInterfaceList,
} from '../../../lib/objects/index.js'
import type { FakeMethod } from '../../../lib/virt/fake/index.js'
import { TestNetwork } from '../../support/network.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

const nothing = { networkId: null, portId: null, requestedIp: null, tag: null }

describe('interfaces of a guest', () => {
  let network: TestNetwork
  let cloud: WorkerCloud
  let uuid = ''
  let net = ''
  const failing = new Set<FakeMethod>()

  beforeEach(async () => {
    failing.clear()
    network = await TestNetwork.start()
    cloud = await WorkerCloud.start(
      [
        {
          host: 'compute-1',
          hook: method => {
            if (failing.has(method)) throw new Error('the hypervisor is on strike')
          },
        },
      ],
      undefined,
      { network: network.api },
    )
    net = (await network.network({ tenant_id: 'project' })).id
    const [booted = ''] = await cloud.boot(1, { network: net })
    uuid = booted
    await cloud.settled(uuid, 'active')
    await cloud.hosts.get('compute-1')?.manager.idle()
  })
  afterEach(async () => {
    await cloud.stop()
    await network.close()
  })

  const instance = async (): Promise<Instance> =>
    cloud.servers.get(cloud.context.with({ requestId: `req-${Math.random()}` }), uuid)
  const attach = async (wanted: Partial<typeof nothing> | object = {}): Promise<string> =>
    cloud.servers.attachInterface(await instance(), { ...nothing, ...wanted })
  const cached = async () => networkInfoFromJson((await instance()).infoCache?.networkInfo)
  const ports = async () => (await network.ports(uuid)).map(({ id }) => id).sort()
  const rows = async () => {
    const { objects } = await VirtualInterfaceList.getByInstanceUuid(cloud.context, uuid)
    return objects.map(({ uuid: id, tag }) => [id, tag])
  }
  const lastAction = () =>
    eventually('the last action ended', async () => {
      const { objects } = await InstanceActionList.getByInstanceUuid(cloud.context, uuid)
      const [last] = objects
      if (!last) return undefined
      const { objects: events } = await InstanceActionEventList.getByAction(cloud.context, last.id)
      const [event] = events
      return event?.finishTime ? [last.action, event.event, event.result] : undefined
    })

  it('are attached to a network, with a tag', async () => {
    const [first] = await cached()
    const id = await attach({ networkId: net, tag: 'front' })
    assert.deepEqual(
      (await cached()).map(vif => vif.id),
      [first?.id, id],
    )
    assert.deepEqual(await rows(), [
      [first?.id, null],
      [id, 'front'],
    ])
    const port = (await network.ports(uuid)).find(one => one.id === id)
    assert.equal(port?.['binding:host_id'], 'compute-1')
    assert.equal(port?.status, 'ACTIVE')
    assert.deepEqual(await lastAction(), [
      'attach_interface',
      'compute_attach_interface',
      'Success',
    ])
  })

  it('are attached with an address, to the one network there is, and to a port that is there', async () => {
    const wanted = await attach({ networkId: net, requestedIp: '10.20.0.77' })
    const vif = (await cached()).find(({ id }) => id === wanted)
    assert.deepEqual(vif && fixedIps(vif).map(({ address }) => address), ['10.20.0.77'])
    assert.equal((await cached()).find(({ id }) => id === wanted)?.preserve_on_delete, false)
    await attach()
    const given = await network.port(net, { tenant_id: 'project' })
    assert.equal(await attach({ portId: given.id }), given.id)
    assert.equal((await cached()).at(-1)?.preserve_on_delete, true)
    assert.equal((await ports()).length, 4)
    // Not forgotten by what comes after.
    await attach({ networkId: net })
    assert.equal((await cached()).find(({ id }) => id === given.id)?.preserve_on_delete, true)
  })

  it('are detached: ports that nova made are deleted, others given back', async () => {
    const [first] = await cached()
    const given = await network.port(net, { tenant_id: 'project' })
    await attach({ portId: given.id })
    for (const id of [first?.id ?? '', given.id]) {
      await cloud.servers.detachInterface(await instance(), id)
      await eventually('it is gone', async () =>
        (await cached()).some(vif => vif.id === id) ? undefined : true,
      )
    }
    assert.deepEqual(await lastAction(), [
      'detach_interface',
      'compute_detach_interface',
      'Success',
    ])
    assert.deepEqual(await ports(), [])
    assert.deepEqual(await rows(), [])
    const { port } = await network.call('get', `/ports/${given.id}`)
    assert.equal(port?.device_id, '')
    await attach({ portId: given.id })
    assert.deepEqual(await ports(), [given.id])
  })

  it('leave a port that was given when the server is deleted', async () => {
    const given = await network.port(net, { tenant_id: 'project' })
    await attach({ portId: given.id })
    await cloud.delete(uuid)
    await eventually('the server is gone', async () =>
      (await cloud.find(uuid)) ? undefined : true,
    )
    const { ports: left } = await network.call('get', '/ports')
    assert.deepEqual(
      (left as unknown as { id: string; device_id: string }[]).map(one => [one.id, one.device_id]),
      [[given.id, '']],
    )
  })

  it('are refused with the network service’s reasons, and nothing is left', async () => {
    const taken = await network.port(net, { device_id: 'other', tenant_id: 'project' })
    const { fixed_ips: ips } = taken as unknown as { fixed_ips: [{ ip_address: string }] }
    const before = await ports()
    const cases: [object, new (...args: never[]) => Error][] = [
      [{ networkId: taken.id }, NetworkNotFound],
      [{ portId: net }, PortNotFound],
      [{ portId: taken.id }, PortInUse],
      [{ networkId: net, requestedIp: ips[0].ip_address }, FixedIpAlreadyInUse],
    ]
    for (const [wanted, type] of cases) await assert.rejects(attach(wanted), type)
    await network.network({ tenant_id: 'project', name: 'second' }, '10.30.0.0/24')
    await assert.rejects(attach(), NetworkAmbiguous)
    assert.deepEqual(await ports(), before)
    assert.deepEqual(await lastAction(), ['attach_interface', 'compute_attach_interface', 'Error'])
    assert.equal((await instance()).vmState, 'active')
  })

  it('that the hypervisor does not take are given back', async () => {
    const before = await ports()
    failing.add('attach_interface')
    await assert.rejects(attach({ networkId: net }), InterfaceAttachFailed)
    assert.deepEqual(await ports(), before)
    assert.equal((await cached()).length, 1)
    assert.equal((await rows()).length, 1)

    failing.add('detach_interface')
    await cloud.servers.detachInterface(await instance(), before[0] ?? '')
    assert.deepEqual(await lastAction(), ['detach_interface', 'compute_detach_interface', 'Error'])
    assert.deepEqual(await ports(), before)
    const fault = await InstanceFault.getLatestForInstance(cloud.context, uuid)
    assert.match(fault?.message ?? '', /^Failed to detach network adapter device from /)
  })

  it('are not detached from where they are not', async () => {
    await cloud.servers.detachInterface(await instance(), net)
    assert.deepEqual(await lastAction(), ['detach_interface', 'compute_detach_interface', 'Error'])
    const fault = await InstanceFault.getLatestForInstance(cloud.context, uuid)
    assert.equal(fault?.message, `Port ${net} is not attached`)
  })

  it('stay as they are while something is under way', async () => {
    const busy = await instance()
    busy.taskState = 'rebooting'
    await busy.save()
    await assert.rejects(attach(), InstanceInvalidState)
    await assert.rejects(cloud.servers.detachInterface(busy, net), InstanceInvalidState)
  })

  it('get more addresses and fewer', async () => {
    await cloud.servers.addFixedIp(await instance(), net)
    const [, second] = await eventually('two addresses', async () => {
      const all = (await cached()).flatMap(fixedIps).map(({ address }) => address)
      return all.length === 2 ? all : undefined
    })
    await cloud.servers.removeFixedIp(await instance(), second ?? '')
    await eventually('one address', async () => {
      const all = (await cached()).flatMap(fixedIps)
      return all.length === 1 ? all : undefined
    })

    await cloud.servers.removeFixedIp(await instance(), '192.0.2.1')
    const fault = await eventually('a fault', async () =>
      InstanceFault.getLatestForInstance(cloud.context, uuid).then(one => one ?? undefined),
    )
    assert.equal(fault.message, `Instance ${uuid} does not have fixed IP '192.0.2.1'.`)
    await cloud.servers.addFixedIp(await instance(), uuid)
    await eventually('another fault', async () => {
      const last = await InstanceFault.getLatestForInstance(cloud.context, uuid)
      return last?.message?.startsWith('Network could not be found') ? true : undefined
    })
  })
})
