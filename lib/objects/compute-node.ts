import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import {
  type ComputeNodeFilter,
  type ComputeNodeRow,
  type ComputeNodeValues,
  computeNodesByUuids,
  insertComputeNode,
  selectComputeNodes,
  softDeleteComputeNode,
  updateComputeNode,
} from '../db/queries/cell/compute-nodes.js'
import { cellValues } from '../db/queries/rows.js'
import { ComputeHostNotFound, ObjectActionError, ServiceNotFound } from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  dictOf,
  float,
  integer,
  ipAddress,
  listOf,
  novaObject,
  novaObjectList,
  object,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { isObjectPrimitive } from './base/object.js'
import { HVSpec } from './hv-spec.js'
import { PciDevicePoolList } from './pci-device-pool.js'
import { persistentFields } from './persistent.js'

export class ComputeNode extends novaObject(
  'ComputeNode',
  '1.19',
  {
    id: integer({ readOnly: true }),
    uuid: uuid({ readOnly: true, since: '1.15' }),
    service_id: integer({ nullable: true }),
    host: string({ nullable: true, since: '1.7' }),
    vcpus: integer(),
    memory_mb: integer(),
    local_gb: integer(),
    vcpus_used: integer(),
    memory_mb_used: integer(),
    local_gb_used: integer(),
    hypervisor_type: string(),
    hypervisor_version: integer(),
    hypervisor_hostname: string({ nullable: true }),
    free_ram_mb: integer({ nullable: true }),
    free_disk_gb: integer({ nullable: true }),
    current_workload: integer({ nullable: true }),
    running_vms: integer({ nullable: true }),
    cpu_info: string({ nullable: true }),
    disk_available_least: integer({ nullable: true }),
    metrics: string({ nullable: true }),
    stats: dictOf(string({ nullable: true }))({ nullable: true, since: '1.3' }),
    host_ip: ipAddress({ nullable: true, since: '1.4' }),
    numa_topology: string({ nullable: true, since: '1.5' }),
    supported_hv_specs: listOf(object(() => HVSpec)())({ since: '1.6' }),
    pci_device_pools: object(() => PciDevicePoolList)({ nullable: true, since: '1.9' }),
    cpu_allocation_ratio: float({ since: '1.14' }),
    ram_allocation_ratio: float({ since: '1.14' }),
    disk_allocation_ratio: float({ since: '1.16' }),
    mapped: integer({ since: '1.17' }),
    ...persistentFields(),
  },
  (data, isBelow) => {
    // Could not be null: a number that no service has.
    if (isBelow('1.13')) data.service_id ??= -1
  },
) {
  static fromRow(context: RequestContext | null, row: ComputeNodeRow): ComputeNode {
    return ComputeNode.hydrate(context, {
      ...withDeletedFlag(row),
      stats: parse(row.stats) ?? {},
      supported_hv_specs: hvSpecs(context, row.supported_instances),
      pci_device_pools: pciPools(context, row.pci_stats),
    })
  }

  /** @throws ComputeHostNotFound */
  @remotableClassMethod(['compute_id'])
  static async getById(context: RequestContext, id: number): Promise<ComputeNode> {
    return first(context, { id }, String(id))
  }

  /** @throws ComputeHostNotFound */
  @remotableClassMethod(['compute_uuid'])
  static async getByUuid(context: RequestContext, uuid: string): Promise<ComputeNode> {
    return first(context, { uuid }, uuid)
  }

  /** @throws ComputeHostNotFound */
  @remotableClassMethod(['host', 'nodename'])
  static async getByHostAndNodename(
    context: RequestContext,
    host: string,
    nodename: string,
  ): Promise<ComputeNode> {
    return first(context, { host, hypervisorHostname: nodename }, host)
  }

  /** @throws ComputeHostNotFound */
  @remotableClassMethod(['hypervisor_hostname'])
  static async getByNodename(context: RequestContext, nodename: string): Promise<ComputeNode> {
    return first(context, { hypervisorHostname: nodename }, nodename)
  }

  /** @throws ServiceNotFound */
  @remotableClassMethod(['service_id'])
  static async getByServiceId(context: RequestContext, serviceId: number): Promise<ComputeNode> {
    const [row] = await selectComputeNodes(cellOf(context).kysely, { serviceId })
    if (!row) throw new ServiceNotFound({ service_id: serviceId })
    return ComputeNode.fromRow(context, row)
  }

  /** @throws ComputeHostNotFound */
  @remotableClassMethod(['host'], ['use_slave'])
  static async getFirstNodeByHostForOldCompat(
    context: RequestContext,
    host: string,
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<ComputeNode> {
    return first(context, { host }, host)
  }

  /** @throws ObjectActionError when its host has a node of that name */
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    if (!this.isSet('uuid')) this.uuid = randomUUID()
    const database = cellOf(context)
    try {
      const id = await database.transaction(trx =>
        insertComputeNode(trx, { ...this.#row(), uuid: this.uuid }),
      )
      this.#take(await first(context, { id }, this.get('host') ?? ''))
    } catch (error) {
      if (duplicateEntry(error)) {
        throw new ObjectActionError({
          action: 'create',
          reason: 'a node of that name or uuid exists',
        })
      }
      throw error
    }
    this.resetChanges()
  }

  /** @throws ComputeHostNotFound */
  @remotable([], ['prune_stats'])
  async save(_options: { readonly pruneStats?: boolean } = {}): Promise<void> {
    const context = this.requireContext('save')
    const row = await cellOf(context).transaction(trx =>
      updateComputeNode(trx, this.id, this.#row()),
    )
    if (!row) throw new ComputeHostNotFound({ host: this.get('host') ?? this.id })
    this.#take(ComputeNode.fromRow(context, row))
    this.resetChanges()
  }

  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    if (!(await softDeleteComputeNode(cellOf(context).kysely, this.id))) {
      throw new ComputeHostNotFound({ host: this.get('host') ?? this.id })
    }
  }

  /** The changed fields as columns. */
  #row(): ComputeNodeValues {
    const changes = this.changes()
    const specs = this.get('supportedHvSpecs')
    const pools = this.get('pciDevicePools')
    return {
      ...cellValues('compute_nodes', { ...changes, stats: undefined, uuid: undefined }),
      ...('stats' in changes && { stats: JSON.stringify(changes.stats) }),
      ...('supported_hv_specs' in changes &&
        specs && {
          supported_instances: JSON.stringify(
            specs.map(spec => [spec.arch, spec.hvType, spec.vmMode]),
          ),
        }),
      ...('pci_device_pools' in changes && {
        pci_stats: pools ? JSON.stringify(pools.toPrimitive()) : null,
      }),
    }
  }

  /** Takes over the plain columns of a fresh copy; objects inside stay those that others hold. */
  #take(fresh: ComputeNode): void {
    for (const { wire, field } of fresh.objectType.fields) {
      if (field.type.objectTypes && this.valueAt(wire) !== undefined) continue
      if (field.readOnly && this.valueAt(wire) !== undefined) continue
      this.assign({ [wire]: fresh.valueAt(wire) })
    }
  }
}

