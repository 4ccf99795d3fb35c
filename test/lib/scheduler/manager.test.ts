import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { defaultConf } from '../../../lib/conf/index.js'
import { RequestContext } from '../../../lib/context/index.js'
import type { Database } from '../../../lib/db/database.js'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { NoValidHost } from '../../../lib/exception/index.js'
import { Flavor, InstanceGroup, RequestSpec, Selection } from '../../../lib/objects/index.js'
import { getAllocations, removeAllocations } from '../../../lib/scheduler/claims.js'
import { schedulerFromConf } from '../../../lib/scheduler/from-conf.js'
import type { SchedulerManager } from '../../../lib/scheduler/manager.js'
import { eachEngine } from '../../support/databases.js'
import { type HostRow, insertHost } from '../../support/hosts.js'

const context = new RequestContext({ isAdmin: true })

const aggregate = async (
  { kysely }: Database<ApiSchema>,
  name: string,
  host: string,
  metadata: Record<string, string>,
): Promise<void> => {
  await kysely.insertInto('aggregates').values({ uuid: randomUUID(), name }).execute()
  const { id } = await kysely
    .selectFrom('aggregates')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  await kysely.insertInto('aggregate_hosts').values({ aggregate_id: id, host }).execute()
  for (const [key, value] of Object.entries(metadata)) {
    await kysely.insertInto('aggregate_metadata').values({ aggregate_id: id, key, value }).execute()
  }
}

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
      scheduler = await schedulerFromConf({
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

    it('explains to administrators what became of each host', async () => {
      const lastSeenUp = new Date(Date.now() - 3_600_000)
      await hosts(
        { host: 'a', lastSeenUp },
        { host: 'b', vcpus: 0 },
        { host: 'c', disabled: true },
        ...['d', 'e', 'f', 'g'].map(host => ({ host, memoryMb: 256 })),
      )
      await assert.rejects(select(specOf(), [randomUUID()]), (error: unknown) => {
        assert.ok(error instanceof NoValidHost)
        assert.equal(
          String(error.kwargs.explanation).replace(/\d+ s ago/, '# s ago'),
          'of 7 hosts, ' +
            'resources dropped 5 (b: VCPU: 1 asked for, one server may have 0; ' +
            'd: MEMORY_MB: 512 asked for, one server may have 256; ' +
            'e: MEMORY_MB: 512 asked for, one server may have 256; …), ' +
            'compute status dropped 1 (c: nova-compute is disabled), ' +
            'ComputeFilter dropped 1 (a: nova-compute was last heard of # s ago)',
        )
        return true
      })
    })

    it('sees at once what another process gave back, and no instance where it is no more', async () => {
      await hosts({ host: 'a', vcpus: 1 }, { host: 'b', vcpus: 1, memoryMb: 1024 })
      const [one, two] = [randomUUID(), randomUUID()]
      await select(specOf(), [one])
      await select(specOf(), [two])
      await removeAllocations(api, one)
      const apart = new InstanceGroup(null, {
        uuid: randomUUID(),
        policy: 'anti-affinity',
        members: [two],
        hosts: [],
      })
      assert.deepEqual(names(await select(specOf({ instanceGroup: apart }), [randomUUID()])), [
        ['a'],
      ])
    })

    it('keeps to the hints same_host and different_host', async () => {
      scheduler = await schedulerFromConf({
        conf: defaultConf({
          filter_scheduler: { enabled_filters: ['SameHostFilter', 'DifferentHostFilter'] },
        }),
        api,
        cells: async () => [{ uuid: 'cell-1', db: cell }],
      })
      await hosts({ host: 'a' }, { host: 'b' })
      const first = randomUUID()
      const [[chosen] = []] = names(await select(specOf(), [first]))
      const beside = await select(specOf({ schedulerHints: { same_host: [first] } }), [
        randomUUID(),
      ])
      assert.deepEqual(names(beside), [[chosen]])
      const away = specOf({ schedulerHints: { different_host: [first] } })
      assert.notDeepEqual(names(await select(away, [randomUUID()])), [[chosen]])
    })

    it('takes servers of one flavor only where TypeAffinityFilter is enabled', async () => {
      scheduler = await schedulerFromConf({
        conf: defaultConf({ filter_scheduler: { enabled_filters: ['TypeAffinityFilter'] } }),
        api,
        cells: async () => [{ uuid: 'cell-1', db: cell }],
      })
      await hosts({ host: 'a', memoryMb: 65_536 }, { host: 'b' })
      await cell.kysely
        .insertInto('instances')
        .values({ uuid: randomUUID(), host: 'a', instance_type_id: 7, deleted: 0 })
        .execute()
      const flavor = specOf().flavor
      flavor.assign({ id: 8 })
      assert.deepEqual(names(await select(specOf({ flavor }), [randomUUID()])), [['b']])
    })

    it('keeps projects to their aggregates, and others out of those with required traits', async () => {
      scheduler = await schedulerFromConf({
        conf: defaultConf({
          scheduler: {
            limit_tenants_to_placement_aggregate: true,
            enable_isolated_aggregate_filtering: true,
          },
        }),
        api,
        cells: async () => [{ uuid: 'cell-1', db: cell }],
      })
      await hosts({ host: 'a', memoryMb: 65_536 }, { host: 'b' }, { host: 'c', memoryMb: 99_999 })
      await aggregate(api, 'ours', 'b', { filter_tenant_id: 'project' })
      await aggregate(api, 'fenced', 'c', { 'trait:CUSTOM_X': 'required' })
      assert.deepEqual(names(await select(specOf(), [randomUUID()])), [['b']])
      assert.deepEqual(names(await select(specOf({ projectId: 'other' }), [randomUUID()])), [
        ['a', 'b'],
      ])
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
