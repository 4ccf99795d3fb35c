import {
  dictOf,
  type InstanceNUMACell,
  type InstanceNUMATopology,
  integer,
  listOf,
  novaObject,
  object,
  setOf,
  string,
  uuid,
} from '../../objects/index.js'
import { fill } from './fill.js'

export class VirtCPUTopologyPayload extends novaObject('VirtCPUTopologyPayload', '1.0', {
  sockets: integer({ nullable: true }),
  cores: integer({ nullable: true }),
  threads: integer({ nullable: true }),
}) {}

export class InstanceNUMACellPayload extends novaObject('InstanceNUMACellPayload', '1.2', {
  id: integer(),
  cpuset: setOf(integer())(),
  pcpuset: setOf(integer())(),
  cpuset_reserved: setOf(integer())({ nullable: true }),
  memory: integer(),
  pagesize: integer({ nullable: true }),
  cpu_topology: object(() => VirtCPUTopologyPayload)({ nullable: true }),
  cpu_pinning_raw: dictOf(integer())({ nullable: true }),
  cpu_policy: string({ nullable: true }),
  cpu_thread_policy: string({ nullable: true }),
}) {
  static of(cell: InstanceNUMACell): InstanceNUMACellPayload {
    const topology = cell.get('cpuTopology')
    const cpuTopology = topology ? fill(new VirtCPUTopologyPayload(), topology) : null
    return fill(new InstanceNUMACellPayload(null, { cpuTopology }), cell)
  }
}

export class InstanceNUMATopologyPayload extends novaObject('InstanceNUMATopologyPayload', '1.0', {
  instance_uuid: uuid(),
  cells: listOf(object(() => InstanceNUMACellPayload)())(),
  emulator_threads_policy: string({ nullable: true }),
}) {
  /** @param instanceUuid  where the topology does not know whose it is */
  static of(topology: InstanceNUMATopology, instanceUuid: string): InstanceNUMATopologyPayload {
    const payload = new InstanceNUMATopologyPayload(null, {
      instanceUuid: topology.get('instanceUuid') ?? instanceUuid,
      cells: topology.cells.map(cell => InstanceNUMACellPayload.of(cell)),
    })
    return fill(payload, topology)
  }
}
