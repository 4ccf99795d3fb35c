import type { RequestContext } from '../context/index.js'
import { NumaTopologyNotFound } from '../exception/index.js'
import {
  dictOf,
  integer,
  listOf,
  novaObject,
  object,
  remotableClassMethod,
  setOf,
  uuid,
} from './base/index.js'
import {
  cpuAllocationPolicy,
  cpuEmulatorThreadsPolicy,
  cpuThreadAllocationPolicy,
} from './enums.js'
import { extraText } from './instance-extra.js'
import { refuse } from './refuse.js'
import { VirtCPUTopology } from './vcpu-model.js'

export class InstanceNUMACell extends novaObject(
  'InstanceNUMACell',
  '1.6',
  {
    id: integer(),
    cpuset: setOf(integer())(),
    pcpuset: setOf(integer())({ since: '1.5' }),
    cpuset_reserved: setOf(integer())({ nullable: true, default: null, since: '1.4' }),
    memory: integer(),
    pagesize: integer({ nullable: true, default: null }),
    cpu_topology: object(() => VirtCPUTopology)({ nullable: true }),
    cpu_pinning_raw: dictOf(integer())({ nullable: true, default: null }),
    cpu_policy: cpuAllocationPolicy({ nullable: true, default: null, since: '1.3' }),
    cpu_thread_policy: cpuThreadAllocationPolicy({ nullable: true, default: null, since: '1.3' }),
  },
  (data, isBelow) => {
    if (isBelow('1.6')) refuse(data, 'cpu_policy', ['mixed'])
    // Up to 1.4 a cell's CPUs stood in `cpuset` whether they were pinned or not.
    if (isBelow('1.5') && data.cpu_policy === 'dedicated') data.cpuset = data.pcpuset
  },
) {}

export class InstanceNUMATopology extends novaObject('InstanceNUMATopology', '1.3', {
  id: integer(),
  instance_uuid: uuid(),
  cells: listOf(object(() => InstanceNUMACell)())(),
  emulator_threads_policy: cpuEmulatorThreadsPolicy({ nullable: true, since: '1.3' }),
}) {
  /**
   * @returns null for a server without
   * @throws NumaTopologyNotFound when nothing of the kind is kept of the server
   */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<InstanceNUMATopology | null> {
    const text = await extraText(context, instanceUuid, 'numa_topology')
    if (text === undefined) throw new NumaTopologyNotFound({ instance_uuid: instanceUuid })
    return text ? InstanceNUMATopology.fromPrimitive(JSON.parse(text), context) : null
  }
}
