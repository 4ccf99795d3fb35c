import { boolean, integer, listOf, novaObject, object, string } from './base/index.js'
import { hypervisorDriver, instancePowerState } from './enums.js'

export class CpuDiagnostics extends novaObject('CpuDiagnostics', '1.0', {
  id: integer({ nullable: true }),
  time: integer({ nullable: true }),
  utilisation: integer({ nullable: true }),
}) {}

export class NicDiagnostics extends novaObject('NicDiagnostics', '1.0', {
  mac_address: string({ nullable: true }),
  rx_octets: integer({ nullable: true }),
  rx_errors: integer({ nullable: true }),
  rx_drop: integer({ nullable: true }),
  rx_packets: integer({ nullable: true }),
  rx_rate: integer({ nullable: true }),
  tx_octets: integer({ nullable: true }),
  tx_errors: integer({ nullable: true }),
  tx_drop: integer({ nullable: true }),
  tx_packets: integer({ nullable: true }),
  tx_rate: integer({ nullable: true }),
}) {}

export class DiskDiagnostics extends novaObject('DiskDiagnostics', '1.0', {
  read_bytes: integer({ nullable: true }),
  read_requests: integer({ nullable: true }),
  write_bytes: integer({ nullable: true }),
  write_requests: integer({ nullable: true }),
  errors_count: integer({ nullable: true }),
}) {}

export class MemoryDiagnostics extends novaObject('MemoryDiagnostics', '1.0', {
  maximum: integer({ nullable: true }),
  used: integer({ nullable: true }),
}) {}

export class Diagnostics extends novaObject('Diagnostics', '1.0', {
  state: instancePowerState(),
  driver: hypervisorDriver(),
  hypervisor: string({ nullable: true }),
  hypervisor_os: string({ nullable: true }),
  uptime: integer({ nullable: true }),
  config_drive: boolean(),
  memory_details: object(() => MemoryDiagnostics)(),
  cpu_details: listOf(object(() => CpuDiagnostics)())({ default: [] }),
  nic_details: listOf(object(() => NicDiagnostics)())({ default: [] }),
  disk_details: listOf(object(() => DiskDiagnostics)())({ default: [] }),
  num_cpus: integer(),
  num_nics: integer(),
  num_disks: integer(),
}) {}
