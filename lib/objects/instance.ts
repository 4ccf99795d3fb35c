import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import { extrasOf, saveInfoCache, systemMetadataValues } from '../db/queries/cell/instance-parts.js'
import {
  destroyInstance,
  type ExpectedStates,
  type InstanceExtraValues,
  type InstanceRow,
  insertInstance,
  instanceById,
  instanceByUuid,
  purgeInstance,
  replaceInstanceMetadata,
  replaceInstanceSystemMetadata,
  updateInstance,
  updateInstanceExtra,
} from '../db/queries/cell/instances.js'
import { type CellDb, cellValues } from '../db/queries/rows.js'
import {
  InstanceExists,
  InstanceNotFound,
  InstanceUpdateConflict,
  ObjectActionError,
  UnexpectedDeletingTaskStateError,
  UnexpectedTaskStateError,
  UnknownInstanceUpdateConflict,
} from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import { announceUpdate } from './announce.js'
import { NovaObject, novaObject, remotable, remotableClassMethod, toSnake } from './base/index.js'
import { instanceFields } from './instance-fields.js'
import { defaultInstanceAttrs, instanceValues, loadableInstanceAttrs } from './instance-loader.js'
import { InstancePCIRequests } from './instance-pci-requests.js'

/** One state, or several of which one must be there; null is "no task". */
export type ExpectedState = string | null | readonly (string | null)[]

export interface InstanceSaveOptions {
  /** Absent: any. */
  readonly expectedVmState?: ExpectedState | undefined
  readonly expectedTaskState?: ExpectedState | undefined
  readonly adminStateReset?: boolean | undefined
}

export interface InstanceReadOptions {
  /** Wire names: `flavor`, `system_metadata`, … Absent: metadata, system_metadata, info_cache, security_groups. */
  readonly expectedAttrs?: readonly string[] | null | undefined
  readonly useSlave?: boolean | undefined
}

/** Objects that are kept in a column of `instance_extra` as their primitive's JSON. */
const extraObjects = [
  'numa_topology',
  'vcpu_model',
  'device_metadata',
  'trusted_certs',
  'resources',
  'keypairs',
  'migration_context',
] as const

const flavorRoles = { flavor: 'cur', old_flavor: 'old', new_flavor: 'new' } as const

/** Tries of a save whose states seemed right but matched no row. */
const conflictTries = 3

/** A server. */
export class Instance extends novaObject('Instance', '2.7', instanceFields) {
  /** @throws InstanceNotFound */
  @remotableClassMethod(['uuid'], ['expected_attrs', 'use_slave'])
  static async getByUuid(
    context: RequestContext,
    uuid: string,
    options: InstanceReadOptions = {},
  ): Promise<Instance> {
    const row = await instanceByUuid(cellOf(context).kysely, uuid, context.readDeleted)
    if (!row) throw new InstanceNotFound({ instance_id: uuid })
    return Instance.fromRow(context, row, options)
  }

  /** @throws InstanceNotFound */
  @remotableClassMethod(['inst_id'], ['expected_attrs'])
  static async getById(
    context: RequestContext,
    id: number,
    options: InstanceReadOptions = {},
  ): Promise<Instance> {
    const row = await instanceById(cellOf(context).kysely, id, context.readDeleted)
    if (!row) throw new InstanceNotFound({ instance_id: id })
    return Instance.fromRow(context, row, options)
  }

  /** Why these are locked, by uuid; those of whom nobody said it are left out. */
  static async lockedReasons(
    context: RequestContext,
    instances: readonly Instance[],
  ): Promise<Map<string, string | null>> {
    const rows = await systemMetadataValues(
      cellOf(context).kysely,
      instances.map(({ uuid }) => uuid),
      'locked_reason',
      instances.some(instance => instance.get('deleted')),
    )
    return new Map(rows.map(({ instance_uuid, value }) => [instance_uuid ?? '', value]))
  }

