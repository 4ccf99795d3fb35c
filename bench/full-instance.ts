import { novaObjects } from '../lib/objects/index.js'

/** As it travels: an object of the version that this process writes. */
const of = (name: string, data: object): object => ({
  'nova_object.name': name,
  'nova_object.namespace': 'nova',
  'nova_object.version': novaObjects.get(name)?.objectType.version,
  'nova_object.data': data,
})

const list = (name: string, objects: readonly object[]): object => of(name, { objects })

const uuid = '5e0a5a8e-55c1-4f0f-9a11-3a6f5b0f7d11'
const time = '2026-02-03T04:05:06Z'
const persistent = { created_at: time, updated_at: null, deleted_at: null, deleted: false }

const flavor = of('Flavor', {
  id: 5,
  name: 'm1.large',
  memory_mb: 8192,
  vcpus: 4,
  root_gb: 80,
  ephemeral_gb: 0,
  flavorid: '4',
  swap: 0,
  rxtx_factor: 1,
  vcpu_weight: 0,
  disabled: false,
  is_public: true,
  extra_specs: { 'hw:cpu_policy': 'dedicated', 'hw:numa_nodes': '2', 'hw:mem_page_size': 'large' },
  description: null,
  ...persistent,
})

const vif = (number: number) => ({
  id: `0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f${number}`,
  address: `fa:16:3e:00:00:0${number}`,
  network: {
    id: 'aa11bb22-cc33-dd44-ee55-ff6677889900',
    bridge: 'br-int',
    label: 'private',
    subnets: [
      {
        cidr: '10.0.0.0/24',
        dns: [{ address: '10.0.0.2', type: 'dns', version: 4, meta: {} }],
        gateway: { address: '10.0.0.1', type: 'gateway', version: 4, meta: {} },
        ips: [
          { address: `10.0.0.1${number}`, type: 'fixed', version: 4, meta: {}, floating_ips: [] },
        ],
        routes: [],
        version: 4,
        meta: { dhcp_server: '10.0.0.3' },
      },
    ],
    meta: { injected: false, tenant_id: 'p-12', mtu: 1450, physical_network: null, tunneled: true },
  },
  type: 'ovs',
  details: { port_filter: true, connectivity: 'l2' },
  devname: `tap0f1e2d3c-${number}`,
  ovs_interfaceid: `0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f${number}`,
  qbh_params: null,
  qbg_params: null,
  active: true,
  vnic_type: 'normal',
  profile: {},
  preserve_on_delete: false,
  delegate_create: true,
  meta: {},
})

const pciDevice = (number: number) =>
  of('PciDevice', {
    id: number,
    uuid: `11111111-2222-3333-4444-55555555555${number}`,
    compute_node_id: 3,
    address: `0000:81:00.${number}`,
    vendor_id: '8086',
    product_id: '10ed',
    dev_type: 'type-VF',
    status: 'allocated',
    dev_id: `pci_0000_81_00_${number}`,
    label: 'label_8086_10ed',
    instance_uuid: uuid,
    request_id: uuid,
    extra_info: { capabilities: '{}' },
    numa_node: 1,
    parent_addr: '0000:81:00.0',
    ...persistent,
  })

const numaCell = (id: number) =>
  of('InstanceNUMACell', {
    id,
    cpuset: [],
    pcpuset: [2 * id, 2 * id + 1],
    cpuset_reserved: null,
    memory: 4096,
    pagesize: 2048,
    cpu_pinning_raw: { [2 * id]: 20 + id, [2 * id + 1]: 40 + id },
    cpu_policy: 'dedicated',
    cpu_thread_policy: 'prefer',
    cpu_topology: of('VirtCPUTopology', { sockets: 2, cores: 1, threads: 1 }),
  })

const pciRequest = of('InstancePCIRequest', {
  count: 1,
  spec: [{ vendor_id: '8086', product_id: '10ed', physical_network: 'physnet1' }],
  alias_name: 'nic',
  is_new: false,
  request_id: uuid,
  requester_id: null,
  numa_policy: 'preferred',
})

const systemMetadata = Object.fromEntries(
  [
    ...['image_min_ram', 'image_min_disk', 'image_disk_format', 'image_container_format'],
    ...['image_hw_disk_bus', 'image_hw_vif_model', 'image_os_distro', 'image_base_image_ref'],
    ...['owner_user_name', 'owner_project_name', 'boot_roles', 'clean_attempts'],
  ].map(name => [name, `the value of ${name}`]),
)