export class ComputeNodeList extends novaObjectList('ComputeNodeList', '1.17', () => ComputeNode) {
  @remotableClassMethod()
  static async getAll(context: RequestContext): Promise<ComputeNodeList> {
    return select(context, {})
  }

  /** @throws ComputeHostNotFound when the host has none */
  @remotableClassMethod(['host'], ['use_slave'])
  static async getAllByHost(
    context: RequestContext,
    host: string,
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<ComputeNodeList> {
    const list = await select(context, { host })
    if (list.length === 0) throw new ComputeHostNotFound({ host })
    return list
  }

  @remotableClassMethod(['mapped_less_than'])
  static async getAllByNotMapped(
    context: RequestContext,
    mappedLessThan: number,
  ): Promise<ComputeNodeList> {
    return select(context, { mappedLessThan })
  }

  @remotableClassMethod(['compute_uuids'])
  static async getAllByUuids(
    context: RequestContext,
    uuids: readonly string[],
  ): Promise<ComputeNodeList> {
    const rows = await computeNodesByUuids(cellOf(context).kysely, uuids)
    return ComputeNodeList.of(
      context,
      rows.map(row => ComputeNode.fromRow(context, row)),
    )
  }

  /** Nodes with the text anywhere in their hypervisor's host name. */
  @remotableClassMethod(['hypervisor_match'])
  static async getByHypervisor(
    context: RequestContext,
    hypervisorMatch: string,
  ): Promise<ComputeNodeList> {
    return select(context, { hypervisorMatch })
  }

  /** @param options  `marker`: the id (or uuid) of the last node seen */
  @remotableClassMethod([], ['limit', 'marker'])
  static async getByPagination(
    context: RequestContext,
    options: { readonly limit?: number | null; readonly marker?: number | null } = {},
  ): Promise<ComputeNodeList> {
    return select(context, {
      limit: options.limit,
      ...(typeof options.marker === 'number' && { afterId: options.marker }),
    })
  }
}

const first = async (
  context: RequestContext,
  filter: ComputeNodeFilter,
  name: string,
): Promise<ComputeNode> => {
  const [row] = await selectComputeNodes(cellOf(context).kysely, filter)
  if (!row) throw new ComputeHostNotFound({ host: name })
  return ComputeNode.fromRow(context, row)
}

const select = async (
  context: RequestContext,
  filter: ComputeNodeFilter,
): Promise<ComputeNodeList> => {
  const rows = await selectComputeNodes(cellOf(context).kysely, filter)
  return ComputeNodeList.of(
    context,
    rows.map(row => ComputeNode.fromRow(context, row)),
  )
}

const parse = (text: string | null): unknown => (text ? JSON.parse(text) : null)

/** `[[arch, hv_type, vm_mode], …]` */
const hvSpecs = (context: RequestContext | null, text: string | null): readonly HVSpec[] => {
  const stored = parse(text)
  if (!Array.isArray(stored)) return []
  return stored.map((spec: readonly unknown[]) =>
    HVSpec.hydrate(context, { arch: spec[0], hv_type: spec[1], vm_mode: spec[2] }),
  )
}

const pciPools = (context: RequestContext | null, text: string | null): PciDevicePoolList => {
  const stored = parse(text)
  return isObjectPrimitive(stored)
    ? PciDevicePoolList.fromPrimitive(stored, context)
    : PciDevicePoolList.of(context, [])
}
