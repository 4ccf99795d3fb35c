import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Database } from '../../../lib/db/database.js'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { claimResources, removeAllocations } from '../../../lib/scheduler/claims.js'
import { HostManager } from '../../../lib/scheduler/host-manager.js'
import type { HostState } from '../../../lib/scheduler/host-state.js'
import { LivingCells } from '../../../lib/scheduler/living-cells.js'
import { eachEngine } from '../../support/databases.js'
import { insertHost } from '../../support/hosts.js'
import { MemoryLog } from '../../support/log.js'

const MAX_AGE = 10_000
const resources = { DISK_GB: 1, MEMORY_MB: 512, VCPU: 1 }

describe('HostManager', () => {
  eachEngine(engine => {
    let api: Database<ApiSchema>
    let cell: Database<CellSchema>
    let manager: HostManager
    let now = 0

    const owner = () => ({ consumerUuid: randomUUID(), projectId: 'p', userId: 'u' })
    const find = async (host: string): Promise<HostState | undefined> =>
      (await manager.hosts()).find(state => state.host === host)
    const host = async (name: string): Promise<HostState> => {
      const found = await find(name)
      assert.ok(found, `the host ${name}`)
      return found
    }
    /** Old enough that a decision waits for what has changed. */
    const pass = () => {
      now += MAX_AGE * 2 + 1
    }
    const setNode = (name: string, values: object) =>
      cell.kysely.updateTable('compute_nodes').set(values).where('host', '=', name).execute()

    beforeEach(async () => {
      now = 0
      api = await engine.api()
      cell = await engine.cell()
      manager = new HostManager({
        api,
        cells: async () => [{ uuid: 'cell-1', db: cell }],
        maxAge: MAX_AGE,
        now: () => now,
      })
      await insertHost(api, cell, { host: 'a' })
      await insertHost(api, cell, { host: 'b' })
    })

    it('does without the cells that are down, says so once, and takes them up again', async () => {
      const log = new MemoryLog()
      const other = await engine.cell()
      await insertHost(api, other, { host: 'c' })
      let isDown = false
      const failing: Database<CellSchema> = new Proxy(other, {
        get: (target, name) => {
          if (isDown && name === 'kysely') throw new Error('connection refused')
          return Reflect.get(target, name, target)
        },
      })
      manager = new HostManager({
        api,
        cells: async () => [
          { uuid: 'cell-1', db: cell },
          { uuid: 'cell-2', db: failing },
        ],
        maxAge: MAX_AGE,
        now: () => now,
        log,
      })
      const names = async () => (await manager.hosts()).map(({ host }) => host)
      assert.deepEqual(await names(), ['a', 'b', 'c'])
      isDown = true
      // at once, though the reading that has them is young
      assert.deepEqual(await names(), ['a', 'b'])
      pass()
      assert.deepEqual(await names(), ['a', 'b'])
      isDown = false
      pass()
      assert.deepEqual(await names(), ['a', 'b', 'c'])
      assert.deepEqual(log.texts('warn'), [
        'Cell cell-2 is not responding: its hosts are not chosen from',
      ])
      assert.deepEqual(log.texts('info'), ['Cell cell-2 responds again'])
    })

    it('tells of the only cell that it is down', async () => {
      const failing: Database<CellSchema> = new Proxy(cell, {
        get: () => {
          throw new Error('connection refused')
        },
      })
      manager = new HostManager({
        api,
        cells: async () => [{ uuid: 'cell-1', db: failing }],
        maxAge: MAX_AGE,
        now: () => now,
      })
      await assert.rejects(manager.hosts(), /connection refused/)
    })

    it('does not wait for a cell that says nothing', async () => {
      const silent: Database<CellSchema> = new Proxy(cell, {
        get: () => {
          throw new Error('asked again')
        },
      })
      const never = new LivingCells(
        async () => [
          { uuid: 'cell-1', db: cell },
          { uuid: 'cell-2', db: silent },
        ],
        { timeLimit: 0.01 },
      )
      const answers = await never.ask(({ uuid }) =>
        uuid === 'cell-1' ? Promise.resolve('here') : new Promise<string>(() => {}),
      )
      assert.deepEqual(
        answers.map(({ answer }) => answer),
        ['here'],
      )
    })

    it('reads again the nodes that have changed, and leaves the others as they are', async () => {
      const [a, b] = [await host('a'), await host('b')]
      const long = new Date(Date.now() - 60_000)
      await setNode('a', { hypervisor_version: 2000, updated_at: new Date(Date.now() - 30_000) })
      await setNode('b', { updated_at: null, created_at: long })
      assert.equal(await host('a'), a, 'not yet')
      pass()
      assert.equal((await host('a')).hypervisorVersion, 2000)
      assert.equal(await host('b'), b)
    })

    it('sees hosts come and go, in the order of their nodes', async () => {
      await host('a')
      await insertHost(api, cell, { host: 'c' })
      await setNode('a', { deleted: 1 })
      pass()
      const names = (await manager.hosts()).map(state => state.host)
      assert.deepEqual(names, ['b', 'c'])
    })

    it('leaves out a node that has not told its disk, until it does', async () => {
      await setNode('b', { free_disk_gb: null })
      assert.equal(await find('b'), undefined)
      await setNode('b', { free_disk_gb: 500, updated_at: new Date() })
      pass()
      await host('b')
    })

    it('counts what others claimed and gave back', async () => {
      const { uuid } = await host('a')
      const who = owner()
      await claimResources(api, uuid, { ...resources, VCPU: 16 }, who)
      pass()
      assert.equal((await host('a')).hasRoomFor(resources), false)
      await removeAllocations(api, who.consumerUuid)
      pass()
      assert.equal((await host('a')).hasRoomFor(resources), true)
    })

    it('counts all claims anew when asked to, whoever made them', async () => {
      const { uuid } = await host('a')
      await claimResources(api, uuid, { ...resources, VCPU: 16 }, owner())
      // As a program would that knows nothing of generations.
      await manager.hosts({ fresh: true })
      await api.kysely.deleteFrom('allocations').execute()
      await manager.hosts({ fresh: true })
      assert.equal((await host('a')).hasRoomFor(resources), true)
    })

    it('knows when a service was last seen, and the aggregates of its host', async () => {
      await host('a')
      const seen = new Date(Math.floor(Date.now() / 1000) * 1000 + 5000)
      await cell.kysely
        .updateTable('services')
        .set({ last_seen_up: seen })
        .where('host', '=', 'a')
        .execute()
      await api.kysely.insertInto('aggregates').values({ uuid: randomUUID(), name: 'x' }).execute()
      const { id } = await api.kysely
        .selectFrom('aggregates')
        .select('id')
        .executeTakeFirstOrThrow()
      await api.kysely
        .insertInto('aggregate_hosts')
        .values({ aggregate_id: id, host: 'a' })
        .execute()
      await api.kysely
        .insertInto('aggregate_metadata')
        .values({ aggregate_id: id, key: 'rack', value: 'r1, r2' })
        .execute()
      manager.expire()
      const a = await host('a')
      assert.equal(a.service.lastSeenUp, seen.getTime())
      assert.deepEqual([...a.aggregateValues('rack')], ['r1', 'r2'])
      assert.deepEqual([...(await host('b')).aggregateValues('rack')], [])
    })

    it('does not make a decision wait for what is a little old', async () => {
      const a = await host('a')
      await setNode('a', { hypervisor_version: 2000, updated_at: new Date(Date.now() - 30_000) })
      now += MAX_AGE + 1
      assert.equal(await host('a'), a)
      // The reading that this began is over when another one is.
      await manager.hosts({ fresh: true })
      assert.equal((await host('a')).hypervisorVersion, 2000)
    })

    it('knows a server on one host only, and forgets one that never came to be', async () => {
      const uuid = randomUUID()
      const has = async () => [
        (await host('a')).instances.has(uuid),
        (await host('b')).instances.has(uuid),
      ]
      await host('a')
      manager.placed(uuid, 'a')
      await manager.locate([uuid])
      assert.deepEqual(await has(), [true, false])
      await cell.kysely.insertInto('instances').values({ uuid, host: 'b', deleted: 0 }).execute()
      await manager.locate([uuid])
      assert.deepEqual(await has(), [false, true])
      await cell.kysely.deleteFrom('instances').execute()
      now += 120_001
      await manager.locate([uuid])
      assert.deepEqual(await has(), [false, false])
    })
  })
})
