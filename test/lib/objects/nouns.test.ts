import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../../lib/context/index.js'
import {
  AggregateHostExists,
  AggregateNameExists,
  AggregateNotFound,
  BuildRequestNotFound,
  ComputeHostNotFound,
  FlavorAccessExists,
  FlavorExists,
  FlavorExtraSpecsNotFound,
  FlavorIdExists,
  FlavorNotFound,
  HostMappingExists,
  HostMappingNotFound,
  InstanceActionEventNotFound,
  InstanceActionNotFound,
  InstanceGroupNotFound,
  InstanceMappingNotFound,
  KeyPairExists,
  KeypairNotFound,
  MarkerNotFound,
  RequestSpecNotFound,
  ServiceBinaryExists,
  ServiceNotFound,
} from '../../../lib/exception/index.js'
import {
  Aggregate,
  AggregateList,
  BlockDeviceMapping,
  BlockDeviceMappingList,
  BuildRequest,
  BuildRequestList,
  CellMapping,
  CellMappingList,
  ComputeNode,
  ComputeNodeList,
  createBootRecords,
  Flavor,
  FlavorList,
  HostMapping,
  ComputeNodeList as Hosts,
  HVSpec,
  ImageMeta,
  InstanceAction,
  InstanceActionEvent,
  InstanceActionEventList,
  InstanceActionList,
  InstanceGroup,
  InstanceMapping,
  KeyPair,
  KeyPairList,
  Migration,
  MigrationList,
  NetworkRequestList,
  Quotas,
  RequestSpec,
  SchedulerRetries,
  Service,
  ServiceList,
  TagList,
} from '../../../lib/objects/index.js'
import { eachEngine } from '../../support/databases.js'
import { directContext, emptyTables, newInstance, someFlavor } from '../../support/objects.js'

