import assert from 'node:assert/strict'
import { RequestContext } from '../../../lib/context/index.js'
import { PortBindingFailed } from '../../../lib/exception/index.js'
import { eachWithMoves } from '../../support/move-cloud.js'
import { TestNetwork } from '../../support/network.js'
import { eventually } from '../../support/worker-cloud.js'

describe('ports of a server that is migrated live', () => {
  const at = eachWithMoves()

  const migrate = async (host: string | null = null) =>
    at.cloud.servers.liveMigrate(await at.asked(), {
      host,
      force: false,
      blockMigration: null,
      diskOverCommit: null,
      isAsync: true,
    })
  const ended = (status: string) =>
    eventually(`a live migration ${status}`, async () => {
      const { taskState } = await at.asked()
      return ((await at.migration())[1] === status && taskState === null) || undefined
    })
  const bound = () => [
    at.cloud.networks.hosts.get(at.uuid),
    ...(at.cloud.networks.ahead.get(at.uuid) ?? []),
  ]
  const others = () => [...at.cloud.hosts.keys()].filter(host => host !== at.source)

  it('are bound ahead where it goes, and there alone when it is there', async () => {
    let meanwhile: unknown[] = []
    at.before.live_migration = () => {
      meanwhile = bound()
    }
    await migrate()
    await ended('completed')
    const { host } = await at.asked()
    assert.deepEqual(meanwhile, [at.source, host])
    await eventually('one binding is left', async () => bound().length === 1 || undefined)
    assert.deepEqual(bound(), [host])
  })

  it('are bound where they were when it does not get there', async () => {
    at.failing.add('live_migration')
    await migrate()
    await ended('failed')
    assert.deepEqual(bound(), [at.source])
  })

  it('have it go on to a host where they can be bound', async () => {
    const [first = '', second = ''] = others()
    at.cloud.networks.unreachable.add(first)
    await migrate()
    await ended('completed')
    assert.equal((await at.asked()).host, second)
  })

  it('keep it where it is when they can be bound nowhere', async () => {
    for (const host of others()) at.cloud.networks.unreachable.add(host)
    await migrate()
    await ended('error')
    assert.equal((await at.settled('active')).host, at.source)
    assert.deepEqual(bound(), [at.source])
  })
})

describe('bindings of ports at Neutron', () => {
  const server = { uuid: '1dabca4e-3fc9-4861-b237-bc03b4d538e6', projectId: 'p' }
  const context = new RequestContext({ userId: 'u', projectId: 'p', authToken: 'admin' })
  let network: TestNetwork
  let id: string

  beforeEach(async () => {
    network = await TestNetwork.start()
    const { id: net } = await network.network()
    const port = { device_id: server.uuid, device_owner: 'compute:nova', 'binding:host_id': 'one' }
    id = (await network.port(net, port)).id
  })
  afterEach(() => network.close())

  const bindings = async () => {
    const { bindings: all } = await network.call('get', `/ports/${id}/bindings`)
    return (all as unknown as { host: string; status: string }[]).map(
      ({ host, status }) => `${host} ${status}`,
    )
  }

  it('are made ahead, activated and deleted', async () => {
    const { api } = network
    await api.bindPortsAhead(context, server, 'two')
    // A second attempt finds what the first has left.
    await api.bindPortsAhead(context, server, 'two')
    assert.deepEqual(await bindings(), ['one ACTIVE', 'two INACTIVE'])
    await api.activateBindings(context, server, 'two')
    assert.deepEqual(await bindings(), ['two ACTIVE', 'one INACTIVE'])
    await api.activateBindings(context, server, 'two')
    await api.deleteBindings(context, server, 'two')
    await api.deleteBindings(context, server, 'one')
    await api.deleteBindings(context, server, 'one')
    assert.deepEqual(await bindings(), ['two ACTIVE'])
    const [port] = await network.ports(server.uuid)
    assert.equal((port as unknown as Record<string, unknown>)['binding:host_id'], 'two')
    assert.equal(
      Object.keys(port ?? {}).some(key => key.includes('other')),
      false,
    )
  })

  it('give way to a binding of the port itself', async () => {
    await network.api.bindPortsAhead(context, server, 'two')
    await network.api.setupInstanceNetworkOnHost(context, server, 'two')
    assert.deepEqual(await bindings(), ['two ACTIVE'])
  })

  it('are for administrators, and for hosts that are named', async () => {
    await assert.rejects(network.call('get', `/ports/${id}/bindings`, undefined, 'member'), /403/)
    await assert.rejects(network.call('post', `/ports/${id}/bindings`, { binding: {} }), /400/)
    await assert.rejects(network.call('put', `/ports/${id}/bindings/two/activate`), /404/)
    await assert.rejects(network.api.bindPortsAhead(context, server, ''), PortBindingFailed)
    assert.deepEqual(await bindings(), ['one ACTIVE'])
  })
})
