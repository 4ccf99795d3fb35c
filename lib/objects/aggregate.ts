import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import {
  type AggregateFilter,
  deleteAggregate,
  deleteAggregateHost,
  hostsOfAggregates,
  insertAggregate,
  insertAggregateHost,
  mergeAggregateMetadata,
  metadataOfAggregates,
  selectAggregates,
  updateAggregate,
} from '../db/queries/api/aggregates.js'
import {
  AggregateHostExists,
  AggregateHostNotFound,
  AggregateNameExists,
  AggregateNotFound,
  ObjectActionError,
} from '../exception/index.js'
import { apiOf } from './access.js'
import { announce } from './announce.js'
import {
  dictOf,
  integer,
  listOf,
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { persistentFields } from './persistent.js'

export class Aggregate extends novaObject('Aggregate', '1.3', {
  id: integer(),
  uuid: uuid(),
  name: string(),
  hosts: listOf(string())({ nullable: true }),
  metadata: dictOf(string())({ nullable: true }),
  ...persistentFields(),
}) {
  /** @throws AggregateNotFound */
  @remotableClassMethod(['aggregate_id'])
  static async getById(context: RequestContext, id: number): Promise<Aggregate> {
    const [aggregate] = await select(context, { id })
    if (!aggregate) throw new AggregateNotFound({ aggregate_id: id })
    return aggregate
  }

  /** @throws AggregateNotFound */
  @remotableClassMethod(['aggregate_uuid'])
  static async getByUuid(context: RequestContext, uuid: string): Promise<Aggregate> {
    const [aggregate] = await select(context, { uuid })
    if (!aggregate) throw new AggregateNotFound({ aggregate_id: uuid })
    return aggregate
  }

  /** The zone that its metadata names, or null. */
  get availabilityZone(): string | null {
    return this.get('metadata')?.availability_zone ?? null
  }

  /** @throws AggregateNameExists */
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    if (this.isSet('hosts')) {
      throw new ObjectActionError({ action: 'create', reason: 'hosts assigned' })
    }
    const { name } = this
    const uuid = this.get('uuid') ?? randomUUID()
    const metadata = this.get('metadata') ?? {}
    this.uuid = uuid
    const extra = { name, ...(Object.keys(metadata).length > 0 ? { meta_data: metadata } : {}) }
    await announce(context, 'aggregate.create.start', { aggregate: this, extra })
    try {
      const row = await apiOf(context).transaction(trx =>
        insertAggregate(trx, { uuid, name }, metadata),
      )
      this.assign({ ...row, ...alive, hosts: [], metadata }).resetChanges()
    } catch (error) {
      if (duplicateEntry(error)) throw new AggregateNameExists({ aggregate_name: name })
      throw error
    }
    await announce(context, 'aggregate.create.end', { aggregate: this, extra })
  }

  /** The name is what may change so. @throws AggregateNotFound, AggregateNameExists */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    if (this.changedFields().has('hosts')) {
      throw new ObjectActionError({ action: 'save', reason: 'hosts updated' })
    }
    const { id, name } = this
    await announce(context, 'aggregate.update_prop.start', { aggregate: this })
    try {
      const row = await apiOf(context).transaction(trx => updateAggregate(trx, id, { name }))
      if (!row) throw new AggregateNotFound({ aggregate_id: id })
      this.assign({ ...row }).resetChanges()
    } catch (error) {
      if (duplicateEntry(error)) throw new AggregateNameExists({ aggregate_name: name })
      throw error
    }
    await announce(context, 'aggregate.update_prop.end', { aggregate: this })
  }

  /** Sets keys; null removes one. */
  @remotable(['updates'])
  async updateMetadata(updates: Readonly<Record<string, string | null>>): Promise<void> {
    const context = this.requireContext('update_metadata')
    const subject = { aggregate: this, extra: { meta_data: updates } }
    await announce(context, 'aggregate.update_metadata.start', subject)
    await apiOf(context).transaction(trx => mergeAggregateMetadata(trx, this.id, updates))
    const merged = Object.entries({ ...this.get('metadata'), ...updates })
    this.assign({ metadata: Object.fromEntries(merged.filter(([, value]) => value !== null)) })
    this.resetChanges({ fields: ['metadata'] })
    await announce(context, 'aggregate.update_metadata.end', subject)
  }

  /** @throws AggregateHostExists */
  @remotable(['host'])
  async addHost(host: string): Promise<void> {
    const context = this.requireContext('add_host')
    try {
      await insertAggregateHost(apiOf(context).kysely, this.id, host)
    } catch (error) {
      if (!duplicateEntry(error)) throw error
      throw new AggregateHostExists({ host, aggregate_id: this.id })
    }
    this.assign({ hosts: [...(this.get('hosts') ?? []), host] })
    this.resetChanges({ fields: ['hosts'] })
  }

  /** @throws AggregateHostNotFound */
  @remotable(['host'])
  async deleteHost(host: string): Promise<void> {
    const context = this.requireContext('delete_host')
    if (!(await deleteAggregateHost(apiOf(context).kysely, this.id, host))) {
      throw new AggregateHostNotFound({ host, aggregate_id: this.id })
    }
    this.assign({ hosts: (this.get('hosts') ?? []).filter(one => one !== host) })
    this.resetChanges({ fields: ['hosts'] })
  }

  /** @throws AggregateNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    if (!(await apiOf(context).transaction(trx => deleteAggregate(trx, this.id)))) {
      throw new AggregateNotFound({ aggregate_id: this.id })
    }
  }
}

export class AggregateList extends novaObjectList('AggregateList', '1.3', () => Aggregate) {
  @remotableClassMethod()
  static async getAll(context: RequestContext): Promise<AggregateList> {
    return AggregateList.of(context, await select(context, {}))
  }

  /** Those of a host; with a key, those that have it in their metadata. */
  @remotableClassMethod(['host'], ['key'])
  static async getByHost(
    context: RequestContext,
    host: string,
    options: { readonly key?: string | null } = {},
  ): Promise<AggregateList> {
    const { key } = options
    return AggregateList.of(context, await select(context, { host, ...(key && { key }) }))
  }

  @remotableClassMethod(['key'], ['hosts'])
  static async getByMetadataKey(
    context: RequestContext,
    key: string,
    options: { readonly hosts?: readonly string[] | null } = {},
  ): Promise<AggregateList> {
    const all = await select(context, { key })
    const { hosts } = options
    return AggregateList.of(
      context,
      hosts ? all.filter(one => one.hosts?.some(host => hosts.includes(host))) : all,
    )
  }

  @remotableClassMethod([], ['key', 'value'])
  static async getByMetadata(
    context: RequestContext,
    options: { readonly key?: string | null; readonly value?: string | null } = {},
  ): Promise<AggregateList> {
    const { key, value } = options
    return AggregateList.of(
      context,
      await select(context, { ...(key && { key }), ...(value && { value }) }),
    )
  }
}

/** Aggregates know no soft delete, but their objects have its fields. */
const alive = { deleted: false, deleted_at: null }

/** With hosts and metadata: three queries, however many there are. */
const select = async (context: RequestContext, filter: AggregateFilter): Promise<Aggregate[]> => {
  const db = apiOf(context).kysely
  const rows = await selectAggregates(db, filter)
  const ids = rows.map(row => row.id)
  const [hosts, metadata] = await Promise.all([
    hostsOfAggregates(db, ids),
    metadataOfAggregates(db, ids),
  ])
  return rows.map(row =>
    Aggregate.hydrate(context, {
      ...row,
      ...alive,
      hosts: hosts.filter(one => one.aggregate_id === row.id).map(one => one.host),
      metadata: Object.fromEntries(
        metadata.filter(one => one.aggregate_id === row.id).map(one => [one.key, one.value]),
      ),
    }),
  )
}