  private static async fromRow(
    context: RequestContext,
    row: InstanceRow,
    options: InstanceReadOptions,
  ): Promise<Instance> {
    const attrs = options.expectedAttrs ?? defaultInstanceAttrs
    const [values] = await instanceValues(cellOf(context).kysely, context, [row], attrs)
    return Instance.hydrate(context, values ?? {})
  }

  /** @throws ObjectActionError when it is there already; InstanceExists */
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    if (!this.isSet('uuid')) this.uuid = randomUUID()
    const uuid = this.uuid
    const instance = {
      row: { ...cellValues('instances', this.changes()), uuid },
      extra: this.#newExtra(),
      networkInfo: this.get('infoCache')?.get('networkInfo') ?? '[]',
      metadata: this.get('metadata') ?? {},
      systemMetadata: this.get('systemMetadata') ?? {},
    }
    const database = cellOf(context)
    const attrs = defaultInstanceAttrs.filter(name => this.valueAt(name) !== undefined)
    try {
      await database.transaction(trx => insertInstance(trx, instance))
    } catch (error) {
      if (duplicateEntry(error)) throw new InstanceExists({ name: uuid })
      throw error
    }
    await this.#reload(database.kysely, context, attrs)
    this.resetChanges()
  }

  #newExtra(): InstanceExtraValues {
    const texts: Record<string, string | null> = {
      keypairs: null,
      ...Object.fromEntries(extraObjects.map(name => [name, this.#extraText(name)])),
    }
    return { ...texts, pci_requests: this.#pciRequestsText(), flavor: this.#flavorText(null) }
  }

  #extraText(name: string): string | null {
    const value = this.valueAt(name)
    return value instanceof NovaObject ? JSON.stringify(value.toPrimitive()) : null
  }

  #pciRequestsText(): string | null {
    const requests = this.get('pciRequests')
    return requests instanceof InstancePCIRequests ? requests.toStored() : null
  }

  /** The three flavors as one text; those that this object does not know come from `stored`. */
  #flavorText(stored: string | null): string | null {
    const known: unknown = stored ? JSON.parse(stored) : {}
    const merged: Record<string, unknown> = { cur: null, old: null, new: null }
    for (const [field, role] of Object.entries(flavorRoles)) {
      const flavor = this.valueAt(field)
      merged[role] =
        flavor === undefined
          ? (Reflect.get(Object(known), role) ?? null)
          : flavor instanceof NovaObject
            ? flavor.toPrimitive()
            : null
    }
    return merged.cur ? JSON.stringify(merged) : null
  }

  /**
   * Writes what changed, if the row is in one of the expected states.
   *
   * @throws InstanceNotFound, UnexpectedDeletingTaskStateError, UnexpectedTaskStateError,
   *   InstanceUpdateConflict, UnknownInstanceUpdateConflict
   */
  @remotable([], ['expected_vm_state', 'expected_task_state', 'admin_state_reset'])
  async save(options: InstanceSaveOptions = {}): Promise<void> {
    const context = this.requireContext('save')
    const changed = this.changedFields()
    const expected: ExpectedStates = {
      ...(options.expectedVmState !== undefined && {
        vm_state: statesOf(options.expectedVmState),
      }),
      ...(options.expectedTaskState !== undefined && {
        task_state: statesOf(options.expectedTaskState),
      }),
    }
    const guarded = expected.vm_state !== undefined || expected.task_state !== undefined
    if (changed.size === 0 && !guarded) return

    const { uuid } = this
    const database = cellOf(context)
    const row = {
      ...cellValues('instances', this.changes()),
      // One that can still be restored has a time of its deletion, and lives.
      ...(changed.has('deleted_at') && { deleted_at: this.deletedAt }),
    }
    const { notifications } = context.services
    // Who has read it as deleted may write down what was done about what it left.
    const evenDeleted = context.readDeleted !== 'no' && this.get('deleted') === true
    let before: InstanceRow | undefined
    for (let tries = 1; ; tries++) {
      const saved = await database.transaction(async trx => {
        if (notifications?.tellsUpdates) before = await instanceByUuid(trx, uuid, 'no')
        if (!(await updateInstance(trx, uuid, row, expected, evenDeleted))) {
          await conflict(trx, uuid, expected, tries < conflictTries)
          return null
        }
        await this.#saveParts(trx, changed)
        return (await instanceByUuid(trx, uuid, evenDeleted ? 'yes' : 'no')) ?? null
      })
      if (!saved) continue
      this.assign(withDeletedFlag(saved))
      break
    }
    this.resetChanges()
    for (const part of [this.get('infoCache'), ...extraObjects.map(name => this.valueAt(name))]) {
      if (part instanceof NovaObject) part.resetChanges()
    }
    if (before) await announceUpdate(context, this, before)
  }

  async #saveParts(trx: CellDb, changed: ReadonlySet<string>): Promise<void> {
    const { uuid } = this
    if (changed.has('metadata')) await replaceInstanceMetadata(trx, uuid, this.metadata)
    if (changed.has('system_metadata')) {
      await replaceInstanceSystemMetadata(trx, uuid, this.systemMetadata)
    }
    const cache = this.get('infoCache')
    if (cache?.changedFields().has('network_info')) {
      await saveInfoCache(trx, uuid, cache.networkInfo)
    }
    const extra: Record<string, string | null> = {}
    for (const name of extraObjects) if (changed.has(name)) extra[name] = this.#extraText(name)
    if (changed.has('pci_requests')) extra.pci_requests = this.#pciRequestsText()
    if (Object.keys(flavorRoles).some(name => changed.has(name))) {
      const [stored] = await extrasOf(trx, [uuid], ['flavor'])
      extra.flavor = this.#flavorText(stored?.flavor ?? null)
    }
    if (Object.keys(extra).length > 0) await updateInstanceExtra(trx, uuid, extra)
  }

  /**
   * Soft-deletes the row and what belongs to it.
   *
   * @throws ObjectActionError when it was never created, or gets a host meanwhile
   * @throws InstanceNotFound
   */
  @remotable([], ['hard_delete'])
  async destroy(options: { readonly hardDelete?: boolean } = {}): Promise<void> {
    const context = this.requireContext('destroy')
    if (!this.isSet('id')) {
      throw new ObjectActionError({ action: 'destroy', reason: 'already destroyed' })
    }
    const { uuid } = this
    // An instance without a host is deleted by others than its host: it must not get one meanwhile.
    const onlyWithoutHost = !this.get('host')
    const database = cellOf(context)
    const row = await database.transaction(async trx => {
      const destroy = options.hardDelete ? purgeInstance : destroyInstance
      if (!(await destroy(trx, uuid, onlyWithoutHost))) {
        if (!(await instanceByUuid(trx, uuid, 'no'))) {
          throw new InstanceNotFound({ instance_id: uuid })
        }
        throw new ObjectActionError({ action: 'destroy', reason: 'host changed' })
      }
      return instanceByUuid(trx, uuid, 'yes')
    })
    if (row) this.assign(withDeletedFlag(row))
    this.resetChanges()
    this.unset('id')
  }

  /** Reads the row again, with those of its attributes that are loaded; drops what was changed here. */
  @remotable([], ['use_slave'])
  async refresh(_options: { readonly useSlave?: boolean } = {}): Promise<void> {
    const context = this.requireContext('refresh')
    const attrs = [...loadableInstanceAttrs].filter(name => this.valueAt(name) !== undefined)
    await this.#reload(cellOf(context).kysely, context, attrs)
    this.resetChanges({ recursive: true })
  }

  async #reload(db: CellDb, context: RequestContext, attrs: readonly string[]): Promise<void> {
    const row = await instanceByUuid(db, this.uuid, context.readDeleted)
    if (!row) throw new InstanceNotFound({ instance_id: this.uuid })
    const [values] = await instanceValues(db, context, [row], attrs)
    this.assign(values ?? {})
  }

  /** Removes one key of the metadata, here and in the row. */
  @remotable(['key'])
  async deleteMetadataKey(key: string): Promise<void> {
    const context = this.requireContext('delete_metadata_key')
    const metadata = Object.fromEntries(
      Object.entries(this.metadata).filter(([name]) => name !== key),
    )
    await cellOf(context).transaction(trx => replaceInstanceMetadata(trx, this.uuid, metadata))
    const touched = this.changedFields().has('metadata')
    this.assign({ metadata })
    if (!touched) this.resetChanges({ fields: ['metadata'] })
  }

  @remotable()
  async dropMigrationContext(): Promise<void> {
    const context = this.requireContext('drop_migration_context')
    await cellOf(context).transaction(trx =>
      updateInstanceExtra(trx, this.uuid, { migration_context: null }),
    )
    this.assign({ migration_context: null })
    this.resetChanges({ fields: ['migration_context'] })
  }

  /**
   * Makes sure that these attributes (accessor names) are loaded: `await instance.load('flavor')`.
   * Those that are set already are left as they are.
   *
   * @throws ObjectActionError for a field that nothing can load
   */
  async load(...names: readonly (keyof typeof lazyAttrs)[]): Promise<this> {
    const missing = names.map(toSnake).filter(name => this.valueAt(name) === undefined)
    if (missing.length === 0) return this
    const context = this.requireContext('obj_load_attr')
    const reading = context.with({ readDeleted: 'yes' })
    const loaded = await Instance.getByUuid(reading, this.uuid, { expectedAttrs: missing })
    const values = missing.map(name => [name, loaded.valueAt(name)] as const)
    for (const [name, value] of values) {
      if (value === undefined) {
        throw new ObjectActionError({
          action: 'obj_load_attr',
          reason: `attribute ${name} not lazy-loadable`,
        })
      }
    }
    return this.assign(Object.fromEntries(values))
  }
}

