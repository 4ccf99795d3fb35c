import { novaObjects } from '../../lib/objects/index.js'
import type { Primitive } from './arbitraries.js'

/** What tells one object of a kind from another. */
export interface Ids {
  readonly uuid: string
  readonly name: string
}

/** An object with rows of its own in the database. */
export interface SomeRow {
  readonly name: string
  /** One to be created: all that is set counts as changed. */
  make(ids: Ids): Primitive
  /** Object, method and arguments (after the context) that find it. */
  find(ids: Ids): readonly [object: string, method: string, ...args: unknown[]]
  /** Fields that are never kept: null to us, unset to nova. */
  readonly unkept?: readonly string[]
  /** Fields to be saved. */
  readonly change?: Readonly<Record<string, unknown>>
}

type Data = Readonly<Record<string, unknown>>

const fresh = (name: string, data: Data): Primitive => ({
  'nova_object.name': name,
  'nova_object.namespace': 'nova',
  'nova_object.version': novaObjects.get(name)?.objectType.version ?? '1.0',
  'nova_object.data': data,
  'nova_object.changes': Object.keys(data),
})

const flavor = ({ name }: Ids): Data => ({
  name,
  flavorid: name,
  memory_mb: 512,
  vcpus: 2,
  root_gb: 1,
  ephemeral_gb: 0,
  swap: 0,
  rxtx_factor: 1.5,
  vcpu_weight: 0,
  disabled: false,
  is_public: true,
  extra_specs: { 'hw:cpu_policy': 'shared', ünï: '✓' },
  projects: [],
  description: 'größer',
})

const knownFlavor = (ids: Ids): Primitive => ({
  ...fresh('Flavor', {
    id: 7,
    ...flavor(ids),
    created_at: '2026-01-02T03:04:05Z',
    updated_at: null,
    deleted_at: null,
    deleted: false,
  }),
})

const instance = (ids: Ids): Primitive =>
  fresh('Instance', {
    uuid: ids.uuid,
    user_id: 'u1',
    project_id: 'p1',
    image_ref: '',
    display_name: 'zwölf ✓',
    display_description: null,
    hostname: 'zwoelf',
    host: 'host-1',
    node: 'node-1',
    vm_state: 'active',
    task_state: null,
    power_state: 1,
    memory_mb: 512,
    vcpus: 2,
    root_gb: 1,
    ephemeral_gb: 0,
    launched_at: '2026-01-02T03:04:05Z',
    availability_zone: 'nova',
    access_ip_v4: '10.0.0.9',
    access_ip_v6: 'fe80::9',
    config_drive: 'True',
    progress: 0,
    locked: true,
    locked_by: 'owner',
    cleaned: false,
    hidden: false,
    metadata: { role: 'web', ключ: 'значение' },
    system_metadata: { image_min_ram: '0' },
    flavor: knownFlavor(ids),
    old_flavor: null,
    new_flavor: null,
    numa_topology: fresh('InstanceNUMATopology', {
      instance_uuid: ids.uuid,
      cells: [
        fresh('InstanceNUMACell', {
          id: 0,
          cpuset: [0, 1],
          pcpuset: [],
          cpuset_reserved: null,
          memory: 512,
          pagesize: null,
          cpu_pinning_raw: null,
          cpu_policy: null,
          cpu_thread_policy: null,
        }),
      ],
      emulator_threads_policy: null,
    }),
    pci_requests: fresh('InstancePCIRequests', {
      instance_uuid: ids.uuid,
      requests: [
        fresh('InstancePCIRequest', {
          count: 1,
          spec: [{ vendor_id: '8086' }],
          alias_name: 'nic',
          is_new: false,
          request_id: null,
          requester_id: null,
          numa_policy: 'preferred',
        }),
      ],
    }),
    trusted_certs: fresh('TrustedCerts', { ids: ['a', 'b'] }),
    vcpu_model: null,
    keypairs: fresh('KeyPairList', { objects: [] }),
  })

const everything = [
  'metadata',
  'system_metadata',
  'info_cache',
  'security_groups',
  'flavor',
  'numa_topology',
  'pci_requests',
  'trusted_certs',
  'vcpu_model',
  'tags',
  'keypairs',
  'pci_devices',
]

