import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { audit } from '../../lib/cmd/manage/placement/audit.js'
import { healAllocations } from '../../lib/cmd/manage/placement/heal-allocations.js'
import { syncAggregates } from '../../lib/cmd/manage/placement/sync-aggregates.js'
import { ManageSession } from '../../lib/cmd/manage/session.js'
import { defaultConf } from '../../lib/conf/index.js'
import { NoValidHost } from '../../lib/exception/index.js'
import {
  Aggregate,
  Flavor,
  ImageMeta,
  ImageMetaProps,
  RequestSpec,
  Selection,
  Service,
} from '../../lib/objects/index.js'
import { schedulerFromConf } from '../../lib/scheduler/from-conf.js'
import type { SchedulerManager } from '../../lib/scheduler/manager.js'
import type { PlacementService } from '../../lib/service/compose/placement.js'
import { eachWithMoves } from '../support/move-cloud.js'
import { PlacementPeer } from '../support/placement-peer.js'
import { eventually, WorkerCloud } from '../support/worker-cloud.js'

const unlimited = { quota: { instances: -1, cores: -1, ram: -1 } }
const tiny = { DISK_GB: 1, MEMORY_MB: 512, VCPU: 1 }
const moveOf = { host: null, force: false, blockMigration: null, diskOverCommit: null }

