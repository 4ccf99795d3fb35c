import { bool, int, list } from '../kinds.js'
import { group } from '../option.js'

export const workarounds = group('workarounds', {
  enable_numa_live_migration: flag('Live migrate servers with a NUMA topology.'),
  ensure_libvirt_rbd_instance_dir_cleanup: flag('Remove folders of servers on Ceph.'),
  disable_fallback_pcpu_query: flag('Never ask for VCPU in place of PCPU.'),
  never_download_image_if_on_rbd: flag('Refuse an image that would have to be copied.'),
  disable_native_luksv1: flag('Decrypt in the host.'),
  wait_for_vif_plugged_event_during_hard_reboot: list({
    help: 'Kinds of ports that a hard reboot waits for.',
  }),
  enable_qemu_monitor_announce_self: flag('Announce a guest after its migration.'),
  qemu_monitor_announce_self_count: int({ default: 3, min: 1, help: 'How many times.' }),
  qemu_monitor_announce_self_interval: int({ default: 1, min: 1, help: 'Seconds between.' }),
  disable_compute_service_check_for_ffu: flag('Start beside computes that are too old.'),
  unified_limits_count_pcpu_as_vcpu: flag('Count dedicated CPUs as CPUs.'),
  skip_cpu_compare_on_dest: flag('Do not compare CPUs before a live migration.'),
  skip_cpu_compare_at_startup: flag('Do not compare CPUs at start.'),
  skip_hypervisor_version_check_on_lm: flag('Live migrate to an older hypervisor.'),
  skip_reserve_in_use_ironic_nodes: flag('Not supported; read and ignored.'),
  handle_virt_lifecycle_events: bool({
    default: true,
    help: 'Take note of what the hypervisor tells of guests.',
  }),
  disable_group_policy_check_upcall: flag('A compute does not check a group again.'),
  enable_consoleauth: flag('Not supported; read and ignored.'),
  disable_deep_image_inspection: flag('Do not look into images.'),
  reserve_disk_resource_for_image_cache: flag('Count what the image cache holds.'),
  libvirt_disable_apic: flag('Guests without an APIC.'),
})

function flag(help: string) {
  return bool({ default: false, help })
}
