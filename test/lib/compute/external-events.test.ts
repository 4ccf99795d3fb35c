import assert from 'node:assert/strict'
import type { ExternalEvent } from '../../../lib/compute/external-events.js'
import { InstanceEvents } from '../../../lib/compute/instance-events.js'
import type { RequestContext } from '../../../lib/context/index.js'
import { fixedIps, networkInfoFromJson } from '../../../lib/network/model.js'
import {
  InstanceActionEventList,
  InstanceActionList,
  InstanceFault,
  VirtualInterfaceList,
} from '../../../lib/objects/index.js'
import {
  type DriverInstance,
  InstanceEventTimeout,
  type VirtApi,
} from '../../../lib/virt/driver.js'
import { TestNetwork } from '../../support/network.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

describe('events from outside', () => {
  let network: TestNetwork
  let cloud: WorkerCloud
  let uuid = ''
  let net = ''
  let atSpawn: (instance: DriverInstance) => Promise<void>

  beforeEach(async () => {
    atSpawn = async () => {}
    network = await TestNetwork.start()
    cloud = await WorkerCloud.start(
      [
        {
          host: 'compute-1',
          hook: async (method, instance) => {
            if (method === 'spawn') await atSpawn(instance)
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

  const context = (): RequestContext => cloud.context.with({ requestId: `req-${Math.random()}` })
  const send = (name: ExternalEvent['name'], tag: string | null = null) =>
    cloud.servers.externalEvents.send(context(), [
      { serverUuid: uuid, name, status: 'completed', tag },
    ])
  const cached = async () => {
    const instance = await cloud.servers.get(context(), uuid)
    return networkInfoFromJson(instance.infoCache?.networkInfo)
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

  it('network-changed: what is shown of the network is brought up to date', async () => {
    const [vif] = await cached()
    assert.ok(vif)
    const [ip] = fixedIps(vif)
    await network.call('put', `/ports/${vif.id}`, {
      port: { fixed_ips: [{ ip_address: ip?.address }, { ip_address: '10.20.0.99' }] },
    })
    assert.deepEqual(await send('network-changed', vif.id), [200])
    await eventually('the new address', async () =>
      (await cached()).flatMap(fixedIps).some(({ address }) => address === '10.20.0.99')
        ? true
        : undefined,
    )
  })

  it('network-vif-deleted: the guest loses the interface', async () => {
    const [vif] = await cached()
    assert.ok(vif)
    await network.call('delete', `/ports/${vif.id}`)
    await send('network-vif-deleted', vif.id)
    await eventually('no interface', async () => ((await cached()).length === 0 ? true : undefined))
    await eventually('no row of it', async () => {
      const { objects } = await VirtualInterfaceList.getByInstanceUuid(cloud.context, uuid)
      return objects.length === 0 ? true : undefined
    })
    // Told twice, and of ports that are nobody's: nothing happens.
    await send('network-vif-deleted', vif.id)
    await send('network-changed')
    assert.equal(await InstanceFault.getLatestForInstance(cloud.context, uuid), null)
  })

  it('power-update: the server follows, as if somebody had stopped or started it', async () => {
    await send('power-update', 'POWER_OFF')
    const stopped = await cloud.settled(uuid, 'stopped')
    assert.equal(stopped.powerState, 4)
    assert.deepEqual(await lastAction(), ['stop', 'compute_power_update', 'Success'])
    await send('power-update', 'POWER_ON')
    const started = await cloud.settled(uuid, 'active')
    assert.equal(started.powerState, 1)
    assert.deepEqual(await lastAction(), ['start', 'compute_power_update', 'Success'])
    // It runs already.
    await send('power-update', 'POWER_ON')
    assert.deepEqual(await lastAction(), ['start', 'compute_power_update', 'Success'])
    assert.equal((await cloud.find(uuid))?.vmState, 'active')
  })

  it('volume-extended: of a volume that it has not, nothing', async () => {
    await send('volume-extended', net)
    assert.deepEqual(await lastAction(), ['extend_volume', 'compute_extend_volume', 'Success'])
  })

  describe('network-vif-plugged, of a driver that waits for it in a build', () => {
    let waiting: PromiseWithResolvers<string>
    let another = ''

    beforeEach(async () => {
      waiting = Promise.withResolvers()
      const virtApi: VirtApi = Reflect.get(cloud.hosts.get('compute-1')?.driver ?? {}, 'virtApi')
      atSpawn = async ({ uuid: spawned }) => {
        const [port] = await network.ports(spawned)
        const events = [{ name: 'network-vif-plugged', tag: port?.id ?? '' }]
        await virtApi.waitForInstanceEvent({ uuid: spawned }, events, 20, async () =>
          waiting.resolve(port?.id ?? ''),
        )
      }
      const [booted = ''] = await cloud.boot(1, { network: net })
      another = booted
    })
    const tell = (status: ExternalEvent['status'], tag: string) =>
      cloud.servers.externalEvents.send(context(), [
        { serverUuid: another, name: 'network-vif-plugged', status, tag },
      ])

    it('lets the build go on, and only that of its port', async () => {
      const port = await waiting.promise
      await tell('completed', net)
      await cloud.log.seen(/an unexpected event came/)
      assert.equal((await cloud.find(another))?.taskState, 'spawning')
      await tell('completed', port)
      await cloud.settled(another, 'active')
    })

    it('fails the build when it tells of a failure', async () => {
      await tell('failed', await waiting.promise)
      await cloud.settled(another, 'error')
    })

    it('is waited for no more when the server is deleted', async () => {
      await waiting.promise
      await cloud.delete(another)
      await eventually('it is gone', async () => ((await cloud.find(another)) ? undefined : true))
      assert.deepEqual(await network.ports(another), [])
    })
  })
})

describe('waiting for events', () => {
  const events = [{ name: 'network-vif-plugged', tag: 'port' }]
  const uuid = 'an-instance'
  const plugged = { name: 'network-vif-plugged', tag: 'port', status: 'completed' }

  it('ends when it takes too long, and counts what comes while the work is done', async () => {
    const registry = new InstanceEvents()
    await assert.rejects(
      registry.waitForInstanceEvent({ uuid }, events, 0, async () => 1),
      InstanceEventTimeout,
    )
    const done = await registry.waitForInstanceEvent({ uuid }, events, 0.5, async () => {
      assert.equal(registry.deliver(uuid, plugged), true)
      return 'done'
    })
    assert.equal(done, 'done')
    assert.equal(registry.deliver(uuid, plugged), false)
  })

  it('is refused, and given up, when the service ends', async () => {
    const registry = new InstanceEvents()
    const waiting = registry.waitForInstanceEvent({ uuid }, events, 60, async () =>
      registry.close(),
    )
    await assert.rejects(waiting, /given up/)
    await assert.rejects(
      registry.waitForInstanceEvent({ uuid }, events, 60, async () => 1),
      /In shutdown/,
    )
  })

  it('lets the work’s own failure through', async () => {
    const registry = new InstanceEvents()
    await assert.rejects(
      registry.waitForInstanceEvent({ uuid }, events, 60, async () => {
        throw new RangeError('broken')
      }),
      RangeError,
    )
    assert.equal(registry.deliver(uuid, plugged), false)
  })
})