export const someRows: readonly SomeRow[] = [
  {
    name: 'servers',
    make: instance,
    find: ({ uuid }) => ['Instance', 'get_by_uuid', uuid, everything],
    change: {
      display_name: 'another',
      vm_state: 'stopped',
      power_state: 4,
      metadata: { only: 'this' },
      terminated_at: '2026-02-03T04:05:06Z',
    },
  },
  {
    name: 'flavors',
    make: ids => fresh('Flavor', flavor(ids)),
    find: ({ name }) => ['Flavor', 'get_by_flavor_id', name],
  },
  {
    name: 'services',
    make: ({ uuid, name }) =>
      fresh('Service', {
        uuid,
        host: name,
        binary: 'nova-compute',
        topic: 'compute',
        report_count: 3,
        disabled: false,
        forced_down: false,
        version: 64,
      }),
    find: ({ name }) => ['Service', 'get_by_host_and_binary', name, 'nova-compute'],
    change: { disabled: true, disabled_reason: 'Wartung', last_seen_up: '2026-01-02T03:04:05Z' },
  },
  {
    name: 'compute nodes',
    make: ({ uuid, name }) =>
      fresh('ComputeNode', {
        uuid,
        host: name,
        hypervisor_hostname: name,
        hypervisor_type: 'fake',
        hypervisor_version: 1000,
        vcpus: 8,
        memory_mb: 8192,
        local_gb: 100,
        vcpus_used: 1,
        memory_mb_used: 512,
        local_gb_used: 1,
        free_ram_mb: 7680,
        free_disk_gb: 99,
        current_workload: 0,
        running_vms: 1,
        cpu_info: '{"arch": "x86_64"}',
        disk_available_least: null,
        metrics: '[]',
        stats: { failed_builds: '0' },
        host_ip: '10.0.0.1',
        supported_hv_specs: [fresh('HVSpec', { arch: 'x86_64', hv_type: 'fake', vm_mode: 'hvm' })],
        pci_device_pools: fresh('PciDevicePoolList', { objects: [] }),
        cpu_allocation_ratio: 16.5,
        ram_allocation_ratio: 1.25,
        disk_allocation_ratio: 1,
        mapped: 0,
      }),
    find: ({ name }) => ['ComputeNode', 'get_by_host_and_nodename', name, name],
    change: { vcpus_used: 5, metrics: null, host_ip: 'fe80::2' },
  },
  {
    name: 'key pairs',
    make: ({ name }) =>
      fresh('KeyPair', {
        name,
        user_id: 'u1',
        fingerprint: 'aa:bb',
        public_key: 'ssh-rsa AAAA ü',
        type: 'ssh',
      }),
    find: ({ name }) => ['KeyPair', 'get_by_name', 'u1', name],
  },
  {
    name: 'aggregates',
    make: ({ uuid, name }) =>
      fresh('Aggregate', { uuid, name, metadata: { availability_zone: 'süd' } }),
    find: ({ uuid }) => ['Aggregate', 'get_by_uuid', uuid],
  },
  {
    name: 'server groups',
    make: ({ uuid, name }) =>
      fresh('InstanceGroup', {
        uuid,
        name,
        user_id: 'u1',
        project_id: 'p1',
        policy: 'anti-affinity',
        _rules: { max_server_per_host: '3' },
        members: [],
      }),
    find: ({ uuid }) => ['InstanceGroup', 'get_by_uuid', uuid],
  },
  {
    name: 'migrations',
    make: ({ uuid, name }) =>
      fresh('Migration', {
        uuid,
        source_compute: name,
        dest_compute: 'host-2',
        source_node: name,
        dest_node: 'host-2',
        dest_host: '10.0.0.2',
        old_instance_type_id: 1,
        new_instance_type_id: 2,
        instance_uuid: null,
        status: 'pre-migrating',
        migration_type: 'live-migration',
        hidden: false,
        cross_cell_move: false,
        user_id: 'u1',
        project_id: 'p1',
        memory_total: 2 ** 40,
      }),
    find: ({ uuid }) => ['Migration', 'get_by_uuid', uuid],
    change: { status: 'completed', memory_remaining: 0 },
  },
  {
    name: 'cell mappings',
    make: ({ uuid, name }) =>
      fresh('CellMapping', {
        uuid,
        name,
        transport_url: 'rabbit://u:p@host/',
        database_connection: 'mysql+pymysql://u:p@host/nova',
        disabled: false,
      }),
    find: ({ uuid }) => ['CellMapping', 'get_by_uuid', uuid],
    change: { disabled: true },
  },
  {
    name: 'request specs',
    make: ({ uuid, name }) =>
      fresh('RequestSpec', {
        instance_uuid: uuid,
        project_id: 'p1',
        user_id: 'u1',
        flavor: knownFlavor({ uuid, name }),
        image: fresh('ImageMeta', {
          id: uuid,
          name: 'Bild',
          min_ram: 0,
          properties: fresh('ImageMetaProps', { hw_video_model: 'virtio' }),
        }),
        num_instances: 1,
        availability_zone: null,
        force_hosts: null,
        force_nodes: null,
        ignore_hosts: ['bad'],
        scheduler_hints: { group: ['x'] },
        is_bfv: false,
        limits: fresh('SchedulerLimits', { vcpu: 4 }),
        numa_topology: null,
        pci_requests: fresh('InstancePCIRequests', { instance_uuid: uuid, requests: [] }),
        security_groups: fresh('SecurityGroupList', { objects: [] }),
        instance_group: null,
        retry: null,
        requested_destination: null,
      }),
    find: ({ uuid }) => ['RequestSpec', 'get_by_instance_uuid', uuid],
    unkept: ['requested_destination', 'requested_resources'],
  },
]
