import assert from 'node:assert/strict'
import { RequestContext } from '../../../lib/context/index.js'
import { OrphanedObjectError } from '../../../lib/exception/index.js'
import {
  CellMapping,
  Destination,
  DiskMetadata,
  dictOf,
  FieldNotSetError,
  FieldValueError,
  Flavor,
  FlavorList,
  ImageMetaProps,
  IncompatibleObjectVersion,
  Instance,
  InvalidTargetVersion,
  integer,
  MonitorMetric,
  novaObject,
  objectVersionsOf,
  PCIDeviceBus,
  ReadOnlyFieldError,
  string,
  UnsupportedObjectError,
} from '../../../lib/objects/index.js'

describe('a nova object', () => {
  it('tells an unset field from null', () => {
    const flavor = new Flavor(null, { description: null })
    assert.equal(flavor.description, null)
    assert.equal(flavor.isSet('description'), true)
    assert.equal(flavor.isSet('name'), false)
    assert.equal(flavor.get('name'), undefined)
    assert.throws(() => flavor.name, FieldNotSetError)
  })

  it('counts what was set as changed, and nothing that was read', () => {
    const flavor = Flavor.hydrate(null, { id: 1, name: 'a', memory_mb: 512 })
    assert.deepEqual([...flavor.changedFields()], [])
    flavor.name = 'a'
    assert.deepEqual([...flavor.changedFields()], [])
    flavor.memoryMb = 1024
    assert.deepEqual(flavor.changes(), { memory_mb: 1024 })
  })

  it('counts a nested object, and the items of a list object, but not of a plain list', () => {
    const instance = Instance.hydrate(null, { flavor: Flavor.hydrate(null, { name: 'a' }) })
    instance.flavor.name = 'b'
    assert.deepEqual([...instance.changedFields()], ['flavor'])

    const list = FlavorList.of(null, [Flavor.hydrate(null, { name: 'a' })])
    for (const flavor of list) flavor.name = 'b'
    assert.deepEqual([...list.changedFields()], ['objects'])
  })

  it('coerces numbers from text, yes and no from words, times to whole seconds', () => {
    const flavor = Flavor.fromPrimitive(
      {
        'nova_object.name': 'Flavor',
        'nova_object.namespace': 'nova',
        'nova_object.version': '1.2',
        'nova_object.data': {
          vcpus: '2',
          is_public: 'yes',
          name: 7,
          created_at: '2026-11-20T19:04:40Z',
        },
      },
      null,
    )
    assert.equal(flavor.vcpus, 2)
    assert.equal(flavor.isPublic, true)
    assert.equal(flavor.name, '7')
    assert.deepEqual(flavor.createdAt, new Date('2026-11-20T19:04:40Z'))
    flavor.updatedAt = new Date('2026-11-20T19:04:40.750Z')
    assert.equal(flavor.toPrimitive()['nova_object.data'].updated_at, '2026-11-20T19:04:40Z')
  })

  it('names object and field of a value that does not fit', () => {
    assert.throws(
      () => Flavor.hydrate(null, { vcpus: 'many' }),
      (error: unknown) =>
        error instanceof FieldValueError &&
        error.message === "Flavor.vcpus: expected a whole number, got string 'many'",
    )
    assert.throws(
      () => ImageMetaProps.hydrate(null, { hw_cdrom_bus: 'floppy' }),
      /ImageMetaProps\.hw_cdrom_bus: expected one of fdc, ide, .*, got string 'floppy'/,
    )
  })

  it('keeps a key named __proto__ a key', () => {
    class Bag extends novaObject('Bag', '1.0', { items: dictOf(string())() }) {}
    const items: unknown = JSON.parse('{"__proto__": "x"}')
    const bag = Bag.hydrate(null, { items })
    assert.deepEqual(Object.entries(bag.items), [['__proto__', 'x']])
    assert.equal(
      JSON.stringify(bag.toPrimitive()['nova_object.data']),
      '{"items":{"__proto__":"x"}}',
    )
  })

  it('lets a read-only field be set once', () => {
    const cell = new CellMapping(null, { id: 1 })
    assert.throws(() => {
      cell.id = 2
    }, ReadOnlyFieldError)
  })

  it('leaves out, for an older reader, the fields that it does not know', () => {
    const destination = new Destination(null, {
      host: 'a',
      forbiddenAggregates: new Set(['x']),
      allowCrossCellMove: true,
    })
    assert.deepEqual(destination.toPrimitive('1.3'), {
      'nova_object.name': 'Destination',
      'nova_object.namespace': 'nova',
      'nova_object.version': '1.3',
      'nova_object.data': { host: 'a', allow_cross_cell_move: true },
      'nova_object.changes': ['host', 'allow_cross_cell_move'],
    })
    assert.throws(() => destination.toPrimitive('1.5'), InvalidTargetVersion)
  })

  it('writes nested objects in the versions of the manifest', () => {
    class Outer extends novaObject('Outer', '2.0', { id: integer() }) {}
    assert.equal(new Outer(null, { id: 1 }).toPrimitive({})['nova_object.version'], '2.0')
    assert.equal(
      new Outer(null, { id: 1 }).toPrimitive({ Outer: '1.0' })['nova_object.version'],
      '1.0',
    )
  })

  it('reads a lower minor version and refuses a higher one, or another major', () => {
    const primitive = (version: string) => ({
      'nova_object.name': 'Flavor',
      'nova_object.namespace': 'nova',
      'nova_object.version': version,
      'nova_object.data': { id: 1, unknown: true },
    })
    assert.equal(Flavor.fromPrimitive(primitive('1.0'), null).id, 1)
    assert.equal(Flavor.fromPrimitive(primitive('1.2.7'), null).id, 1)
    for (const version of ['1.3', '2.0', '0.9', 'x', '1']) {
      assert.throws(
        () => Flavor.fromPrimitive(primitive(version), null),
        IncompatibleObjectVersion,
        version,
      )
    }
    assert.throws(() => Instance.fromPrimitive(primitive('1.2'), null), UnsupportedObjectError)
  })

  it('knows the versions of all that an Instance can hold', () => {
    // contract/workers/objects.md, 3
    assert.deepEqual(objectVersionsOf('Instance'), {
      Instance: '2.7',
      ServiceList: '1.19',
      Service: '1.22',
      ComputeNode: '1.19',
      HVSpec: '1.2',
      PciDevicePoolList: '1.1',
      PciDevicePool: '1.1',
      InstanceInfoCache: '1.5',
      SecurityGroupList: '1.1',
      SecurityGroup: '1.2',
      InstanceFault: '1.2',
      PciDeviceList: '1.3',
      PciDevice: '1.7',
      InstanceNUMATopology: '1.3',
      InstanceNUMACell: '1.6',
      VirtCPUTopology: '1.0',
      InstancePCIRequests: '1.1',
      InstancePCIRequest: '1.4',
      InstanceDeviceMetadata: '1.0',
      DeviceMetadata: '1.0',
      DeviceBus: '1.0',
      TagList: '1.1',
      Tag: '1.1',
      Flavor: '1.2',
      VirtCPUModel: '1.0',
      VirtCPUFeature: '1.0',
      EC2Ids: '1.0',
      MigrationContext: '1.2',
      ResourceList: '1.0',
      Resource: '1.0',
      ResourceMetadata: '1.0',
      KeyPairList: '1.3',
      KeyPair: '1.4',
      TrustedCerts: '1.0',
    })
  })

  it('cannot be saved without a context', async () => {
    await assert.rejects(() => new Instance(null).save(), OrphanedObjectError)
  })

  it('is copied whole, changes and all', () => {
    const context = new RequestContext()
    const flavor = new Flavor(context, { name: 'a', extraSpecs: { x: '1' } })
    const copy = flavor.clone()
    copy.name = 'b'
    assert.equal(flavor.name, 'a')
    assert.deepEqual([...copy.changedFields()].sort(), ['extra_specs', 'name'])
    assert.equal(copy.context, context)
  })

  it('takes what may stand in place of a nested class', () => {
    const disk = new DiskMetadata(null, {
      bus: new PCIDeviceBus(null, { address: '0000:00:02.0' }),
    })
    const read = DiskMetadata.fromPrimitive(disk.toPrimitive(), null)
    assert.ok(read.bus instanceof PCIDeviceBus)
  })

  it('counts and keeps a field whatever it is called', () => {
    const metric = new MonitorMetric(null, { value: 7 })
    assert.deepEqual(metric.changes(), { value: 7 })
    assert.throws(() => novaObject('Odd', '1.0', { snapshot: string() }), {
      message: "Odd.snapshot would hide NovaObject's snapshot",
    })
  })

  it('refuses to be written for a reader that cannot know its value', () => {
    const props = new ImageMetaProps(null, { hwVideoModel: 'bochs' })
    assert.throws(() => props.toPrimitive('1.29'), {
      message:
        'Object action obj_make_compatible failed because: hw_video_model=bochs is not supported in the older version',
    })
    assert.equal(props.toPrimitive('1.30')['nova_object.version'], '1.30')
  })
})