/** What `load` takes. */
const lazyAttrs = {
  metadata: true,
  systemMetadata: true,
  infoCache: true,
  securityGroups: true,
  tags: true,
  pciDevices: true,
  fault: true,
  services: true,
  flavor: true,
  oldFlavor: true,
  newFlavor: true,
  numaTopology: true,
  pciRequests: true,
  vcpuModel: true,
  deviceMetadata: true,
  trustedCerts: true,
  migrationContext: true,
  keypairs: true,
  resources: true,
} as const

const statesOf = (expected: ExpectedState): readonly (string | null)[] =>
  expected === null || typeof expected === 'string' ? [expected] : expected

/** Says why no row matched; comes back when no reason can be seen and another try is worth it. */
const conflict = async (
  trx: CellDb,
  uuid: string,
  expected: ExpectedStates,
  mayRetry: boolean,
): Promise<void> => {
  const row = await instanceByUuid(trx, uuid, 'no')
  if (!row) throw new InstanceNotFound({ instance_id: uuid })
  const differing = (['vm_state', 'task_state'] as const).filter(
    name => expected[name] && !expected[name].includes(row[name]),
  )
  const kwargs = {
    instance_uuid: uuid,
    expected: Object.fromEntries(differing.map(name => [name, expected[name]])),
    actual: Object.fromEntries(differing.map(name => [name, row[name]])),
  }
  if (differing.includes('task_state')) {
    throw row.task_state === 'deleting'
      ? new UnexpectedDeletingTaskStateError(conflictText(kwargs), kwargs)
      : new UnexpectedTaskStateError(conflictText(kwargs), kwargs)
  }
  if (differing.length > 0) throw new InstanceUpdateConflict(conflictText(kwargs), kwargs)
  if (!mayRetry) throw new UnknownInstanceUpdateConflict(kwargs)
}

const conflictText = (kwargs: {
  readonly instance_uuid: string
  readonly expected: object
  readonly actual: object
}): string =>
  `Conflict updating instance ${kwargs.instance_uuid}. Expected: ${JSON.stringify(kwargs.expected)}. Actual: ${JSON.stringify(kwargs.actual)}`
