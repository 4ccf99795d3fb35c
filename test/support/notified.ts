import { RequestContext } from '../../lib/context/index.js'
import { NoValidHost } from '../../lib/exception/index.js'
import {
  type EventName,
  Notifications,
  Notifier,
  notificationEvents,
} from '../../lib/notifications/index.js'
import {
  Aggregate,
  ComputeNode,
  ComputeNodeList,
  Destination,
  Flavor,
  ImageMeta,
  ImageMetaProps,
  Instance,
  InstanceGroup,
  InstanceInfoCache,
  InstanceNUMACell,
  InstanceNUMATopology,
  InstancePCIRequest,
  InstancePCIRequests,
  instanceNamer,
  KeyPair,
  KeyPairList,
  MonitorMetric,
  RequestSpec,
  SchedulerRetries,
  SecurityGroup,
  SecurityGroupList,
  Service,
  Tag,
  TagList,
  TrustedCerts,
  VolumeUsage,
} from '../../lib/objects/index.js'
import { MemoryLog } from './log.js'

const time = '2026-11-20T10:11:12Z'
const id = (digit: number): string => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`

export const notifiedContext = new RequestContext(
  {
    userId: 'u-77',
    projectId: 'p-12',
    userName: 'ada',
    projectName: 'engines',
    requestId: 'req-11111111-2222-4333-8444-555555555555',
    authToken: 'secret token',
    remoteAddress: '10.0.0.9',
    roles: ['member'],
    isAdmin: false,
  },
  {},
)

const flavor = (): Flavor =>
  Flavor.hydrate(null, {
    id: 3,
    name: 'm1.small',
    memory_mb: 2048,
    vcpus: 2,
    root_gb: 20,
    ephemeral_gb: 5,
    flavorid: '2',
    swap: 64,
    rxtx_factor: 1.5,
    vcpu_weight: 0,
    disabled: false,
    is_public: true,
    extra_specs: { 'hw:watchdog_action': 'disabled' },
    description: 'two of each',
  })

const address = (ip: string, version: number) => ({
  address: ip,
  type: 'fixed',
  version,
  meta: {},
  floating_ips: [{ address: '172.24.4.3', type: 'floating', version: 4, meta: {} }],
})

const networkInfo = [
  {
    id: id(7),
    address: 'fa:16:3e:4c:2c:30',
    network: {
      id: id(8),
      bridge: 'br-int',
      label: 'private',
      subnets: [
        {
          cidr: '192.168.1.0/24',
          dns: [],
          gateway: { address: '192.168.1.1', type: 'gateway', version: 4, meta: {} },
          ips: [address('192.168.1.3', 4)],
          routes: [],
          version: 4,
          meta: {},
        },
        {
          cidr: 'fd00::/64',
          dns: [],
          gateway: null,
          ips: [address('fd00::3', 6)],
          routes: [],
          version: 6,
          meta: {},
        },
      ],
      meta: {},
    },
    type: 'ovs',
    details: {},
    devname: 'tap77777777-00',
    ovs_interfaceid: null,
    qbh_params: null,
    qbg_params: null,
    active: true,
    vnic_type: 'normal',
    profile: {},
    preserve_on_delete: false,
    delegate_create: true,
    meta: {},
  },
]

const keypair = (): KeyPair =>
  KeyPair.hydrate(null, {
    id: 1,
    name: 'my-key',
    user_id: 'u-77',
    fingerprint: '1e:2c:9b:56',
    public_key: 'ssh-rsa AAAA',
    type: 'ssh',
  })

/** A server of which everything is known: nothing has to be loaded to tell of it. */
export const notifiedInstance = (): Instance =>
  Instance.hydrate(null, {
    id: 42,
    uuid: id(1),
    user_id: 'u-77',
    project_id: 'p-12',
    image_ref: id(2),
    kernel_id: '',
    ramdisk_id: null,
    hostname: 'some-server',
    key_name: 'my-key',
    power_state: 1,
    vm_state: 'active',
    task_state: 'pausing',
    host: 'rack3-07',
    node: 'rack3-07.example.org',
    instance_type_id: 3,
    reservation_id: 'r-npxv0e40',
    launched_at: time,
    terminated_at: null,
    availability_zone: 'nova',
    display_name: 'some-server',
    display_description: 'what it is for',
    locked: true,
    locked_by: 'owner',
    os_type: 'linux',
    architecture: 'x86_64',
    access_ip_v4: '1.2.3.4',
    access_ip_v6: null,
    auto_disk_config: true,
    progress: 0,
    cell_name: null,
    metadata: { purpose: 'test' },
    system_metadata: { image_min_disk: '1', locked_reason: 'mine', other: 'x' },
    info_cache: InstanceInfoCache.hydrate(null, {
      instance_uuid: id(1),
      network_info: JSON.stringify(networkInfo),
    }),
    flavor: flavor(),
    keypairs: KeyPairList.of(null, [keypair()]),
    tags: TagList.of(null, [Tag.hydrate(null, { resource_id: id(1), tag: 'tag1' })]),
    trusted_certs: TrustedCerts.hydrate(null, { ids: ['cert-1', 'cert-2'] }),
    created_at: time,
    updated_at: time,
    deleted_at: null,
    deleted: false,
  })

const group = (): InstanceGroup =>
  InstanceGroup.hydrate(null, {
    id: 5,
    uuid: id(3),
    name: 'apart',
    user_id: 'u-77',
    project_id: 'p-12',
    policies: ['anti-affinity'],
    policy: 'anti-affinity',
    _rules: { max_server_per_host: '3' },
    members: [id(1)],
  })

const requestSpec = (): RequestSpec =>
  RequestSpec.hydrate(null, {
    id: 9,
    instance_uuid: id(1),
    project_id: 'p-12',
    user_id: 'u-77',
    availability_zone: 'nova',
    flavor: flavor(),
    image: ImageMeta.hydrate(null, {
      id: id(2),
      name: 'cirros',
      status: 'active',
      protected: false,
      size: 1234,
      container_format: 'bare',
      disk_format: 'qcow2',
      created_at: time,
      tags: ['small'],
      min_ram: 0,
      min_disk: 1,
      properties: ImageMetaProps.hydrate(null, { hw_disk_bus: 'virtio', os_type: 'linux' }),
    }),
    force_hosts: ['rack3-07'],
    force_nodes: null,
    ignore_hosts: ['rack3-08'],
    num_instances: 1,
    instance_group: group(),
    numa_topology: InstanceNUMATopology.hydrate(null, {
      instance_uuid: id(1),
      emulator_threads_policy: null,
      cells: [
        InstanceNUMACell.hydrate(null, {
          id: 0,
          cpuset: [0],
          pcpuset: [1],
          cpuset_reserved: null,
          memory: 512,
          pagesize: 4,
          cpu_pinning_raw: { 1: 3 },
          cpu_policy: 'mixed',
          cpu_thread_policy: null,
        }),
      ],
    }),
    pci_requests: InstancePCIRequests.hydrate(null, {
      instance_uuid: id(1),
      requests: [
        InstancePCIRequest.hydrate(null, {
          count: 1,
          spec: [{ vendor_id: '8086', product_id: null }],
          alias_name: 'nic',
          request_id: id(4),
          numa_policy: 'socket',
        }),
      ],
    }),
    requested_destination: Destination.hydrate(null, {
      host: 'rack3-07',
      node: null,
      aggregates: ['a1,a2'],
    }),
    retry: SchedulerRetries.hydrate(null, {
      num_attempts: 2,
      hosts: ComputeNodeList.of(null, [
        ComputeNode.hydrate(null, { host: 'rack3-09', hypervisor_hostname: 'rack3-09' }),
      ]),
    }),
    scheduler_hints: { group: [id(3)] },
    security_groups: SecurityGroupList.of(null, [
      SecurityGroup.hydrate(null, { name: 'default', uuid: id(6) }),
    ]),
  })

const aggregate = (): Aggregate =>
  Aggregate.hydrate(null, {
    id: 6,
    uuid: id(5),
    name: 'fast',
    hosts: ['rack3-07'],
    metadata: { ssd: 'true' },
  })

const service = (): Service =>
  Service.hydrate(null, {
    id: 8,
    uuid: id(9),
    host: 'rack3-07',
    binary: 'nova-compute',
    topic: 'compute',
    report_count: 17,
    disabled: true,
    disabled_reason: 'mended',
    availability_zone: null,
    last_seen_up: time,
    forced_down: false,
    version: 64,
  })

const volumeUsage = (): VolumeUsage =>
  VolumeUsage.hydrate(null, {
    id: 1,
    volume_id: id(4),
    instance_uuid: id(1),
    project_id: 'p-12',
    user_id: 'u-77',
    availability_zone: 'nova',
    tot_last_refreshed: null,
    tot_reads: 10,
    tot_read_bytes: 20,
    tot_writes: 30,
    tot_write_bytes: 40,
    curr_last_refreshed: time,
    curr_reads: 1,
    curr_read_bytes: 2,
    curr_writes: 3,
    curr_write_bytes: 4,
  })

const metric = (): MonitorMetric =>
  MonitorMetric.hydrate(null, {
    name: 'cpu.frequency',
    value: 1600,
    timestamp: time,
    source: 'libvirt.LibvirtDriver',
  })

/** What each event happens to, whole. Keys are what begins its name, the longest first. */
const subjects: Readonly<Record<string, () => Record<string, unknown>>> = {
  'instance.update': () => ({
    instance: notifiedInstance(),
    before: { vmState: 'building', taskState: 'spawning', displayName: 'some-server' },
  }),
  'instance.exists': () => ({ instance: notifiedInstance(), isCurrent: true }),
  'instance.create': () => ({ instance: notifiedInstance(), imageName: 'cirros' }),
  'instance.resize_prep': () => ({ instance: notifiedInstance(), newFlavor: flavor() }),
  'instance.rescue': () => ({ instance: notifiedInstance(), rescueImageRef: id(2) }),
  'instance.snapshot': () => ({ instance: notifiedInstance(), imageId: id(2) }),
  'instance.volume_swap': () => ({
    instance: notifiedInstance(),
    oldVolumeId: id(4),
    newVolumeId: id(5),
  }),
  'instance.volume_': () => ({ instance: notifiedInstance(), volumeId: id(4) }),
  'instance.share_': () => ({ instance: notifiedInstance(), shareId: id(4) }),
  'instance.': () => ({ instance: notifiedInstance() }),
  'aggregate.cache_images.progress': () => ({
    aggregate: aggregate(),
    host: 'rack3-07',
    images: { [id(2)]: 'cached', [id(4)]: 'error' },
    index: 2,
    total: 4,
  }),
  'aggregate.': () => ({ aggregate: aggregate() }),
  'flavor.': () => ({ flavor: flavor() }),
  'keypair.': () => ({ keypair: keypair() }),
  'server_group.': () => ({ group: group() }),
  'service.': () => ({ service: service() }),
  'volume.usage': () => ({ usage: volumeUsage() }),
  'metrics.update': () => ({
    host: 'host-of-it',
    hostIp: '10.0.0.1',
    nodename: 'rack3-07',
    metrics: [metric()],
  }),
  'scheduler.': () => ({ requestSpec: requestSpec() }),
  'compute_task.': () => ({
    instanceUuid: id(1),
    requestSpec: requestSpec(),
    state: 'error',
    error: new NoValidHost({ reason: 'nowhere' }),
  }),
  'compute.exception': () => ({
    error: new NoValidHost({ reason: 'nowhere' }),
    source: 'nova-compute',
    method: 'pause_instance',
    args: {},
  }),
}

/** What a test tells of an event of this name. */
export const subjectFor = (event: string): Record<string, unknown> => {
  const made = Object.entries(subjects).find(([begin]) => event.startsWith(begin))?.[1]
  if (!made) throw new Error(`no subject for ${event}`)
  const error = event.endsWith('.error') ? { error: new NoValidHost({ reason: 'nowhere' }) } : {}
  return { ...made(), ...error }
}

/** A notification, and the form that it was told in. */
export interface Told {
  readonly form: 'versioned' | 'unversioned'
  readonly publisherId: string
  readonly eventType: string
  readonly priority: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** Emits one event, and gives what came of it. */
export const tellOf = async (event: string): Promise<Told[]> => {
  const told: Told[] = []
  const log = new MemoryLog()
  const notifier = (form: Told['form']) =>
    new Notifier(
      [
        {
          notify: (_context, message) => {
            told.push({
              form,
              publisherId: message.publisher_id,
              eventType: message.event_type,
              priority: message.priority,
              // As it comes out of JSON.
              payload: JSON.parse(JSON.stringify(message.payload)),
            })
          },
        },
      ],
      log,
    )
  const sink = new Notifications({
    host: 'host-of-it',
    versioned: notifier('versioned'),
    unversioned: notifier('unversioned'),
    log,
    tools: {
      blockDevices: false,
      shares: false,
      nameOf: instanceNamer('instance-%08x'),
      imageUrl: (_context, ref) => `http://glance/images/${ref}`,
      auditPeriod: () => ({
        begin: new Date('2026-10-01T00:00:00Z'),
        end: new Date('2026-11-01T00:00:00Z'),
      }),
      stateChanges: 'vm_state',
    },
  })
  await sink.emit(notifiedContext, event, subjectFor(event))
  if (told.length === 0) throw new Error(`${event} was not told: ${JSON.stringify(log.lines)}`)
  return told
}

/** Every event there is. */
export const eventNames = [...notificationEvents.keys()] as readonly EventName[]