describe('nouns in their databases', () => {
  eachEngine(engine => {
    let context: RequestContext

    before(async function () {
      this.timeout(20_000)
      context = await directContext(engine)
    })

    afterEach(() => emptyTables(context))

    const newFlavor = async (name: string, values: Record<string, unknown> = {}) => {
      const flavor = new Flavor(context, {
        name,
        flavorid: name,
        memoryMb: 512,
        vcpus: 1,
        rootGb: 1,
        ephemeralGb: 0,
        swap: 0,
        disabled: false,
        isPublic: true,
        ...values,
      })
      await flavor.create()
      return flavor
    }

    describe('MigrationList', () => {
      it('finds what arrived on a host long ago and waits for a word', async () => {
        const instance = newInstance(context)
        await instance.create()
        const arrived = async (values: Partial<Migration>) => {
          const migration = new Migration(context, {
            instanceUuid: instance.uuid,
            migrationType: 'resize',
            status: 'migrating',
            sourceCompute: 'a',
            destCompute: 'b',
          })
          await migration.create()
          Object.assign(migration, { status: 'finished', ...values })
          await migration.save()
          return migration.id
        }
        const waiting = await arrived({})
        await arrived({ destCompute: 'c' })
        await arrived({ status: 'confirmed' })
        const found = (seconds: number) =>
          MigrationList.getUnconfirmedByDestCompute(context, seconds, 'b')
        assert.deepEqual(
          (await found(-5)).objects.map(({ id }) => id),
          [waiting],
        )
        assert.deepEqual((await found(60)).objects, [])
      })
    })

    describe('Flavor', () => {
      it('is created, found by its three names, and deleted', async () => {
        const flavor = await newFlavor('a', { extraSpecs: { 'hw:cpu_policy': 'shared' } })
        for (const found of [
          await Flavor.getById(context, flavor.id),
          await Flavor.getByFlavorId(context, 'a'),
          await Flavor.getByName(context, 'a'),
        ]) {
          assert.deepEqual(found.toPrimitive(), flavor.toPrimitive())
        }
        await assert.rejects(() => newFlavor('b', { flavorid: 'a' }), FlavorIdExists)
        await assert.rejects(() => newFlavor('a', { flavorid: 'b' }), FlavorExists)
        await flavor.destroy()
        await assert.rejects(() => Flavor.getByFlavorId(context, 'a'), FlavorNotFound)
        await assert.rejects(() => flavor.destroy(), FlavorNotFound)
      })

      it('keeps extra specs', async () => {
        const flavor = await newFlavor('a')
        await flavor.saveExtraSpecs({ toAdd: { x: '1', y: '2' } })
        await flavor.saveExtraSpecs({ toAdd: { x: '3' }, toDelete: ['y'] })
        assert.deepEqual(flavor.extraSpecs, { x: '3' })
        assert.deepEqual((await Flavor.getById(context, flavor.id)).extraSpecs, { x: '3' })
        await assert.rejects(
          () => flavor.saveExtraSpecs({ toDelete: ['y'] }),
          FlavorExtraSpecsNotFound,
        )
      })

      it('is listed to those who may use it, sorted and in pages', async () => {
        for (const name of ['c', 'a', 'b']) await newFlavor(name)
        const secret = await newFlavor('z', { isPublic: false })
        const ids = async (options: Parameters<typeof FlavorList.getAll>[1]) =>
          (await FlavorList.getAll(context, options)).objects.map(one => one.flavorid)
        assert.deepEqual(await ids({ filters: { is_public: true } }), ['a', 'b', 'c'])
        assert.deepEqual(await ids({ filters: { is_public: null } }), ['a', 'b', 'c', 'z'])
        assert.deepEqual(await ids({ filters: { is_public: false } }), ['z'])
        assert.deepEqual(await ids({ limit: 2, marker: 'a' }), ['b', 'c'])
        assert.deepEqual(await ids({ sortDir: 'desc', limit: 1 }), ['z'])
        await assert.rejects(() => ids({ marker: 'nope' }), MarkerNotFound)
        await secret.addAccess('p1')
        assert.deepEqual(secret.projects, ['p1'])
        await assert.rejects(() => secret.addAccess('p1'), FlavorAccessExists)
        assert.deepEqual(await ids({ filters: { is_public: true } }), ['a', 'b', 'c', 'z'])
      })
    })

    it('KeyPair is one a name and user, and listed in pages', async () => {
      for (const name of ['b', 'a', 'c']) {
        await new KeyPair(context, { name, userId: 'u1', publicKey: 'k', type: 'ssh' }).create()
      }
      await assert.rejects(
        () => new KeyPair(context, { name: 'a', userId: 'u1', type: 'ssh' }).create(),
        KeyPairExists,
      )
      const page = await KeyPairList.getByUser(context, 'u1', { limit: 2, marker: 'a' })
      assert.deepEqual(
        page.objects.map(one => one.name),
        ['b', 'c'],
      )
      assert.equal(await KeyPairList.getCountByUser(context, 'u1'), 3)
      await KeyPair.destroyByName(context, 'u1', 'a')
      await assert.rejects(() => KeyPair.getByName(context, 'u1', 'a'), KeypairNotFound)
    })

    it('CellMapping, HostMapping and InstanceMapping lead from one to the other', async () => {
      const cell = new CellMapping(context, {
        uuid: randomUUID(),
        name: 'cell1',
        transportUrl: 'fake://',
        databaseConnection: 'sqlite://',
      })
      await cell.create()
      assert.equal(cell.disabled, false)
      assert.equal((await CellMappingList.getAll(context)).objects[0]?.name, 'cell1')

      await new HostMapping(context, { host: 'h1', cellMapping: cell }).create()
      assert.equal((await HostMapping.getByHost(context, 'h1')).cellMapping.uuid, cell.uuid)
      await assert.rejects(
        () => new HostMapping(context, { host: 'h1', cellMapping: cell }).create(),
        HostMappingExists,
      )
      await assert.rejects(() => HostMapping.getByHost(context, 'h2'), HostMappingNotFound)

      const instanceUuid = randomUUID()
      const mapping = new InstanceMapping(context, { instanceUuid, projectId: 'p1', userId: 'u1' })
      await mapping.create()
      assert.equal(
        (await InstanceMapping.getByInstanceUuid(context, instanceUuid)).cellMapping,
        null,
      )
      mapping.cellMapping = cell
      mapping.queuedForDelete = true
      await mapping.save()
      const found = await InstanceMapping.getByInstanceUuid(context, instanceUuid)
      assert.equal(found.cellMapping?.uuid, cell.uuid)
      assert.equal(found.queuedForDelete, true)
      await mapping.destroy()
      await assert.rejects(() => mapping.save(), InstanceMappingNotFound)
    })

    describe("a boot's records", () => {
      const records = () => {
        const instance = newInstance(context)
        const instanceUuid = instance.uuid
        return {
          requestSpec: new RequestSpec(context, {
            instanceUuid,
            flavor: someFlavor(),
            image: new ImageMeta(context, { name: 'tiny' }),
            numInstances: 1,
            projectId: 'p1',
            ignoreHosts: ['h9'],
            forceHosts: ['h1'],
            retry: new SchedulerRetries(context, { numAttempts: 1, hosts: Hosts.of(context, []) }),
            requestedNetworks: NetworkRequestList.of(context, []),
          }),
          buildRequest: new BuildRequest(context, {
            instanceUuid,
            projectId: 'p1',
            instance,
            blockDeviceMappings: BlockDeviceMappingList.of(context, []),
            tags: TagList.of(context, []),
          }),
          instanceMapping: new InstanceMapping(context, {
            instanceUuid,
            projectId: 'p1',
            userId: 'u1',
            queuedForDelete: false,
          }),
        }
      }

      it('are written together, and read back without what holds for one attempt', async () => {
        const written = [records(), records()]
        await createBootRecords(context, written)
        for (const { requestSpec, buildRequest } of written) {
          assert.equal(typeof requestSpec.id, 'number')
          const spec = await RequestSpec.getByInstanceUuid(context, requestSpec.instanceUuid)
          assert.deepEqual(spec.forceHosts, ['h1'])
          assert.equal(spec.ignoreHosts, null)
          assert.equal(spec.retry, null)
          assert.equal(spec.image?.name, 'tiny')
          assert.equal(spec.isSet('requestedNetworks'), false)
          // What is in memory keeps it all.
          assert.deepEqual(requestSpec.ignoreHosts, ['h9'])

          const build = await BuildRequest.getByInstanceUuid(context, buildRequest.instanceUuid)
          assert.equal(build.instance.displayName, 'one')
          assert.equal(build.instance.taskState, 'scheduling')
        }
        assert.equal((await BuildRequestList.getAll(context)).length, 2)
      })

      it('are written all or not at all', async () => {
        const good = records()
        const twice = records()
        await assert.rejects(() => createBootRecords(context, [good, twice, twice]))
        assert.equal((await BuildRequestList.getAll(context)).length, 0)
        await assert.rejects(
          () => RequestSpec.getByInstanceUuid(context, good.requestSpec.instanceUuid),
          RequestSpecNotFound,
        )
      })

      it('lose their build request to one destroyer only', async () => {
        const { requestSpec, buildRequest, instanceMapping } = records()
        await createBootRecords(context, [{ requestSpec, buildRequest, instanceMapping }])
        const other = await BuildRequest.getByInstanceUuid(context, buildRequest.instanceUuid)
        const outcomes = await Promise.allSettled([buildRequest.destroy(), other.destroy()])
        const failed = outcomes.filter(outcome => outcome.status === 'rejected')
        assert.equal(failed.length, 1)
        assert.ok(failed[0]?.reason instanceof BuildRequestNotFound)
      })
    })

    it('Service is one a host and binary; a beat moves last_seen_up', async () => {
      const service = new Service(context, {
        host: 'h1',
        binary: 'nova-compute',
        topic: 'compute',
        reportCount: 0,
        version: 64,
      })
      await service.create()
      assert.equal(service.lastSeenUp, null)
      assert.equal(service.forcedDown, false)
      service.reportCount += 1
      await service.save()
      assert.ok(service.lastSeenUp)
      await assert.rejects(
        () => new Service(context, { host: 'h1', binary: 'nova-compute', topic: 'other' }).create(),
        ServiceBinaryExists,
      )
      assert.equal(await Service.getMinimumVersion(context, 'nova-compute'), 64)
      assert.equal(await Service.getMinimumVersion(context, 'nova-conductor'), 0)
      assert.equal(await Service.getByHostAndBinary(context, 'h2', 'nova-compute'), null)
      assert.equal(
        (await ServiceList.getAll(context, { setZones: true })).objects[0]?.availabilityZone,
        null,
      )
      await service.destroy()
      await assert.rejects(() => Service.getById(context, service.id), ServiceNotFound)
    })

    it('ComputeNode keeps its maps and lists as nova stores them', async () => {
      const node = new ComputeNode(context, {
        host: 'h1',
        hypervisorHostname: 'n1',
        vcpus: 4,
        memoryMb: 1024,
        localGb: 10,
        stats: { failed_builds: '0' },
        supportedHvSpecs: [new HVSpec(null, { arch: 'x86_64', hvType: 'fake', vmMode: 'hvm' })],
        hostIp: '127.0.0.1',
        cpuAllocationRatio: 16,
      })
      await node.create()
      const found = await ComputeNode.getByHostAndNodename(context, 'h1', 'n1')
      assert.deepEqual(found.stats, { failed_builds: '0' })
      assert.deepEqual(
        found.supportedHvSpecs.map(spec => [spec.arch, spec.hvType, spec.vmMode]),
        [['x86_64', 'fake', 'hvm']],
      )
      assert.equal(found.mapped, 0)
      found.runningVms = 2
      await found.save()
      assert.equal((await ComputeNode.getById(context, node.id)).runningVms, 2)
      assert.equal((await ComputeNodeList.getAllByNotMapped(context, 1)).length, 1)
      await assert.rejects(
        () => ComputeNode.getByHostAndNodename(context, 'h1', 'n2'),
        ComputeHostNotFound,
      )
      await found.destroy()
      assert.equal((await ComputeNodeList.getAll(context)).length, 0)
    })

    it('InstanceAction has events; a failed one leaves its mark on the action', async () => {
      const instance = newInstance(context)
      await instance.create()
      const { uuid } = instance
      await assert.rejects(
        () => InstanceActionEvent.eventStart(context, uuid, 'compute_x'),
        InstanceActionNotFound,
      )
      const action = await InstanceAction.actionStart(context, uuid, 'create')
      assert.ok(action)
      assert.deepEqual(
        [action.action, action.requestId, action.userId, action.projectId, action.message],
        ['create', context.requestId, 'u1', 'p1', null],
      )
      await InstanceActionEvent.eventStart(context, uuid, 'compute_x', { host: 'h1' })
      await InstanceActionEvent.eventStart(context, uuid, 'compute_x', { host: 'h2' })
      await assert.rejects(
        () => InstanceActionEvent.eventFinish(context, uuid, 'compute_y'),
        InstanceActionEventNotFound,
      )
      await InstanceActionEvent.eventFinishWithFailure(context, uuid, 'compute_x', {
        excVal: 'boom',
        excTb: 'at x',
      })
      const events = await InstanceActionEventList.getByAction(context, action.id)
      // The finish goes to the first event of the name, as in nova.
      assert.deepEqual(
        events.objects.map(event => [event.host, event.result, event.details]),
        [
          ['h2', null, null],
          ['h1', 'Error', 'boom'],
        ],
      )
      const found = await InstanceAction.getByRequestId(context, uuid, context.requestId)
      assert.equal(found?.message, 'Error')
      assert.equal((await InstanceActionList.getByInstanceUuid(context, uuid)).length, 1)
    })

    it('BlockDeviceMapping belongs to an instance', async () => {
      const instance = newInstance(context)
      await instance.create()
      const bdm = new BlockDeviceMapping(context, {
        instanceUuid: instance.uuid,
        sourceType: 'image',
        destinationType: 'local',
        bootIndex: 0,
        deleteOnTermination: true,
      })
      await bdm.create()
      bdm.deviceName = '/dev/vda'
      await bdm.save()
      const list = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
      assert.equal(list.rootBdm()?.deviceName, '/dev/vda')
      assert.equal(list.rootBdm()?.deleteOnTermination, true)
      await bdm.destroy()
      assert.equal(
        (await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)).length,
        0,
      )
    })

    it('Aggregate has hosts, metadata and a zone', async () => {
      const aggregate = new Aggregate(context, {
        name: 'a',
        metadata: { availability_zone: 'z1', ssd: 'yes' },
      })
      await aggregate.create()
      await aggregate.addHost('h1')
      await assert.rejects(() => aggregate.addHost('h1'), AggregateHostExists)
      await aggregate.updateMetadata({ ssd: null, gpu: 'no' })
      const found = await Aggregate.getById(context, aggregate.id)
      assert.deepEqual(found.hosts, ['h1'])
      assert.deepEqual(found.metadata, { availability_zone: 'z1', gpu: 'no' })
      assert.equal(found.availabilityZone, 'z1')
      await assert.rejects(
        () => new Aggregate(context, { name: 'a' }).create(),
        AggregateNameExists,
      )
      assert.equal((await AggregateList.getByHost(context, 'h1')).length, 1)
      assert.equal((await AggregateList.getByMetadataKey(context, 'ssd')).length, 0)
      await aggregate.destroy()
      await assert.rejects(() => Aggregate.getById(context, aggregate.id), AggregateNotFound)
    })

    it('InstanceGroup has a policy, rules and members', async () => {
      const group = new InstanceGroup(context, {
        name: 'g',
        userId: 'u1',
        projectId: 'p1',
        policy: 'anti-affinity',
        _rules: { max_server_per_host: '2' },
        members: [],
      })
      await group.create()
      const instance = newInstance(context, { host: 'h1' })
      await instance.create()
      const members = await InstanceGroup.addMembers(context, group.uuid, [instance.uuid])
      assert.deepEqual(members, [instance.uuid])
      const found = await InstanceGroup.getByInstanceUuid(context, instance.uuid)
      assert.equal(found.uuid, group.uuid)
      assert.deepEqual(found.policies, ['anti-affinity'])
      assert.deepEqual(found.rules, { max_server_per_host: 2 })
      assert.deepEqual(await found.getHosts(), ['h1'])
      assert.deepEqual(await found.getHosts({ exclude: [instance.uuid] }), [])
      assert.equal(await found.countMembersByUser('u1'), 1)
      await InstanceGroup.removeMembers(context, group.uuid, [instance.uuid])
      await assert.rejects(
        () => InstanceGroup.getByInstanceUuid(context, instance.uuid),
        InstanceGroupNotFound,
      )
      await group.destroy()
    })

    it('Quotas are set for a project and its users, and fall away together', async () => {
      await Quotas.updateLimit(context, 'p1', 'cores', 5)
      await Quotas.updateLimit(context, 'p1', 'cores', 6)
      await Quotas.updateLimit(context, 'p1', 'cores', 2, { userId: 'u1' })
      await Quotas.updateClassLimit(context, 'default', 'ram', 100)
      assert.deepEqual(await Quotas.projectLimits(context, 'p1'), { cores: 6 })
      assert.deepEqual(await Quotas.userLimits(context, 'p1', 'u1'), { cores: 2 })
      assert.deepEqual(await Quotas.classLimits(context, 'default'), { ram: 100 })
      await Quotas.destroyAll(context, 'p1')
      assert.deepEqual(await Quotas.projectLimits(context, 'p1'), {})
      assert.deepEqual(await Quotas.userLimits(context, 'p1', 'u1'), {})
    })
  }, 'suite')
})
