import { bool, float, int, list, multiStr, str } from '../kinds.js'
import { group } from '../option.js'

export const compute = group('compute', {
  consecutive_build_service_disable_threshold: int({
    default: 10,
    min: 0,
    help: 'Builds that may fail in a row before the scheduler is told; 0 never.',
  }),
  shutdown_retry_interval: int({ default: 10, min: 1, help: 'Seconds between polite requests.' }),
  resource_provider_association_refresh: float({
    default: 300,
    min: 0,
    help: 'Seconds that what is known of a provider counts; 0 for ever.',
  }),
  cpu_shared_set: str({ help: 'CPUs for shared use.' }),
  cpu_dedicated_set: str({ help: 'CPUs for one guest each.' }),
  live_migration_wait_for_vif_plug: bool({
    default: true,
    help: 'Wait for the ports at the destination.',
  }),
  max_concurrent_disk_ops: int({ default: 0, min: 0, help: 'Heavy copies at once; 0 any.' }),
  max_disk_devices_to_attach: int({ default: -1, min: -1, help: 'Disks of a server; -1 any.' }),
  packing_host_numa_cells_allocation_strategy: bool({
    default: false,
    help: 'Fill one NUMA cell before the next.',
  }),
  provider_config_location: str({
    default: '/etc/nova/provider_config/',
    help: 'Folder of provider.yaml files.',
  }),
  image_type_exclude_list: list({ help: 'Image formats that a host does not offer.' }),
  vmdk_allowed_types: list({
    default: ['streamOptimized', 'monolithicSparse'],
    help: 'Kinds of VMDK accepted.',
  }),
  sharing_providers_max_uuids_per_request: int({ default: 200, min: 1, help: 'Of one question.' }),
})

export const imageCache = group('image_cache', {
  manager_interval: int({ default: 2400, min: -1, help: 'Seconds between cleanings; -1 never.' }),
  subdirectory_name: str({ default: '_base', help: 'Folder below instances_path.' }),
  remove_unused_base_images: bool({ default: true, help: 'Remove what nobody uses.' }),
  remove_unused_original_minimum_age_seconds: int({ default: 86400, help: 'Once it is so old.' }),
  remove_unused_resized_minimum_age_seconds: int({ default: 3600, help: 'Once it is so old.' }),
  precache_concurrency: int({ default: 1, min: 1, help: 'Hosts that fetch an image at once.' }),
})

export const pci = group('pci', {
  alias: multiStr({ help: 'JSON: a name for devices that a flavor may ask for.' }),
  device_spec: multiStr({ deprecated: ['passthrough_whitelist'], help: 'JSON: devices to give.' }),
  report_in_placement: bool({ default: false, help: 'Report devices to Placement.' }),
})

export const devices = group('devices', {
  enabled_mdev_types: list({ deprecated: ['enabled_vgpu_types'], help: 'Kinds of vGPU offered.' }),
})

export const ephemeralStorageEncryption = group('ephemeral_storage_encryption', {
  enabled: bool({ default: false, help: 'Encrypt ephemeral disks.' }),
  cipher: str({ default: 'aes-xts-plain64', help: 'With what.' }),
  key_size: int({ default: 512, min: 1, help: 'Bits of the key.' }),
  default_format: str({ default: 'luks', choices: ['luks'], help: 'Format.' }),
})

export const guestfs = group('guestfs', {
  debug: bool({ default: false, help: 'Not supported; read and ignored.' }),
})
