import {
  boolean,
  dictOf,
  integer,
  ipAddress,
  listOf,
  novaObject,
  object,
  setOf,
  string,
  uuid,
} from './base/index.js'
import { Migration } from './migration.js'

export class VIFMigrateData extends novaObject('VIFMigrateData', '1.0', {
  port_id: string(),
  vnic_type: string(),
  vif_type: string(),
  vif_details_json: string(),
  profile_json: string(),
  host: string(),
  source_vif: string(),
}) {}

export class LibvirtLiveMigrateBDMInfo extends novaObject('LibvirtLiveMigrateBDMInfo', '1.1', {
  serial: string(),
  bus: string(),
  dev: string(),
  type: string(),
  format: string({ nullable: true }),
  boot_index: integer({ nullable: true }),
  connection_info_json: string(),
  encryption_secret_uuid: uuid({ nullable: true, since: '1.1' }),
}) {}

export class LibvirtLiveMigrateNUMAInfo extends novaObject('LibvirtLiveMigrateNUMAInfo', '1.0', {
  cpu_pins: dictOf(setOf(integer())())(),
  cell_pins: dictOf(setOf(integer())())(),
  emulator_pins: setOf(integer())(),
  sched_vcpus: setOf(integer())(),
  sched_priority: integer(),
}) {}

export class LibvirtLiveMigrateData extends novaObject('LibvirtLiveMigrateData', '1.10', {
  filename: string(),
  image_type: string(),
  block_migration: boolean(),
  disk_over_commit: boolean(),
  disk_available_mb: integer({ nullable: true }),
  is_shared_instance_path: boolean(),
  is_shared_block_storage: boolean(),
  instance_relative_path: string(),
  graphics_listen_addr_vnc: ipAddress({ nullable: true }),
  graphics_listen_addr_spice: ipAddress({ nullable: true }),
  serial_listen_addr: string({ nullable: true }),
  serial_listen_ports: listOf(integer())({ since: '1.2' }),
  bdms: listOf(object(() => LibvirtLiveMigrateBDMInfo)())(),
  target_connect_addr: string({ nullable: true, since: '1.1' }),
  supported_perf_events: listOf(string())({ since: '1.3' }),
  src_supports_native_luks: boolean({ since: '1.5' }),
  dst_wants_file_backed_memory: boolean({ since: '1.7' }),
  file_backed_memory_discard: boolean({ since: '1.8' }),
  src_supports_numa_live_migration: boolean({ since: '1.10' }),
  dst_supports_numa_live_migration: boolean({ since: '1.10' }),
  dst_numa_info: object(() => LibvirtLiveMigrateNUMAInfo)({ since: '1.10' }),
  is_volume_backed: boolean(),
  migration: object(() => Migration)(),
  old_vol_attachment_ids: dictOf(string())({ since: '1.4' }),
  wait_for_vif_plugged: boolean({ since: '1.6' }),
  vifs: listOf(object(() => VIFMigrateData)())({ since: '1.9' }),
}) {}

export class HyperVLiveMigrateData extends novaObject('HyperVLiveMigrateData', '1.4', {
  is_shared_instance_path: boolean({ since: '1.1' }),
  is_volume_backed: boolean(),
  migration: object(() => Migration)(),
  old_vol_attachment_ids: dictOf(string())({ since: '1.2' }),
  wait_for_vif_plugged: boolean({ since: '1.3' }),
  vifs: listOf(object(() => VIFMigrateData)())({ since: '1.4' }),
}) {}

export class VMwareLiveMigrateData extends novaObject('VMwareLiveMigrateData', '1.0', {
  cluster_name: string(),
  datastore_regex: string(),
  is_volume_backed: boolean(),
  migration: object(() => Migration)(),
  old_vol_attachment_ids: dictOf(string())(),
  wait_for_vif_plugged: boolean(),
  vifs: listOf(object(() => VIFMigrateData)())(),
}) {}
