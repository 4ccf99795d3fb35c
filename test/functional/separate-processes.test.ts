import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { needsPrograms, succeeds } from '../support/clients.js'
import { needsEngines, SeparateCloud, type ServerState } from '../support/separate-cloud.js'
import { clientSession } from './client-session.js'

const settled = (servers: readonly ServerState[]): boolean =>
  servers.every(({ status }) => status === 'ACTIVE' || status === 'ERROR')

const AWAY = /AMQP server is unreachable/g
const BACK = /Reconnected to AMQP server/g

const times = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

describe('a cloud of separate processes, on RabbitMQ and MariaDB', function () {
  this.timeout(180_000)

  describe('driven by real clients', () => {
    let cloud: SeparateCloud | undefined
    before(async function () {
      await needsEngines(this)
      needsPrograms(this, 'openstack', 'nova')
      cloud = await SeparateCloud.start()
    })
    after(() => cloud?.stop())

    clientSession(() => ({ env: cloud?.env ?? {} }))

    it('moves a server from host to host, off and running', async () => {
      const openstack = (line: string) => succeeds('openstack', line, cloud?.env ?? {})
      const where = async () =>
        (await openstack('server show moving -f value -c OS-EXT-SRV-ATTR:host -c status')).split(
          /\s+/,
        )
      await openstack('server create --flavor m1.tiny --image cirros --nic none --wait moving')
      const [first] = await where()
      await openstack('server resize --flavor m1.small --wait moving')
      const [second, status] = await where()
      assert.deepEqual([status, first === second], ['VERIFY_RESIZE', false])
      await openstack('server resize revert moving')
      for (let left = 20; left > 0 && (await where())[1] !== 'ACTIVE'; left--);
      assert.equal((await where())[0], first)
      await openstack('server migrate --live-migration --wait moving')
      assert.deepEqual((await where()).slice(0, 2), [second, 'ACTIVE'])
      const moves = await openstack('server migration list -f value -c Status -c Type')
      assert.match(moves, /completed live-migration[\s\S]*reverted resize/)
      await openstack('server delete --wait moving')
    })
  })

  describe('whose parts fail', () => {
    let cloud: SeparateCloud
    before(async function () {
      await needsEngines(this)
      cloud = await SeparateCloud.start({
        // A build takes long enough to be interrupted, and what hangs is told of in seconds.
        conf: `[fake]
delays = spawn:1
[DEFAULT]
instance_build_timeout = 5
rpc_response_timeout = 8
graceful_shutdown_timeout = 20
[quota]
instances = 100
cores = 100
[scheduler]
discover_hosts_in_cells_interval = 1
`,
      })
    })
    // A `before` that skips leaves none.
    after(() => (cloud as SeparateCloud | undefined)?.stop())
    afterEach(() => cloud.deleteAll())

    it('has computes that know of no database, nor connect to one', async () => {
      for (const host of cloud.computes) {
        assert.doesNotMatch(readFileSync(join(cloud.folder, `${host}.conf`), 'utf8'), /connection/)
        const sockets = remotePorts(cloud.process(host).pid)
        assert.ok(!sockets.includes(3306), `${host}: ${sockets}`)
      }
      assert.ok(remotePorts(cloud.process('nova-conductor').pid).includes(3306))
    })

    it('repairs, when a compute that was killed in the middle of builds starts again', async () => {
      await cloud.boot('interrupted', 6)
      await hostsTaken(cloud, 6)
      await cloud.kill('one')
      await cloud.startCompute('one')
      const servers = await cloud.until(all => all.length === 6 && settled(all))
      // Those of the other host have not noticed.
      assert.ok(servers.some(({ status }) => status === 'ACTIVE'))
    })

    for (const victim of ['nova-conductor', 'nova-scheduler'] as const) {
      it(`loses and leaves nothing when ${victim} is killed in a burst of boots`, async () => {
        const boots = Array.from({ length: 12 }, (_, index) => cloud.boot(`burst-${index}`))
        await Promise.race(boots)
        await cloud.kill(victim)
        await Promise.all(boots)
        await cloud.startWorker(victim)
        const servers = await cloud.until(all => all.length === 12 && settled(all), 90)
        assert.equal(new Set(servers.map(({ id }) => id)).size, 12)
        // What is in error says why.
        for (const { status, fault } of servers) {
          if (status === 'ERROR') assert.ok(fault)
        }
        await cloud.boot('afterwards')
        await cloud.until(all =>
          all.some(({ name, status }) => name === 'afterwards' && status === 'ACTIVE'),
        )
      })
    }

    it('says once that the broker is away and once that it is back, and goes on', async () => {
      const workers = ['nova-conductor', 'nova-scheduler', 'one', 'two']
      const before = new Map(workers.map(name => [name, cloud.process(name).output.length]))
      const since = (name: string): string =>
        cloud.process(name).output.slice(before.get(name) ?? 0)
      cloud.broker.refuse(true)
      cloud.broker.cut()
      for (const name of workers) await until(since, name, AWAY)
      cloud.broker.refuse(false)
      for (const name of workers) await until(since, name, BACK)
      await cloud.boot('after-the-cut', 2)
      await cloud.until(all => all.length === 2 && all.every(({ status }) => status === 'ACTIVE'))
      for (const name of workers) {
        assert.equal(times(since(name), AWAY), 1, since(name))
        assert.equal(times(since(name), BACK), 1, since(name))
      }
    })

    it('reads while the broker is away; a boot fails within a bound, and leaves nothing hanging', async () => {
      const before = cloud.process('nova-conductor').output.length
      const since = (): string => cloud.process('nova-conductor').output.slice(before)
      cloud.broker.refuse(true)
      cloud.broker.cut()
      try {
        assert.deepEqual(await cloud.api('GET', '/servers'), { status: 200, body: { servers: [] } })
        // What nova answers to a message that it cannot send.
        await assert.rejects(
          cloud.boot('nobody-hears'),
          /POST \/servers: 500 .*MessageDeliveryFailure/,
        )
      } finally {
        cloud.broker.refuse(false)
      }
      await until(since, 'nova-conductor', BACK)
      await cloud.until(all => all.length === 1 && all.every(({ status }) => status === 'ERROR'))
    })

    it('lets a compute end what it builds before it ends', async () => {
      await cloud.boot('drained', 4)
      await hostsTaken(cloud, 4)
      assert.equal(await cloud.terminate('one'), 0)
      await cloud.startCompute('one')
      const servers = await cloud.until(all => all.length === 4 && settled(all))
      assert.deepEqual(
        servers.map(({ status }) => status),
        ['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE'],
      )
    })

    it('uses a host that comes later', async () => {
      await cloud.startCompute('later')
      const scheduler = cloud.process('nova-scheduler')
      await scheduler.printed(/Mapped the new compute host later/)
      for (const host of ['one', 'two']) assert.equal(await cloud.terminate(host), 0)
      await cloud.api('PUT', '/os-services/disable', { host: 'one', binary: 'nova-compute' })
      await cloud.api('PUT', '/os-services/disable', { host: 'two', binary: 'nova-compute' })
      await cloud.boot('on-the-new-one')
      const [server] = await cloud.until(all => all.length === 1 && settled(all))
      assert.deepEqual([server?.status, server?.host], ['ACTIVE', 'later'])
    })

    it('ends each process with status 0 at SIGTERM', async () => {
      for (const name of ['nova-scheduler', 'nova-conductor'] as const) {
        assert.equal(await cloud.terminate(name), 0)
        await cloud.startWorker(name)
      }
      assert.equal(await cloud.terminate('nova-api'), 0)
      await cloud.startWorker('nova-api')
    })
  })
})

/** Waits until hosts have taken so many servers: their builds are under way. */
const hostsTaken = (cloud: SeparateCloud, count: number): Promise<unknown> =>
  cloud.until(servers => servers.filter(({ host }) => host !== null).length === count)

const until = async (
  output: (name: string) => string,
  name: string,
  pattern: RegExp,
): Promise<void> => {
  const deadline = performance.now() + 40_000
  while (times(output(name), pattern) === 0) {
    if (performance.now() > deadline) throw new Error(`${name} said: ${output(name)}`)
    await sleep(20)
  }
}

/** Ports of the peers to which a process has connections, as Linux tells. */
const remotePorts = (pid: number): number[] => {
  const links = readdirSync(`/proc/${pid}/fd`).map(fd => linkOf(`/proc/${pid}/fd/${fd}`))
  const inodes = new Set(links.map(link => /^socket:\[(\d+)\]$/.exec(link)?.[1]))
  return ['tcp', 'tcp6'].flatMap(table =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(/\s+/))
      .filter(columns => inodes.has(columns[9]))
      .map(columns => Number.parseInt(columns[2]?.split(':')[1] ?? '0', 16)),
  )
}

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return '' // closed meanwhile
  }
}