/** A server with everything that a running one may have, as it travels: some 13 KiB of JSON. */
export const fullInstance = of('Instance', {
  id: 42,
  uuid,
  user_id: 'u-77',
  project_id: 'p-12',
  image_ref: 'f0f0f0f0-1111-2222-3333-444444444444',
  kernel_id: '',
  ramdisk_id: '',
  hostname: 'web-1',
  launch_index: 0,
  key_name: 'mine',
  key_data: `ssh-rsa ${'A'.repeat(370)} me@home`,
  power_state: 1,
  vm_state: 'active',
  task_state: null,
  memory_mb: 8192,
  vcpus: 4,
  root_gb: 80,
  ephemeral_gb: 0,
  ephemeral_key_uuid: null,
  host: 'rack3-07',
  node: 'rack3-07.example.org',
  instance_type_id: 5,
  user_data: 'I2Nsb3VkLWNvbmZpZwo='.repeat(10),
  reservation_id: 'r-abcdefgh',
  launched_at: time,
  terminated_at: null,
  availability_zone: 'nova',
  display_name: 'web-1',
  display_description: 'the first of many',
  launched_on: 'rack3-07',
  locked: false,
  locked_by: null,
  os_type: 'linux',
  architecture: 'x86_64',
  vm_mode: null,
  root_device_name: '/dev/vda',
  default_ephemeral_device: null,
  default_swap_device: null,
  config_drive: '',
  access_ip_v4: null,
  access_ip_v6: null,
  auto_disk_config: true,
  progress: 0,
  shutdown_terminate: false,
  disable_terminate: false,
  cell_name: null,
  metadata: { role: 'web', tier: 'front', owner: 'ann' },
  system_metadata: systemMetadata,
  cleaned: false,
  hidden: false,
  flavor,
  old_flavor: null,
  new_flavor: flavor,
  info_cache: of('InstanceInfoCache', {
    instance_uuid: uuid,
    network_info: JSON.stringify([vif(1), vif(2)]),
    ...persistent,
  }),
  security_groups: list('SecurityGroupList', [
    of('SecurityGroup', {
      id: 1,
      name: 'default',
      description: 'default',
      user_id: 'u-77',
      project_id: 'p-12',
      uuid,
      ...persistent,
    }),
  ]),
  fault: of('InstanceFault', {
    id: 7,
    instance_uuid: uuid,
    code: 500,
    message: 'Build of instance aborted',
    details: 'Traceback (most recent call last):\n'.repeat(12),
    host: 'rack3-06',
    ...persistent,
  }),
  pci_devices: list('PciDeviceList', [pciDevice(1), pciDevice(2)]),
  pci_requests: of('InstancePCIRequests', { instance_uuid: uuid, requests: [pciRequest] }),
  numa_topology: of('InstanceNUMATopology', {
    id: 1,
    instance_uuid: uuid,
    cells: [numaCell(0), numaCell(1)],
    emulator_threads_policy: 'share',
    ...persistent,
  }),
  device_metadata: of('InstanceDeviceMetadata', {
    devices: [
      of('NetworkInterfaceMetadata', {
        mac: 'fa:16:3e:00:00:01',
        vlan: 100,
        vf_trusted: false,
        bus: of('PCIDeviceBus', { address: '0000:00:03.0' }),
        tags: ['nic1'],
      }),
      of('DiskMetadata', {
        serial: 'disk-1',
        path: null,
        bus: of('SCSIDeviceBus', { address: '0:0:0:1' }),
        tags: ['database'],
      }),
    ],
  }),
  tags: list('TagList', [
    of('Tag', { resource_id: uuid, tag: 'web' }),
    of('Tag', { resource_id: uuid, tag: 'front' }),
  ]),
  vcpu_model: of('VirtCPUModel', {
    arch: 'x86_64',
    vendor: 'Intel',
    topology: of('VirtCPUTopology', { sockets: 2, cores: 2, threads: 1 }),
    features: [
      of('VirtCPUFeature', { policy: 'require', name: 'vmx' }),
      of('VirtCPUFeature', { policy: 'require', name: 'pcid' }),
    ],
    mode: 'custom',
    model: 'Haswell',
    match: 'exact',
  }),
  ec2_ids: of('EC2Ids', {
    instance_id: 'i-0000002a',
    ami_id: 'ami-00000001',
    kernel_id: null,
    ramdisk_id: null,
  }),
  migration_context: of('MigrationContext', {
    instance_uuid: uuid,
    migration_id: 9,
    new_numa_topology: null,
    old_numa_topology: of('InstanceNUMATopology', {
      id: 1,
      instance_uuid: uuid,
      cells: [numaCell(0)],
      emulator_threads_policy: null,
      ...persistent,
    }),
    new_pci_devices: list('PciDeviceList', []),
    old_pci_devices: list('PciDeviceList', [pciDevice(3)]),
    new_pci_requests: null,
    old_pci_requests: of('InstancePCIRequests', { instance_uuid: uuid, requests: [pciRequest] }),
    new_resources: null,
    old_resources: null,
    ...persistent,
  }),
  keypairs: list('KeyPairList', [
    of('KeyPair', {
      id: 1,
      name: 'mine',
      user_id: 'u-77',
      fingerprint: '1e:2c:9b:56:79:4b:45:77:f9:ca:7a:98:2c:b0:d5:3c',
      public_key: `ssh-rsa ${'A'.repeat(370)} me@home`,
      type: 'ssh',
      ...persistent,
    }),
  ]),
  trusted_certs: of('TrustedCerts', { ids: ['cert-1', 'cert-2'] }),
  resources: null,
  ...persistent,
})
