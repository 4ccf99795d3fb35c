import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import { zonesOfHosts } from '../db/queries/api/aggregates.js'
import {
  computeServicesOfHosts,
  deleteService,
  insertService,
  minimumServiceVersions,
  type ServiceFilter,
  selectServices,
  updateService,
} from '../db/queries/cell/services.js'
import {
  HostBinaryNotFound,
  ObjectActionError,
  ServiceBinaryExists,
  ServiceNotFound,
  ServiceTooOld,
  ServiceTopicExists,
} from '../exception/index.js'
import { apiOf, cellOf, withDeletedFlag } from './access.js'
import { announce } from './announce.js'
import {
  boolean,
  dateTime,
  integer,
  novaObject,
  novaObjectList,
  object,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { ComputeNode } from './compute-node.js'
import { persistentFields } from './persistent.js'

export class Service extends novaObject('Service', '1.22', {
  id: integer({ readOnly: true }),
  uuid: uuid({ since: '1.21' }),
  host: string({ nullable: true }),
  binary: string({ nullable: true }),
  topic: string({ nullable: true }),
  report_count: integer(),
  disabled: boolean(),
  disabled_reason: string({ nullable: true }),
  availability_zone: string({ nullable: true }),
  compute_node: object(() => ComputeNode)(),
  last_seen_up: dateTime({ nullable: true, since: '1.13' }),
  forced_down: boolean({ since: '1.14' }),
  version: integer({ since: '1.16' }),
  ...persistentFields(),
}) {
  /** @throws ServiceNotFound */
  @remotableClassMethod(['service_id'])
  static async getById(context: RequestContext, id: number): Promise<Service> {
    return found(await one(context, { id }), id)
  }

  /** @throws ServiceNotFound */
  @remotableClassMethod(['service_uuid'])
  static async getByUuid(context: RequestContext, uuid: string): Promise<Service> {
    return found(await one(context, { uuid }), uuid)
  }

  @remotableClassMethod(['host', 'topic'])
  static async getByHostAndTopic(
    context: RequestContext,
    host: string,
    topic: string,
  ): Promise<Service | null> {
    return one(context, { host, topic, disabled: false })
  }

  @remotableClassMethod(['host', 'binary'])
  static async getByHostAndBinary(
    context: RequestContext,
    host: string,
    binary: string,
  ): Promise<Service | null> {
    return one(context, { host, binary })
  }

  /** @throws HostBinaryNotFound */
  @remotableClassMethod(['host', 'binary'])
  static async getByArgs(context: RequestContext, host: string, binary: string): Promise<Service> {
    const service = await one(context, { host, binary })
    if (!service) throw new HostBinaryNotFound({ host, binary })
    return service
  }

  /** The host's nova-compute. */
  @remotableClassMethod(['host'], ['use_slave'])
  static async getByComputeHost(
    context: RequestContext,
    host: string,
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<Service | null> {
    return one(context, { host, binary: 'nova-compute' })
  }

  /** Of the live services of a binary in this cell; 0 when there are none. */
  @remotableClassMethod(['binary'], ['use_slave'])
  static async getMinimumVersion(
    context: RequestContext,
    binary: string,
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<number> {
    const versions = await minimumServiceVersions(cellOf(context).kysely, [binary])
    return versions.get(binary) ?? 0
  }

  /** The lowest of several binaries; 0 when any of them has none. */
  @remotableClassMethod(['binaries'], ['use_slave'])
  static async getMinimumVersionMulti(
    context: RequestContext,
    binaries: readonly string[],
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<number> {
    const versions = await minimumServiceVersions(cellOf(context).kysely, binaries)
    return Math.min(...binaries.map(binary => versions.get(binary) ?? 0))
  }

  /**
   * @throws ServiceBinaryExists, ServiceTopicExists when the host has a live one
   * @throws ServiceTooOld beside others of its kind that are all newer
   */
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    await this.#checkVersion(context)
    if (!this.isSet('uuid')) this.uuid = randomUUID()
    const database = cellOf(context)
    try {
      const id = await database.transaction(trx =>
        insertService(trx, { ...this.changes(), uuid: this.uuid }),
      )
      const [row] = await selectServices(database.kysely, { id })
      if (row) this.assign(withDeletedFlag(row))
    } catch (error) {
      const duplicate = duplicateEntry(error)
      if (!duplicate) throw error
      const host = this.get('host')
      throw duplicate.columns.includes('topic')
        ? new ServiceTopicExists({ host, topic: this.get('topic') })
        : new ServiceBinaryExists({ host, binary: this.get('binary') })
    }
    this.resetChanges()
    await announce(context, 'service.create', { service: this })
  }

  /** A beat of the heart is a save with another `reportCount`. @throws ServiceNotFound, ServiceTooOld */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const changes = this.changes()
    if ('version' in changes) await this.#checkVersion(context)
    const row = await cellOf(context).transaction(trx => updateService(trx, this.id, changes))
    if (!row) throw new ServiceNotFound({ service_id: this.id })
    this.assign(withDeletedFlag(row)).resetChanges()
    if (toldFields.some(name => name in changes)) {
      await announce(context, 'service.update', { service: this })
    }
  }

  /** @throws ServiceNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    if (!(await cellOf(context).transaction(trx => deleteService(trx, this.id)))) {
      throw new ServiceNotFound({ service_id: this.id })
    }
    await announce(context, 'service.delete', { service: this })
  }

  /** One that was left behind, and comes back by accident, must not pull the others down. */
  async #checkVersion(context: RequestContext): Promise<void> {
    const { binary, version } = { binary: this.get('binary'), version: this.get('version') }
    if (!binary || version === undefined) return
    const minimum = await Service.getMinimumVersion(context, binary)
    if (minimum > version) throw new ServiceTooOld({ thisver: version, minver: minimum })
  }
}

/** Fields whose change is told of: not the heartbeat. */
const toldFields: readonly string[] = ['disabled', 'disabled_reason', 'forced_down']

export class ServiceList extends novaObjectList('ServiceList', '1.19', () => Service) {
  @remotableClassMethod(['topic'])
  static async getByTopic(context: RequestContext, topic: string): Promise<ServiceList> {
    return many(context, { topic, disabled: false })
  }

  @remotableClassMethod(['binary'], ['include_disabled'])
  static async getByBinary(
    context: RequestContext,
    binary: string,
    options: { readonly includeDisabled?: boolean } = {},
  ): Promise<ServiceList> {
    return many(context, { binary, ...(!options.includeDisabled && { disabled: false }) })
  }

  @remotableClassMethod(['host'])
  static async getByHost(context: RequestContext, host: string): Promise<ServiceList> {
    return many(context, { host })
  }

  @remotableClassMethod(['hosts'])
  static async getComputesByHosts(
    context: RequestContext,
    hosts: readonly string[],
  ): Promise<ServiceList> {
    const rows = await computeServicesOfHosts(cellOf(context).kysely, hosts)
    return ServiceList.of(
      context,
      rows.map(row => Service.hydrate(context, withDeletedFlag(row))),
    )
  }

  /** `setZones` fills in `availabilityZone` from the aggregates; hosts in none get null. */
  @remotableClassMethod([], ['disabled', 'set_zones'])
  static async getAll(
    context: RequestContext,
    options: { readonly disabled?: boolean | null; readonly setZones?: boolean } = {},
  ): Promise<ServiceList> {
    const list = await many(context, { disabled: options.disabled })
    if (options.setZones) {
      const zones = await zonesOfHosts(apiOf(context).kysely)
      for (const service of list) {
        service.assign({ availability_zone: zones.get(service.host ?? '') ?? null })
      }
    }
    return list
  }
}

const one = async (context: RequestContext, filter: ServiceFilter): Promise<Service | null> => {
  const [row] = await selectServices(cellOf(context).kysely, filter)
  return row ? Service.hydrate(context, withDeletedFlag(row)) : null
}

const found = (service: Service | null, id: number | string): Service => {
  if (!service) throw new ServiceNotFound({ service_id: id })
  return service
}

const many = async (context: RequestContext, filter: ServiceFilter): Promise<ServiceList> => {
  const rows = await selectServices(cellOf(context).kysely, filter)
  return ServiceList.of(
    context,
    rows.map(row => Service.hydrate(context, withDeletedFlag(row))),
  )
}
