import {
  boolean,
  dateTime,
  dictOf,
  integer,
  ipAddress,
  object,
  string,
  uuid,
} from './base/index.js'
import { EC2Ids } from './ec2.js'
import { Flavor } from './flavor.js'
import { InstanceDeviceMetadata } from './instance-device-metadata.js'
import { InstanceFault } from './instance-fault.js'
import { InstanceInfoCache } from './instance-info-cache.js'
import { InstanceNUMATopology } from './instance-numa.js'
import { InstancePCIRequests } from './instance-pci-requests.js'
import { KeyPairList } from './keypair.js'
import { MigrationContext } from './migration-context.js'
import { PciDeviceList } from './pci-device.js'
import { persistentFields } from './persistent.js'
import { ResourceList } from './resource.js'
import { SecurityGroupList } from './security-group.js'
import { ServiceList } from './service.js'
import { TagList } from './tag.js'
import { TrustedCerts } from './trusted-certs.js'
import { VirtCPUModel } from './vcpu-model.js'

/** The fields of Instance 2.7. */
export const instanceFields = {
  id: integer(),
  user_id: string({ nullable: true }),
  project_id: string({ nullable: true }),
  image_ref: string({ nullable: true }),
  kernel_id: string({ nullable: true }),
  ramdisk_id: string({ nullable: true }),
  hostname: string({ nullable: true }),
  launch_index: integer({ nullable: true }),
  key_name: string({ nullable: true }),
  key_data: string({ nullable: true }),
  power_state: integer({ nullable: true }),
  vm_state: string({ nullable: true }),
  task_state: string({ nullable: true }),
  services: object(() => ServiceList)({ since: '2.1' }),
  memory_mb: integer({ nullable: true }),
  vcpus: integer({ nullable: true }),
  root_gb: integer({ nullable: true }),
  ephemeral_gb: integer({ nullable: true }),
  ephemeral_key_uuid: uuid({ nullable: true }),
  host: string({ nullable: true }),
  node: string({ nullable: true }),
  instance_type_id: integer({ nullable: true }),
  user_data: string({ nullable: true }),
  reservation_id: string({ nullable: true }),
  launched_at: dateTime({ nullable: true }),
  terminated_at: dateTime({ nullable: true }),
  availability_zone: string({ nullable: true }),
  display_name: string({ nullable: true }),
  display_description: string({ nullable: true }),
  launched_on: string({ nullable: true }),
  locked: boolean({ default: false }),
  locked_by: string({ nullable: true }),
  os_type: string({ nullable: true }),
  architecture: string({ nullable: true }),
  vm_mode: string({ nullable: true }),
  uuid: uuid(),
  root_device_name: string({ nullable: true }),
  default_ephemeral_device: string({ nullable: true }),
  default_swap_device: string({ nullable: true }),
  config_drive: string({ nullable: true }),
  access_ip_v4: ipAddress({ nullable: true }),
  access_ip_v6: ipAddress({ nullable: true }),
  auto_disk_config: boolean({ default: false }),
  progress: integer({ nullable: true }),
  shutdown_terminate: boolean({ default: false }),
  disable_terminate: boolean({ default: false }),
  cell_name: string({ nullable: true }),
  metadata: dictOf(string())(),
  system_metadata: dictOf(string({ nullable: true }))(),
  info_cache: object(() => InstanceInfoCache)({ nullable: true }),
  security_groups: object(() => SecurityGroupList)(),
  fault: object(() => InstanceFault)({ nullable: true }),
  cleaned: boolean({ default: false }),
  pci_devices: object(() => PciDeviceList)({ nullable: true }),
  numa_topology: object(() => InstanceNUMATopology)({ nullable: true }),
  pci_requests: object(() => InstancePCIRequests)({ nullable: true }),
  device_metadata: object(() => InstanceDeviceMetadata)({ nullable: true, since: '2.3' }),
  tags: object(() => TagList)(),
  flavor: object(() => Flavor)(),
  old_flavor: object(() => Flavor)({ nullable: true }),
  new_flavor: object(() => Flavor)({ nullable: true }),
  vcpu_model: object(() => VirtCPUModel)({ nullable: true }),
  ec2_ids: object(() => EC2Ids)(),
  migration_context: object(() => MigrationContext)({ nullable: true }),
  keypairs: object(() => KeyPairList)({ since: '2.2' }),
  trusted_certs: object(() => TrustedCerts)({ nullable: true, since: '2.4' }),
  hidden: boolean({ default: false, since: '2.6' }),
  resources: object(() => ResourceList)({ nullable: true, since: '2.7' }),
  ...persistentFields(),
}
