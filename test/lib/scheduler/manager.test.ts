import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { defaultConf } from '../../../lib/conf/index.js'
import { RequestContext } from '../../../lib/context/index.js'
import type { Database } from '../../../lib/db/database.js'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { Flavor, InstanceGroup, RequestSpec, Selection } from '../../../lib/objects/index.js'
import { getAllocations, removeAllocations } from '../../../lib/scheduler/claims.js'
import { schedulerFromConf } from '../../../lib/scheduler/from-conf.js'
import type { SchedulerManager } from '../../../lib/scheduler/manager.js'
import { eachEngine } from '../../support/databases.js'
import { type HostRow, insertHost } from '../../support/hosts.js'

const context = new RequestContext({ isAdmin: true })

const specOf = (values: Record<string, unknown> = {}): RequestSpec =>
  new RequestSpec(null, {
    projectId: 'project',
    userId: 'user',
    numInstances: 1,
    flavor: new Flavor(null, {
      name: 'm1.tiny',
      vcpus: 1,
      memoryMb: 512,
      rootGb: 1,
      ephemeralGb: 0,
      swap: 0,
      extraSpecs: {},
    }),
    ...values,
  })

describe('SchedulerManager', () => {
  eachEngine(engine => {
    let api: Database<ApiSchema>
    let cell: Database<CellSchema>
    let scheduler: SchedulerManager

    const hosts = async (...rows: readonly HostRow[]) => {
      const uuids: string[] = []
      for (const row of rows) uuids.push(await insertHost(api, cell, row))
      return uuids
    }
    const select = async (
      spec: RequestSpec,
      uuids: readonly string[],
    ): Promise<readonly (readonly Selection[])[]> => {
      const answer = await scheduler.selectDestinations(context, {
        spec_obj: spec,
        instance_uuids: uuids,
        return_objects: true,
        return_alternates: true,
      })
      assert.ok(Array.isArray(answer))
      return answer.map(list => list.filter((one: unknown) => one instanceof Selection))
    }
    const names = (selections: readonly (readonly Selection[])[]) =>
      selections.map(list => list.map(({ serviceHost }) => serviceHost))

    beforeEach(async () => {
      api = await engine.api()
      cell = await engine.cell()
      scheduler = schedulerFromConf({
        conf: defaultConf(),
        api,
        cells: async () => [{ uuid: 'cell-1', db: cell }],
      })
    })

    it('claims the best host and names two alternates', async () => {
      const [, big] = await hosts(
        { host: 'small', memoryMb: 8192 },
        { host: 'big', memoryMb: 65_536 },
        { host: 'middle', memoryMb: 16_384 },
        { host: 'tiny', memoryMb: 4096 },
      )
      const uuid = randomUUID()
      const answer = await select(specOf(), [uuid])
      assert.deepEqual(names(answer), [['big', 'middle', 'small']])
      const resources = { DISK_GB: 1, MEMORY_MB: 512, VCPU: 1 }
      assert.deepEqual(await getAllocations(api, uuid), { [String(big)]: { resources } })
      const chosen = answer[0]?.[0]
      assert.deepEqual(
        [chosen?.cellUuid, chosen?.nodename, chosen?.availabilityZone, chosen?.allocationRequest],
        [
          'cell-1',
          'big',
          'nova',
          JSON.stringify({
            allocations: { [String(big)]: { resources } },
            mappings: { '': [big] },
          }),
        ],
      )
    })

    it('spreads the instances of one request, and counts each at once', async () => {
      await hosts({ host: 'a' }, { host: 'b' })
      const answer = await select(specOf({ numInstances: 4 }), [
        randomUUID(),
        randomUUID(),
        randomUUID(),
        randomUUID(),
      ])
      const chosen = answer.map(([first]) => first?.serviceHost).sort()
      assert.deepEqual(chosen, ['a', 'a', 'b', 'b'])
    })

    it('gives no reason when no host has room, as Placement gives none', async () => {
      await hosts({ host: 'a', vcpus: 1 })
      const uuids = [randomUUID(), randomUUID()]
      await assert.rejects(select(specOf({ numInstances: 2 }), uuids), {
        name: 'NoValidHost',
        message: 'No valid host was found. ',
      })
      for (const uuid of uuids) assert.deepEqual(await getAllocations(api, uuid), {})
    })

    it('says that there are not enough hosts when the filters leave none', async () => {
      await hosts({ host: 'a', lastSeenUp: new Date(Date.now() - 3_600_000) })
      await assert.rejects(select(specOf(), [randomUUID()]), {
        name: 'NoValidHost',
        message: 'No valid host was found. There are not enough hosts available.',
      })
    })

    it('takes no notice of its memory when a service was disabled since', async () => {
      await hosts({ host: 'a', memoryMb: 65_536 }, { host: 'b' })
      assert.deepEqual(names(await select(specOf(), [randomUUID()])), [['a', 'b']])
      await cell.kysely
        .updateTable('services')
        .set({ disabled: 1 })
        .where('host', '=', 'a')
        .execute()
      assert.deepEqual(names(await select(specOf(), [randomUUID()])), [['b']])
    })

    it('finds a host that came after it last looked, before it gives up', async () => {
      await hosts({ host: 'a', vcpus: 1 })
      await select(specOf(), [randomUUID()])
      await hosts({ host: 'b' })
      assert.deepEqual(names(await select(specOf(), [randomUUID()])), [['b']])
    })

    it('keeps to a forced host, a zone, and away from ignored hosts', async () => {
      await hosts({ host: 'a', memoryMb: 65_536 }, { host: 'b' })
      const one = () => [randomUUID()]
      assert.deepEqual(names(await select(specOf({ forceHosts: ['b'] }), one())), [['b']])
      assert.deepEqual(names(await select(specOf({ ignoreHosts: ['A'] }), one())), [['b']])
      await assert.rejects(select(specOf({ availabilityZone: 'east' }), one()), {
        message: 'No valid host was found. ',
      })
      assert.deepEqual(names(await select(specOf({ availabilityZone: 'nova' }), one())), [
        ['a', 'b'],
      ])
    })

    it('keeps the members of an anti-affinity group apart, also within one request', async () => {
      await hosts({ host: 'a' }, { host: 'b' })
      const uuids = [randomUUID(), randomUUID()]
      const instanceGroup = new InstanceGroup(null, {
        uuid: randomUUID(),
        policy: 'anti-affinity',
        members: uuids,
        hosts: [],
      })
      const answer = await select(specOf({ numInstances: 2, instanceGroup }), uuids)
      assert.deepEqual(answer.map(([first]) => first?.serviceHost).sort(), ['a', 'b'])
    })

    it('never promises more than there is, though 50 ask at once', async () => {
      await hosts({ host: 'a', vcpus: 10 }, { host: 'b', vcpus: 10 })
      const answers = await Promise.allSettled(
        Array.from({ length: 50 }, () => select(specOf(), [randomUUID()])),
      )
      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 20)
    })

    it('knows that a host has room again when an instance went', async () => {
      await hosts({ host: 'a', vcpus: 1 })
      const uuid = randomUUID()
      await select(specOf(), [uuid])
      await removeAllocations(api, uuid)
      scheduler.deleteInstanceInfo(context, { host_name: 'a', instance_uuid: uuid })
      assert.deepEqual(names(await select(specOf(), [randomUUID()])), [['a']])
    })
  })
})
