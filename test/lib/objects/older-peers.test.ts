import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RequestContext } from '../../../lib/context/index.js'
import {
  InvalidVolume,
  MigrationContextNotFound,
  NumaTopologyNotFound,
  VolumeBDMNotFound,
} from '../../../lib/exception/index.js'
import {
  BlockDeviceMapping,
  EC2Ids,
  EC2InstanceMapping,
  type Instance,
  InstanceDeviceMetadata,
  InstanceList,
  InstanceNUMATopology,
  InstancePCIRequests,
  MigrationContext,
  novaObjects,
  objectAction,
  objectClassActionVersions,
  objectVersionsOf,
  ResourceList,
  S3ImageMapping,
  SecurityGroupList,
  TrustedCerts,
  VirtCPUModel,
  VirtualInterface,
  VirtualInterfaceList,
  VolumeUsage,
} from '../../../lib/objects/index.js'
import { contractFile } from '../../support/contract.js'
import { eachEngine } from '../../support/databases.js'
import { directContext, emptyTables, newInstance } from '../../support/objects.js'

/**
 * Methods of nova's objects that only processes with a database call, there, and that ours do otherwise; or
 * that nobody has called for years.
 */
const unserved: readonly RegExp[] = [
  /^Quotas(NoOp)?\./,
  /^BuildRequestList\.get_by_filters$/,
  /^ComputeNodeList\._get_by_service$/,
  /^Flavor\.(_load_projects|save_projects)$/,
  /^InstanceAction\.create$/,
  /^InstanceActionEvent\.(create|finish|finish_with_failure)$/,
  /^InstanceList\.(_get_active_by_window_joined|get_by_grantee_security_group_ids)$/,
  /^InstanceList\.(get_by_security_group_id|get_count_by_vm_state)$/,
  /^InstanceNUMATopology\.create$/,
  /^PciDevice\.(get_by_dev_addr|get_by_dev_id|save)$/,
  /^PciDeviceList\.get_by_parent_address$/,
  /^RequestSpec\.get_by_instance_uuids$/,
  /^SecurityGroup\./,
  /^SecurityGroupList\.(get_all|get_by_project|get_counts)$/,
  /^ServiceList\.get_all_computes_by_hv_type$/,
  /^TaskLog\.(begin_task|end_task)$/,
]

