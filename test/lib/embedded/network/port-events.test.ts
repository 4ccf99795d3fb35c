import assert from 'node:assert/strict'
import type { PortEvent } from '../../../../lib/embedded/network/port-events.js'
import { ComputeNotifier } from '../../../../lib/embedded/support/compute-notifier.js'
import { TestNetwork } from '../../../support/network.js'

describe('what the embedded network service tells compute', () => {
  const told: PortEvent[] = []
  let network: TestNetwork
  beforeEach(async () => {
    told.length = 0
    network = await TestNetwork.start(events => told.push(...events))
  })
  afterEach(() => network.close())

  const server = { device_id: 'server-1', device_owner: 'compute:nova' }
  const takeTold = () => told.splice(0).map(({ name, tag }) => [name, tag])

  it('is of servers’ ports: their addresses and their end', async () => {
    const { id: net } = await network.network()
    const { id } = await network.port(net, { ...server, fixed_ips: [{ ip_address: '10.20.0.5' }] })
    const another = await network.port(net)
    const change = (port: string, values: object, user?: string) =>
      network.call('put', `/ports/${port}`, { port: values }, user)
    await change(id, { name: 'front' })
    await change(another.id, { fixed_ips: [{ ip_address: '10.20.0.7' }] })
    await network.call('delete', `/ports/${another.id}`)
    assert.deepEqual(takeTold(), [])
    await change(id, { fixed_ips: [{ ip_address: '10.20.0.6' }] })
    assert.deepEqual(takeTold(), [['network-changed', id]])
    await assert.rejects(change(id, { fixed_ips: [{ ip_address: '192.0.2.1' }] }))
    assert.deepEqual(takeTold(), [])
    await network.call('delete', `/ports/${id}`)
    assert.deepEqual(told, [{ name: 'network-vif-deleted', serverUuid: 'server-1', tag: id }])
  })

  it('is of floating addresses, as they come and go', async () => {
    const net = await network.network()
    const outside = await network.outside(net)
    const a = await network.port(net.id, server)
    const b = await network.port(net.id, { ...server, device_id: 'server-2' })
    const { floatingip } = await network.call('post', '/floatingips', {
      floatingip: { floating_network_id: outside.id },
    })
    assert.deepEqual(takeTold(), [])
    const lead = (port_id: string | null) =>
      network.call('put', `/floatingips/${floatingip?.id}`, { floatingip: { port_id } })
    await lead(a.id)
    assert.deepEqual(takeTold(), [['network-changed', a.id]])
    await lead(b.id)
    assert.deepEqual(takeTold(), [
      ['network-changed', a.id],
      ['network-changed', b.id],
    ])
    await lead(null)
    assert.deepEqual(takeTold(), [['network-changed', b.id]])
    await lead(a.id)
    await network.call('delete', `/floatingips/${floatingip?.id}`)
    assert.deepEqual(takeTold(), [
      ['network-changed', a.id],
      ['network-changed', a.id],
    ])
  })

  it('is not what compute does itself', async () => {
    const { id: net } = await network.network({ tenant_id: '6f70656e737461636b20342065766572' })
    const { id } = await network.port(net, server)
    await network.call('delete', `/ports/${id}`, undefined, 'service')
    assert.deepEqual(told, [])
  })
})

describe('telling compute', () => {
  const event = (tag: string): PortEvent => ({
    name: 'network-changed',
    serverUuid: 'server-1',
    tag,
  })

  it('is one request at a time, with all that came meanwhile', async () => {
    const sent: string[][] = []
    const first = Promise.withResolvers<void>()
    const errors: unknown[] = []
    const notifier = new ComputeNotifier({
      client: {
        json: async (caller, method, path, options) => {
          assert.deepEqual(
            [caller.authToken, method, path],
            [null, 'POST', '/v2.1/os-server-external-events'],
          )
          // Older versions refuse what the volume service tells.
          assert.deepEqual(options?.headers, { 'openstack-api-version': 'compute 2.93' })
          const { events } = (options?.json ?? { events: [] }) as { events: { tag: string }[] }
          sent.push(events.map(({ tag }) => tag))
          if (sent.length === 1) await first.promise
          if (sent.length === 2) throw new Error('compute is away')
        },
        close: async () => {},
      },
      onError: error => errors.push(error),
    })
    notifier.tell([event('a')])
    notifier.tell([event('b')])
    notifier.tell([event('c'), event('d')])
    first.resolve()
    await notifier.idle()
    assert.deepEqual(sent, [['a'], ['b', 'c', 'd']])
    assert.equal(errors.length, 1)
    notifier.tell([event('e')])
    await notifier.idle()
    assert.deepEqual(sent.at(-1), ['e'])
    await notifier.close()
    notifier.tell([event('f')])
    await notifier.idle()
    assert.equal(sent.length, 3)
  })
})