describe('a cloud with OpenStack’s Placement', function () {
  this.timeout(60_000)
  let placement: PlacementPeer

  before(async function () {
    placement = await PlacementPeer.start(this)
  })
  after(() => placement?.stop())

  describe('on two hosts', () => {
    let cloud: WorkerCloud
    let service: PlacementService

    beforeEach(async () => {
      await placement.forget()
      service = placement.service()
      cloud = await WorkerCloud.start([{ host: 'compute-1' }, { host: 'compute-2' }], unlimited, {
        placement: service,
      })
    })
    afterEach(() => cloud.stop())

    const schedulerOf = (overrides = {}): Promise<SchedulerManager> =>
      schedulerFromConf({
        conf: defaultConf(overrides),
        api: cloud.api,
        cells: async () => [{ uuid: 'cell-1', db: cloud.cell1 }],
        placement: service,
        log: cloud.log,
      })
    const specOf = (extraSpecs: Record<string, string> = {}, values = {}): RequestSpec =>
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
          extraSpecs,
        }),
        ...values,
      })
    const hostsFor = async (
      spec: RequestSpec,
      { uuid = randomUUID(), conf = {} }: { uuid?: string; conf?: object } = {},
    ) => {
      const scheduler = await schedulerOf(conf)
      const answer = await scheduler.selectDestinations(cloud.context, {
        spec_obj: spec,
        instance_uuids: [uuid],
        return_objects: true,
        return_alternates: true,
      })
      assert.ok(Array.isArray(answer))
      return answer[0].filter((one: unknown) => one instanceof Selection) as Selection[]
    }
    const namesOf = async (...asked: Parameters<typeof hostsFor>) =>
      (await hostsFor(...asked)).map(({ serviceHost }) => serviceHost).sort()
    const nodeOf = async (host: string): Promise<string> => {
      const row = await cloud.cell1.kysely
        .selectFrom('compute_nodes')
        .select('uuid')
        .where('host', '=', host)
        .executeTakeFirstOrThrow()
      return row.uuid ?? ''
    }
    const treeOf = async (host: string) =>
      (await placement.service().reports.providerTree(cloud.context, await nodeOf(host), host)).get(
        host,
      )
    const report = (host: string) => cloud.hosts.get(host)?.manager.preStartHook()

    it('is told what hosts have and can', async () => {
      const { inventory, traits } = await treeOf('compute-1')
      assert.deepEqual(inventory.VCPU, {
        total: 1000,
        reserved: 0,
        min_unit: 1,
        max_unit: 1000,
        step_size: 1,
        allocation_ratio: 1,
      })
      assert.deepEqual(Object.keys(inventory).sort(), ['DISK_GB', 'MEMORY_MB', 'VCPU'])
      // contract: captures/live-migrate-to-host, what nova's fake driver reports
      assert.deepEqual([...traits].sort(), [
        'COMPUTE_ACCELERATORS',
        'COMPUTE_DEVICE_TAGGING',
        'COMPUTE_IMAGE_TYPE_RAW',
        'COMPUTE_NET_ATTACH_INTERFACE',
        'COMPUTE_NET_ATTACH_INTERFACE_WITH_TAG',
        'COMPUTE_NODE',
        // Ours can, nova's cannot.
        'COMPUTE_RESCUE_BFV',
        'COMPUTE_TRUSTED_CERTS',
        'COMPUTE_VOLUME_ATTACH_WITH_TAG',
        'COMPUTE_VOLUME_EXTEND',
        'COMPUTE_VOLUME_MULTI_ATTACH',
      ])
    })

    it('keeps what others say of a host there, and is told again what they took away', async () => {
      const uuid = await nodeOf('compute-1')
      const other = placement.service().reports
      const tree = await other.providerTree(cloud.context, uuid, 'compute-1')
      const { inventory, traits } = tree.get(uuid)
      const { VCPU } = inventory
      assert.ok(VCPU)
      tree.updateTraits(
        uuid,
        [...traits, 'CUSTOM_GOLD'].filter(name => name !== 'COMPUTE_NODE'),
      )
      tree.updateInventory(uuid, { ...inventory, VCPU: { ...VCPU, allocation_ratio: 7 } })
      await other.updateFromProviderTree(cloud.context, uuid, tree)
      // What it has to say now, it says of a provider that was changed behind its back.
      const one = await Service.getByHostAndBinary(cloud.context, 'compute-1', 'nova-compute')
      assert.ok(one)
      one.disabled = true
      await one.save()
      await report('compute-1')
      const after = await treeOf('compute-1')
      assert.equal(after.inventory.VCPU?.allocation_ratio, 7)
      for (const trait of ['CUSTOM_GOLD', 'COMPUTE_NODE', 'COMPUTE_STATUS_DISABLED']) {
        assert.ok(after.traits.has(trait), trait)
      }
    })

    it('claims what a server takes, and gives it back when the server is deleted', async () => {
      const [uuid = ''] = await cloud.boot()
      const { host } = await cloud.settled(uuid, 'active')
      assert.deepEqual((await placement.allocations())[host ?? ''], { [uuid]: tiny })
      await cloud.delete(uuid)
      await eventually('it is gone', async () => ((await cloud.find(uuid)) ? undefined : true))
      assert.deepEqual(await placement.allocations(), { 'compute-1': {}, 'compute-2': {} })
    })

    it('gives back what is left of servers that were deleted while it was away', async () => {
      const [uuid = ''] = await cloud.boot()
      const { host } = await cloud.settled(uuid, 'active')
      assert.ok(host)
      const claimed = await service.claims.getAllocations(cloud.context, uuid)
      await cloud.delete(uuid)
      await eventually('it is gone', async () => ((await cloud.find(uuid)) ? undefined : true))
      const owner = { uuid, projectId: 'project', userId: 'user' }
      const request = { allocations: claimed }
      assert.ok(await service.claims.claimResources(cloud.context, owner, request, '1.28'))
      // Nobody whom the cell knows: somebody who is on his way here.
      const coming = { ...owner, uuid: randomUUID() }
      assert.ok(await service.claims.claimResources(cloud.context, coming, request, '1.28'))
      await report(host)
      assert.deepEqual((await placement.allocations())[host], { [coming.uuid]: tiny })
    })

    it('chooses by traits that flavor and image require', async () => {
      const { reports } = placement.service()
      const uuid = await nodeOf('compute-2')
      const tree = await reports.providerTree(cloud.context, uuid, 'compute-2')
      tree.updateTraits(uuid, [...tree.get(uuid).traits, 'CUSTOM_GOLD'])
      await reports.updateFromProviderTree(cloud.context, uuid, tree)
      assert.deepEqual(await namesOf(specOf({ 'trait:CUSTOM_GOLD': 'required' })), ['compute-2'])
      assert.deepEqual(await namesOf(specOf({ 'trait:CUSTOM_GOLD': 'forbidden' })), ['compute-1'])
      const image = new ImageMeta(null, {
        id: 'image',
        properties: new ImageMetaProps(null, { traitsRequired: ['CUSTOM_GOLD'] }),
      })
      assert.deepEqual(await namesOf(specOf({}, { image })), ['compute-2'])
    })

    it('names one provider for a host that is asked for, and says it when there is none such', async () => {
      assert.deepEqual(await namesOf(specOf({}, { forceHosts: ['compute-2'] })), ['compute-2'])
      await assert.rejects(hostsFor(specOf({}, { forceHosts: ['elsewhere'] })), {
        message: 'No valid host was found. No such host - host: elsewhere node: None ',
      })
    })

    it('says that no host has room, and claims nothing', async () => {
      const uuid = randomUUID()
      const asked = hostsFor(specOf({ 'resources:VCPU': '1001' }), { uuid })
      await assert.rejects(asked, (error: NoValidHost) => {
        assert.equal(error.message, 'No valid host was found. ')
        assert.match(String(error.kwargs.explanation), /Placement dropped 2 \(compute-1: is no/)
        return error instanceof NoValidHost
      })
      // A class that nobody has ever heard of is the flavor's mistake.
      await assert.rejects(hostsFor(specOf({ 'resources:CUSTOM_NOTHING': '1' }), { uuid }), {
        message: 'No valid host was found. ',
      })
      assert.deepEqual(await service.claims.getAllocations(cloud.context, uuid), {})
    })

    it('knows the aggregates of hosts, and zones by them', async () => {
      const aggregate = await cloud.servers.aggregates.create(cloud.context, 'east', 'east')
      await cloud.servers.aggregates.addHost(cloud.context, aggregate, 'compute-2')
      assert.deepEqual([...(await treeOf('compute-2')).aggregates], [aggregate.uuid])
      assert.deepEqual(await namesOf(specOf({}, { availabilityZone: 'east' })), ['compute-2'])
      assert.deepEqual(await namesOf(specOf({}, { availabilityZone: 'nova' })), [
        'compute-1',
        'compute-2',
      ])
      const found = await Aggregate.getByUuid(cloud.context, aggregate.uuid)
      await cloud.servers.aggregates.removeHost(cloud.context, found, 'compute-2')
      assert.deepEqual([...(await treeOf('compute-2')).aggregates], [])
    })

    it('keeps isolated aggregates, and those of other projects, free', async () => {
      const api = cloud.servers.aggregates
      const gold = await api.create(cloud.context, 'gold', null)
      await api.updateMetadata(cloud.context, gold, { 'trait:CUSTOM_GOLD': 'required' })
      await api.addHost(cloud.context, gold, 'compute-1')
      const own = await api.create(cloud.context, 'own', null)
      await api.updateMetadata(cloud.context, own, { filter_tenant_id: 'project' })
      await api.addHost(cloud.context, own, 'compute-1')
      const isolating = { scheduler: { enable_isolated_aggregate_filtering: true } }
      assert.deepEqual(await namesOf(specOf(), { conf: isolating }), ['compute-2'])
      const limiting = { scheduler: { limit_tenants_to_placement_aggregate: true } }
      assert.deepEqual(await namesOf(specOf(), { conf: limiting }), ['compute-1'])
    })

    it('is told of services that are disabled, enabled and deleted', async () => {
      const one = await Service.getByHostAndBinary(cloud.context, 'compute-1', 'nova-compute')
      assert.ok(one)
      for (const disabled of [true, false]) {
        one.disabled = disabled
        await one.save()
        await cloud.servers.providers.statusChanged(one)
        const { traits } = await treeOf('compute-1')
        assert.equal(traits.has('COMPUTE_STATUS_DISABLED'), disabled)
      }
      one.disabled = true
      await one.save()
      await report('compute-1')
      assert.deepEqual(await namesOf(specOf()), ['compute-2'])
      await cloud.servers.providers.serviceRemoved(one)
      assert.deepEqual(Object.keys(await placement.allocations()), ['compute-2'])
    })
  })

  describe('that nova-manage puts right', () => {
    const uuidOf = async (host: string): Promise<string> => (await nodeRow(host)).uuid ?? ''
    const nodeRow = (host: string) =>
      cloud.cell1.kysely
        .selectFrom('compute_nodes')
        .select('uuid')
        .where('host', '=', host)
        .executeTakeFirstOrThrow()
    let cloud: WorkerCloud
    let service: PlacementService
    let printed: string[]

    /** Over the databases of the cloud, which are in memory. */
    class CloudSession extends ManageSession {
      override api = async () => cloud.api
      override main = async () => cloud.cell0
      override cell = async () => cloud.cell1
    }
    const session = () => {
      printed = []
      const out = (text: string) => void printed.push(text.trimEnd())
      return new CloudSession(defaultConf(placement.conf), { out, err: out })
    }

    beforeEach(async () => {
      await placement.forget()
      service = placement.service()
      cloud = await WorkerCloud.start([{ host: 'compute-1' }], unlimited, { placement: service })
    })
    afterEach(() => cloud.stop())

    it('makes the claims of servers that have none, of their own project', async () => {
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      assert.equal(await healAllocations(session(), {}), 4)
      await service.claims.removeAllocations(cloud.context, uuid)
      assert.equal(await healAllocations(session(), { dryRun: true, verbose: true }), 0)
      assert.match(printed.join(), /\[dry-run\] Create allocations for instance/)
      assert.deepEqual(await service.claims.getAllocations(cloud.context, uuid), {})
      assert.equal(await healAllocations(session(), { instance: uuid }), 0)
      assert.deepEqual(await placement.allocations(), { 'compute-1': { [uuid]: tiny } })

      const request = { allocations: await service.claims.getAllocations(cloud.context, uuid) }
      await service.claims.removeAllocations(cloud.context, uuid)
      const other = { uuid, projectId: 'other', userId: 'other' }
      await service.claims.claimResources(cloud.context, other, request, '1.28')
      assert.equal(await healAllocations(session(), { verbose: true }), 0)
      assert.match(printed.join(), /Successfully updated allocations for instance/)
      assert.equal(await healAllocations(session(), { maxCount: '0' }), 127)
    })

    it('finds claims that belong to nobody, and gives them back', async () => {
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      const request = { allocations: await service.claims.getAllocations(cloud.context, uuid) }
      const lost = { uuid: randomUUID(), projectId: 'project', userId: 'user' }
      assert.equal(await audit(session(), {}), 0)
      await service.claims.claimResources(cloud.context, lost, request, '1.28')
      assert.equal(await audit(session(), { verbose: true }), 3)
      assert.match(printed.join(), new RegExp(`consumer UUID ${lost.uuid} but no existing`))
      assert.equal(await audit(session(), { delete: true }), 4)
      assert.deepEqual(await placement.allocations(), { 'compute-1': { [uuid]: tiny } })
      const resourceProvider = randomUUID()
      assert.equal(await audit(session(), { resourceProvider }), 127)
    })

    it('puts hosts into the aggregates that nova has them in', async () => {
      const aggregate = await cloud.servers.aggregates.create(cloud.context, 'east', 'east')
      await aggregate.addHost('compute-1')
      assert.equal(await syncAggregates(session(), {}), 0)
      const tree = await placement
        .service()
        .reports.providerTree(cloud.context, await uuidOf('compute-1'), 'compute-1')
      assert.deepEqual([...tree.get('compute-1').aggregates], [aggregate.uuid])
      await aggregate.addHost('unmapped')
      assert.equal(await syncAggregates(session(), {}), 4)
      await placement.forget()
      await aggregate.deleteHost('unmapped')
      assert.equal(await syncAggregates(session(), {}), 6)
      assert.match(printed.join(), /Placement does not know/)
    })

    it('is named by nova.conf, or the command says so', async () => {
      const conf = defaultConf()
      const none = new CloudSession(conf, { out: () => {}, err: () => {} })
      await assert.rejects(audit(none, {}), /^CommandError: \[placement\] is not set in nova\.conf/)
    })
  })

  describe('when servers move', () => {
    const at = eachWithMoves({ placement: () => placement.service() })
    afterEach(() => placement.forget())
    const resized = async () => {
      const { flavorid: flavorId } = await at.flavor()
      const request = { flavorId, autoDiskConfig: null }
      await at.cloud.servers.resize(at.cloud.context, await at.asked(), request)
      const { host } = await at.settled('resized')
      assert.deepEqual(await at.claims(), { [at.source]: [0, 1], [host ?? '']: [2, 0] })
      return host ?? ''
    }

    it('holds both hosts for a resize until it is confirmed', async () => {
      const host = await resized()
      await at.cloud.servers.confirmResize(await at.asked())
      await at.actions(['resize', 'confirmResize'])
      assert.deepEqual(await at.claims(), { [host]: [2, 0] })
    })

    it('holds one host when a resize is reverted', async () => {
      await resized()
      await at.cloud.servers.revertResize(await at.asked())
      await at.actions(['resize', 'revertResize'])
      assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
    })

    it('holds nothing of a resized server that is deleted', async () => {
      await resized()
      await at.cloud.servers.delete(at.cloud.context, await at.asked())
      await eventually('it is gone', async () =>
        (await at.cloud.find(at.uuid)) ? undefined : true,
      )
      assert.deepEqual(await at.claims(), {})
    })

    it('holds the new host of a live migration, and the old one of one that failed', async () => {
      const migrate = async () =>
        at.cloud.servers.liveMigrate(await at.asked(), { ...moveOf, isAsync: true })
      const ended = (status: string) =>
        eventually(`it is ${status}`, async () => {
          const free = (await at.asked()).taskState === null
          return free && (await at.migration())[1] === status ? true : undefined
        })
      at.failing.add('live_migration')
      await migrate()
      await ended('failed')
      assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
      at.failing.clear()
      await migrate()
      await ended('completed')
      const { host } = await at.asked()
      await eventually('the old one is free', async () =>
        Object.keys(await at.claims()).join() === host ? true : undefined,
      )
    })

    it('holds the host of an evacuated server until it is back', async () => {
      await at.cloud.stopHost(at.source)
      const down = await Service.getByHostAndBinary(at.cloud.context, at.source, 'nova-compute')
      assert.ok(down)
      down.forcedDown = true
      await down.save()
      await at.cloud.servers.evacuate(await at.asked(), {
        host: null,
        force: false,
        onSharedStorage: null,
        adminPassword: 'secret',
        targetState: null,
      })
      await eventually('it is done', async () =>
        (await at.migration())[1] === 'done' ? true : undefined,
      )
      const { host } = await at.settled('active')
      assert.deepEqual(await at.claims(), { [at.source]: [1, 0], [host ?? '']: [1, 0] })
      await at.cloud.addHost(at.hostOptions(at.source))
      assert.deepEqual(await at.claims(), { [host ?? '']: [1, 0] })
    })

    it('holds nothing for a server that is shelved and off its host', async () => {
      await at.cloud.servers.shelve(await at.asked())
      await at.settled('shelved_offloaded')
      assert.deepEqual(await at.claims(), {})
      await at.cloud.servers.unshelve(await at.asked(), { host: null })
      const { host } = await at.settled('active')
      assert.deepEqual(await at.claims(), { [host ?? '']: [1, 0] })
    })
  })

  describe('that several schedulers share', () => {
    let cloud: WorkerCloud
    beforeEach(() => placement.forget())
    afterEach(() => cloud.stop())

    it('gives no room away twice', async () => {
      const capacity = { vcpus: 3, memoryMb: 100_000, localGb: 1000 }
      const hosts = ['compute-1', 'compute-2'].map(host => ({ host, capacity }))
      cloud = await WorkerCloud.start(hosts, unlimited, { placement: placement.service() })
      const { api, cell1, context } = cloud
      const schedulers = await Promise.all(
        Array.from({ length: 3 }, () =>
          schedulerFromConf({
            conf: defaultConf(),
            api,
            cells: async () => [{ uuid: 'cell-1', db: cell1 }],
            placement: placement.service(),
          }),
        ),
      )
      const flavor = new Flavor(null, {
        name: 'm1.tiny',
        vcpus: 1,
        memoryMb: 512,
        rootGb: 1,
        ephemeralGb: 0,
        swap: 0,
        extraSpecs: {},
      })
      const answers = await Promise.allSettled(
        Array.from({ length: 9 }, async (_, index) =>
          schedulers[index % schedulers.length]?.selectDestinations(context, {
            spec_obj: new RequestSpec(null, {
              projectId: 'project',
              userId: 'user',
              numInstances: 1,
              flavor,
            }),
            instance_uuids: [randomUUID()],
            return_objects: true,
          }),
        ),
      )
      const refused = answers.filter(({ status }) => status === 'rejected')
      for (const { reason } of refused as PromiseRejectedResult[]) {
        assert.ok(reason instanceof NoValidHost, reason)
      }
      assert.equal(answers.length - refused.length, 6)
      const claimed = Object.values(await placement.allocations()).map(
        consumers => Object.keys(consumers).length,
      )
      assert.deepEqual(claimed, [3, 3])
    })
  })
})