describe("what Python's computes ask of a conductor", () => {
  it("is served, every method that nova's objects have, but for those named here", function () {
    const path = contractFile(this, 'workers/object-methods.tsv')
    const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1)
    const missing = rows.flatMap(row => {
      const [object = '', method = '', kind, args = ''] = row.split('\t')
      const name = `${object}.${method}`
      const type = novaObjects.get(object)
      assert.ok(type, object)
      const camel = method.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
      const found: unknown = Reflect.get(kind === 'class' ? type : type.prototype, camel)
      const remotable = Reflect.get(Object(found), 'remotable')
      if (!remotable) return [name]
      const names = args.split(', ').map(arg => arg.replace(/=.*/, '').trim())
      assert.deepEqual(
        [...remotable.positional, ...remotable.options],
        names.filter(arg => arg !== ''),
        name,
      )
      return []
    })
    assert.ok(rows.length > 200, `${rows.length} methods`)
    assert.deepEqual(
      missing.filter(name => !unserved.some(pattern => pattern.test(name))),
      [],
    )
  })

  eachEngine(engine => {
    let context: RequestContext

    before(async function () {
      this.timeout(20_000)
      context = await directContext(engine)
    })

    afterEach(() => emptyTables(context))

    /** As the conductor does it for a compute: by names, arguments as they come off the wire. */
    const ask = (object: string, method: string, args: unknown[], kwargs = {}): Promise<unknown> =>
      objectClassActionVersions(context, object, method, objectVersionsOf(object), args, kwargs)

    const created = async (values: Parameters<typeof newInstance>[1] = {}): Promise<Instance> => {
      const instance = newInstance(context, values)
      await instance.create()
      return instance
    }

    it('gives the parts of a server one by one', async () => {
      const trustedCerts = new TrustedCerts(null, { ids: ['one', 'two'] })
      const { uuid } = await created({ trustedCerts })
      assert.deepEqual((await TrustedCerts.getByInstanceUuid(context, uuid))?.ids, ['one', 'two'])
      for (const none of [VirtCPUModel, ResourceList, InstanceDeviceMetadata]) {
        assert.equal(await none.getByInstanceUuid(context, uuid), null)
      }
      assert.equal(await InstanceNUMATopology.getByInstanceUuid(context, uuid), null)
      assert.equal(await MigrationContext.getByInstanceUuid(context, uuid), null)
      const requests = await InstancePCIRequests.getByInstanceUuid(context, uuid)
      assert.deepEqual([requests.instanceUuid, requests.requests], [uuid, []])
      const groups = await SecurityGroupList.getByInstance(context, { uuid })
      assert.deepEqual(groups.objects, [])
    })

    it('tells of a server that is not there as nova does, for each part', async () => {
      const nobody = randomUUID()
      assert.equal(await TrustedCerts.getByInstanceUuid(context, nobody), null)
      const requests = await InstancePCIRequests.getByInstanceUuid(context, nobody)
      assert.deepEqual(requests.requests, [])
      await assert.rejects(
        InstanceNUMATopology.getByInstanceUuid(context, nobody),
        NumaTopologyNotFound,
      )
      await assert.rejects(
        MigrationContext.getByInstanceUuid(context, nobody),
        MigrationContextNotFound,
      )
    })

    it("numbers servers and images for EC2's names, once", async () => {
      const instance = await created({ imageRef: randomUUID(), kernelId: randomUUID() })
      const ids = await EC2Ids.getByInstance(context, instance)
      const { id } = await EC2InstanceMapping.getByUuid(context, instance.uuid)
      const image = await S3ImageMapping.getByUuid(context, instance.imageRef ?? '')
      const kernel = await S3ImageMapping.getByUuid(context, instance.kernelId ?? '')
      assert.deepEqual(
        [ids.instanceId, ids.amiId, ids.kernelId, ids.ramdiskId],
        [`i-${hex(id)}`, `ami-${hex(image.id)}`, `aki-${hex(kernel.id)}`, null],
      )
      const again = await EC2Ids.getByInstance(context, instance)
      assert.deepEqual(again.toPrimitive(), ids.toPrimitive())
      assert.equal((await EC2InstanceMapping.getById(context, id)).uuid, instance.uuid)
      await assert.rejects(S3ImageMapping.getById(context, 99_999), { code: 404 })
      const other = new S3ImageMapping(context, { uuid: randomUUID() })
      await objectAction(context, other, 'create', [], {})
      assert.equal((await S3ImageMapping.getById(context, other.id)).uuid, other.uuid)
    })

    it('finds the disk of a volume, but not for a server that has it not', async () => {
      const { uuid } = await created()
      const volumeId = randomUUID()
      await assert.rejects(ask('BlockDeviceMapping', 'get_by_volume_id', [volumeId]), {
        name: VolumeBDMNotFound.name,
      })
      const disk = new BlockDeviceMapping(context, { instanceUuid: uuid, volumeId })
      await disk.create()
      const found = await BlockDeviceMapping.getByVolumeId(context, volumeId, {
        instanceUuid: uuid,
      })
      assert.equal(found.id, disk.id)
      await assert.rejects(
        ask('BlockDeviceMapping', 'get_by_volume_id', [volumeId], { instance_uuid: randomUUID() }),
        { name: InvalidVolume.name },
      )
    })

    it('lists servers of a host that have another flavor, and those that hang in a reboot', async () => {
      const one = await created({ host: 'h1', instanceTypeId: 1, taskState: 'rebooting' })
      const two = await created({ host: 'h1', instanceTypeId: 2, taskState: 'rebooting_hard' })
      await created({ host: 'h2', instanceTypeId: 1 })
      const uuids = async (list: Promise<InstanceList>) => (await list).objects.map(i => i.uuid)
      const others = InstanceList.getByHostAndNotType(context, 'h1', { typeId: 1 })
      assert.deepEqual(await uuids(others), [two.uuid])
      assert.equal((await InstanceList.getByHostAndNotType(context, 'h1')).objects.length, 2)
      // What was never written again has no time of its last change.
      for (const server of [one, two]) {
        server.displayName = 'again'
        await server.save()
      }
      assert.deepEqual(await uuids(InstanceList.getHungInRebooting(context, -60)), [one.uuid])
      assert.deepEqual(await uuids(InstanceList.getHungInRebooting(context, 60)), [])
    })

    it('finds interfaces by server and network', async () => {
      const { uuid } = await created()
      const vif = new VirtualInterface(context, {
        address: 'fa:16:3e:00:00:01',
        instanceUuid: uuid,
        networkId: 7,
        uuid: randomUUID(),
      })
      await vif.create()
      const found = await VirtualInterface.getByInstanceAndNetwork(context, uuid, 7)
      assert.equal(found?.uuid, vif.uuid)
      assert.equal(await VirtualInterface.getByInstanceAndNetwork(context, uuid, 8), null)
      assert.equal((await VirtualInterfaceList.getAll(context)).objects.length, 1)
    })

    describe('of the usage of a volume', () => {
      const volumeId = randomUUID()
      const save = async (reads: number, updateTotals = false): Promise<[number, number]> => {
        const usage = new VolumeUsage(context, {
          volumeId,
          instanceUuid: null,
          projectId: 'p',
          userId: 'u',
          availabilityZone: null,
          currReads: reads,
          currReadBytes: reads * 512,
          currWrites: 0,
          currWriteBytes: 0,
        })
        await objectAction(context, usage, 'save', [], { update_totals: updateTotals })
        assert.equal(usage.currReadBytes, usage.currReads * 512)
        return [usage.currReads, usage.totReads]
      }

      it('keeps what is counted now, and what was before the server was started anew', async () => {
        assert.deepEqual(await save(5), [5, 0])
        assert.deepEqual(await save(9), [9, 0])
        assert.deepEqual(await save(2), [2, 9])
        assert.deepEqual(await save(4, true), [0, 13])
        assert.deepEqual(await save(1), [1, 13])
      })

      it('adds up what went back at the very end', async () => {
        assert.deepEqual(await save(7), [7, 0])
        assert.deepEqual(await save(3, true), [0, 10])
      })
    })
  }, 'suite')
})

const hex = (id: number): string => id.toString(16).padStart(8, '0')
