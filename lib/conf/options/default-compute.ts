import { bool, dict, float, int, list, str } from '../kinds.js'

/** [DEFAULT]: servers and the hosts that run them. */
export const computeOptions = {
  default_availability_zone: str({
    default: 'nova',
    help: 'Zone of compute hosts that are in no aggregate with a zone.',
  }),
  internal_service_availability_zone: str({
    default: 'internal',
    help: 'Zone of services that run no servers.',
  }),
  default_schedule_zone: str({ help: 'Zone of a server whose request names none.' }),
  password_length: int({ default: 12, min: 0, help: 'Characters of a generated adminPass.' }),
  instance_name_template: str({
    default: 'instance-%08x',
    help: 'Name of a server at the hypervisor; %d, %x of its id, or %(uuid)s and the like.',
  }),
  osapi_compute_unique_server_name_scope: str({
    default: '',
    choices: ['', 'project', 'global'],
    help: 'Where the name of a server must be unique, case aside.',
  }),
  reclaim_instance_interval: int({
    default: 0,
    help: 'Seconds that a deleted server can be restored; 0 deletes at once.',
  }),
  shelved_offload_time: int({
    default: 0,
    min: -1,
    help: 'Seconds after which a shelved server leaves its host; 0 at once, -1 never.',
  }),
  shelved_poll_interval: int({
    default: 3600,
    min: -1,
    help: 'Seconds between looks for shelved servers to offload.',
  }),
  allow_resize_to_same_host: bool({
    default: false,
    help: 'A resized server may stay on its host.',
  }),
  resize_confirm_window: int({
    default: 0,
    min: 0,
    help: 'Seconds after which a resize confirms itself; 0 never.',
  }),
  resume_guests_state_on_host_boot: bool({
    default: false,
    help: 'Start the servers that ran before the host was booted.',
  }),
  max_local_block_devices: int({
    default: 3,
    min: -1,
    help: 'Local disks a server may ask for; -1 for any number, 0 for none.',
  }),
  force_config_drive: bool({ default: false, help: 'Give every server a config drive.' }),
  config_drive_format: str({
    default: 'iso9660',
    choices: ['iso9660', 'vfat'],
    help: 'File system of a config drive.',
  }),
  mkisofs_cmd: str({ default: 'genisoimage', help: 'Program that makes an ISO 9660 file system.' }),
  flat_injected: bool({ default: false, help: 'Write the network configuration into the guest.' }),
  injected_network_template: str({
    default: '/usr/share/nova/interfaces.template',
    help: 'Template of that network configuration.',
  }),
  non_inheritable_image_properties: list({
    default: ['cache_in_nova', 'bittorrent'],
    help: 'Image properties that a snapshot does not take over.',
  }),
  instance_usage_audit: bool({ default: false, help: 'Send existence notifications.' }),
  instance_usage_audit_period: str({
    default: 'month',
    pattern: /^(hour|day|month|year)(@\d+)?$/,
    help: 'Period of the usage audit, as month, day@6 and the like.',
  }),
  compute_driver: str({ help: 'Hypervisor driver: libvirt.LibvirtDriver, fake.FakeDriver.' }),
  instances_path: str({
    default: '$state_path/instances',
    sampleDefault: '$state_path/instances',
    help: 'Folder for the disks of servers.',
  }),
  enable_new_services: bool({ default: true, help: 'A compute service that is new is enabled.' }),
  reboot_timeout: int({
    default: 0,
    min: 0,
    help: 'Seconds until a stuck reboot is forced; 0 off.',
  }),
  rescue_timeout: int({
    default: 0,
    min: 0,
    help: 'Seconds until a rescue ends by itself; 0 off.',
  }),
  instance_build_timeout: int({
    default: 0,
    min: 0,
    help: 'Seconds until a build is an error; 0: never, or after long_rpc_timeout while no host has it.',
  }),
  shutdown_timeout: int({ default: 60, min: 0, help: 'Seconds that a guest gets to shut down.' }),
  sync_power_state_interval: int({
    default: 600,
    min: -1,
    help: 'Seconds between comparisons of power states; below 0 off.',
  }),
  sync_power_state_pool_size: int({ default: 1000, min: 1, help: 'Of them at once.' }),
  sync_power_state_unexpected_call_stop: bool({
    default: true,
    help: 'Stop a server that runs while it should not.',
  }),
  heal_instance_info_cache_interval: int({
    default: -1,
    min: -1,
    help: "Seconds between refreshes of servers' network information; -1 off.",
  }),
  running_deleted_instance_action: str({
    default: 'reap',
    choices: ['noop', 'log', 'shutdown', 'reap'],
    help: 'What happens to a guest whose server is deleted.',
  }),
  running_deleted_instance_poll_interval: int({
    default: 1800,
    min: 0,
    help: 'Seconds between looks for such guests; 0 off.',
  }),
  running_deleted_instance_timeout: int({
    default: 0,
    min: 0,
    help: 'Seconds after its deletion that a guest is left alone.',
  }),
  instance_delete_interval: int({
    default: 300,
    min: -1,
    help: 'Seconds between attempts to clean up after deleted servers.',
  }),
  maximum_instance_delete_attempts: int({ default: 5, min: 1, help: 'How many of them.' }),
  scheduler_instance_sync_interval: int({
    default: 120,
    min: -1,
    help: 'Seconds between lists of its servers that a host sends the scheduler; -1 never.',
  }),
  update_resources_interval: int({
    default: 0,
    min: -1,
    help: 'Seconds between reports of what a host has; 0 as often as any task, -1 never.',
  }),
  volume_usage_poll_interval: int({
    default: 0,
    min: 0,
    help: 'Seconds between measurements of volume usage; 0 off.',
  }),
  bandwidth_poll_interval: int({ default: 600, min: -1, help: 'Not supported; read and ignored.' }),
  vif_plugging_is_fatal: bool({
    default: true,
    help: 'A server whose ports do not come up in time fails.',
  }),
  vif_plugging_timeout: int({
    default: 300,
    min: 0,
    help: 'Seconds to wait for ports to come up; 0 not at all.',
  }),
  reimage_timeout_per_gb: int({
    default: 20,
    min: 1,
    help: 'Seconds, for each GiB of the image, to wait for a boot volume to be written over.',
  }),
  arq_binding_timeout: int({ default: 300, min: 1, help: 'Seconds to wait for accelerators.' }),
  network_allocate_retries: int({
    default: 0,
    min: 0,
    help: 'Times that a failed network allocation is tried again.',
  }),
  block_device_allocate_retries: int({
    default: 60,
    min: 0,
    help: 'Looks at a volume until it is there.',
  }),
  block_device_allocate_retries_interval: int({
    default: 3,
    min: 0,
    help: 'Seconds between them.',
  }),
  max_concurrent_builds: int({ default: 10, min: 0, help: 'Builds at once on a host; 0 any.' }),
  max_concurrent_snapshots: int({ default: 5, min: 0, help: 'Snapshots at once; 0 any.' }),
  migrate_max_retries: int({
    default: -1,
    min: -1,
    help: 'Further hosts that a live migration tries when one cannot take it; -1 all.',
  }),
  max_concurrent_live_migrations: int({
    default: 1,
    min: 0,
    help: 'Live migrations at once from a host; 0 any.',
  }),
  default_ephemeral_format: str({ help: 'File system of ephemeral disks.' }),
  use_cow_images: bool({ default: true, help: 'Disks share what they have of an image.' }),
  force_raw_images: bool({ default: true, help: 'Keep images as raw.' }),
  preallocate_images: str({
    default: 'none',
    choices: ['none', 'space'],
    help: 'Reserve the space of a disk when it is made.',
  }),
  timeout_nbd: int({ default: 10, min: 1, help: 'Seconds to wait for a network block device.' }),
  pointer_model: str({
    default: 'usbtablet',
    choices: ['ps2mouse', 'usbtablet'],
    help: 'Pointing device of guests.',
  }),
  vcpu_pin_set: str({ help: 'CPUs that guests may use (Zed and before).' }),
  reserved_host_cpus: int({ default: 0, min: 0, help: 'CPUs kept for the host.' }),
  reserved_host_memory_mb: int({ default: 512, min: 0, help: 'MiB of memory kept for the host.' }),
  reserved_host_disk_mb: int({ default: 0, min: 0, help: 'MiB of disk kept for the host.' }),
  reserved_huge_pages: dict({ help: 'Huge pages kept for the host.' }),
  cpu_allocation_ratio: float({
    min: 0,
    help: 'Virtual CPUs to real ones. Without it, initial_cpu_allocation_ratio counts.',
  }),
  ram_allocation_ratio: float({ min: 0, help: 'Virtual memory to real memory.' }),
  disk_allocation_ratio: float({ min: 0, help: 'Virtual disk to real disk.' }),
  initial_cpu_allocation_ratio: float({
    default: 4,
    min: 0,
    help: 'cpu_allocation_ratio of a host that is new (16.0 up to Zed).',
  }),
  initial_ram_allocation_ratio: float({
    default: 1,
    min: 0,
    help: 'ram_allocation_ratio of a host that is new (1.5 up to Zed).',
  }),
  initial_disk_allocation_ratio: float({
    default: 1,
    min: 0,
    help: 'disk_allocation_ratio of a host that is new.',
  }),
  compute_monitors: list({ help: 'What else a host measures.' }),
  console_host: str({ default: '$host', help: 'Name that console access is given out under.' }),
} as const
