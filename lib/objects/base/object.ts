import type { RequestContext } from '../../context/index.js'
import { NovaException, OrphanedObjectError } from '../../exception/index.js'
import {
  FieldNotSetError,
  FieldValueError,
  IncompatibleObjectVersion,
  InvalidTargetVersion,
  ReadOnlyFieldError,
  UnsupportedObjectError,
} from './errors.js'
import { CoercionError, type FieldTable, type ValueOf } from './fields.js'
import type { CamelCase } from './naming.js'
import { type Downgrade, type FieldEntry, ObjectType } from './object-type.js'
import { compareVersions, isReadable, type VersionManifest } from './versions.js'

/** An object as it travels (contract: "Primitive form"). */
export interface ObjectPrimitive {
  readonly 'nova_object.name': string
  readonly 'nova_object.namespace': string
  readonly 'nova_object.version': string
  readonly 'nova_object.data': Readonly<Record<string, unknown>>
  readonly 'nova_object.changes'?: readonly string[]
}

export const isObjectPrimitive = (value: unknown): value is ObjectPrimitive =>
  typeof value === 'object' &&
  value !== null &&
  'nova_object.name' in value &&
  'nova_object.data' in value

/** Field values by accessor; an unset field has no key. */
export type ValuesOf<F extends FieldTable> = {
  [K in keyof F & string as CamelCase<K>]: ValueOf<F[K]>
}

/** What `novaObject` adds to {@link NovaObject}: the accessors, and methods that know their names. */
export type Fielded<F extends FieldTable> = ValuesOf<F> & FieldMethods<ValuesOf<F>>

interface FieldMethods<V> {
  /** Whether all these fields are set (null is a value). */
  isSet(...names: readonly (keyof V & string)[]): boolean
  /** The value, or undefined when unset. */
  get<K extends keyof V & string>(name: K): V[K] | undefined
}

/** A class that `novaObject` made, or one that extends it. */
export interface NovaObjectClass<T extends NovaObject = NovaObject> {
  new (context?: RequestContext | null): T
  readonly objectType: ObjectType
  fromPrimitive<O extends NovaObject>(
    this: NovaObjectClass<O>,
    primitive: unknown,
    context: RequestContext | null,
  ): O
  hydrate<O extends NovaObject>(
    this: NovaObjectClass<O>,
    context: RequestContext | null,
    values: Readonly<Record<string, unknown>>,
  ): O
}

export interface NovaObjectStatics<F extends FieldTable> {
  readonly objectType: ObjectType
  /**
   * Reads a primitive of this class, of the same or a lower minor version.
   *
   * @throws UnsupportedObjectError, IncompatibleObjectVersion, FieldValueError
   */
  fromPrimitive<T extends NovaObject>(
    this: NovaObjectClass<T>,
    primitive: unknown,
    context: RequestContext | null,
  ): T
  /** An object as read from the database: `values` by wire name, nothing counts as changed. */
  hydrate<T extends NovaObject>(
    this: NovaObjectClass<T>,
    context: RequestContext | null,
    values: Readonly<Record<string, unknown>>,
  ): T
  new (context?: RequestContext | null, values?: Partial<ValuesOf<F>>): Fielded<F> & NovaObject
}

/**
 * The root of the nouns: values in slots by field, unset told from null, changes counted, nested
 * changes included.
 */
export abstract class NovaObject {
  static readonly objectType: ObjectType

  readonly #values: unknown[]
  /** null: nothing. Most objects of a list never change, and a set for each of them is what they would weigh most. */
  #changed: Set<string> | null = null
  #context: RequestContext | null

  constructor(context: RequestContext | null = null, values?: Readonly<Record<string, unknown>>) {
    const { objectType } = new.target as typeof NovaObject
    this.#values = new Array(objectType.fields.length).fill(undefined)
    this.#context = context
    if (!values) return
    for (const [accessor, value] of Object.entries(values)) {
      if (value === undefined) continue
      const entry = objectType.byAccessor.get(accessor)
      if (!entry) {
        throw new FieldValueError({
          object: objectType.name,
          field: accessor,
          problem: 'there is no such field',
        })
      }
      this.write(entry, value)
    }
  }

  get objectType(): ObjectType {
    return (this.constructor as typeof NovaObject).objectType
  }

  /** Who this object works for; null: for nobody, and it can neither load nor save. */
  get context(): RequestContext | null {
    return this.#context
  }

  /** Binds the object (not what is nested in it) to another context. */
  bind(context: RequestContext | null): this {
    this.#context = context
    return this
  }

  /** @throws OrphanedObjectError */
  requireContext(method: string): RequestContext {
    if (!this.#context) {
      throw new OrphanedObjectError({ method, objtype: this.objectType.name })
    }
    return this.#context
  }

  isSet(...names: readonly string[]): boolean {
    return names.every(name => this.#values[this.#entry(name).index] !== undefined)
  }

  get(name: string): unknown {
    return this.#values[this.#entry(name).index]
  }

  #entry(accessor: string): FieldEntry {
    const entry = this.objectType.byAccessor.get(accessor)
    if (!entry) {
      throw new FieldValueError({
        object: this.objectType.name,
        field: accessor,
        problem: 'there is no such field',
      })
    }
    return entry
  }

  /** For accessors. @throws FieldNotSetError */
  read(entry: FieldEntry): unknown {
    const value = this.#values[entry.index]
    if (value === undefined) {
      throw new FieldNotSetError({ field: entry.wire, object: this.objectType.name })
    }
    return value
  }

  /** For accessors: coerces, and counts as a change when the value differs. */
  write(entry: FieldEntry, value: unknown): void {
    const before = this.#values[entry.index]
    if (entry.field.readOnly && before !== undefined) {
      throw new ReadOnlyFieldError({ field: entry.wire, object: this.objectType.name })
    }
    const after = this.#coerce(entry, value)
    if (before === undefined || !sameValue(entry, before, after)) this.#count(entry.wire)
    this.#values[entry.index] = after
  }

  #count(wire: string): void {
    this.#changed ??= new Set()
    this.#changed.add(wire)
  }

  #coerce(entry: FieldEntry, value: unknown): unknown {
    const { field } = entry
    if (value === null) {
      if (field.nullable) return null
      if (field.default !== undefined) return field.default
      throw this.#misfit(entry, 'cannot be null')
    }
    try {
      return field.type.coerce(value)
    } catch (error) {
      throw error instanceof CoercionError ? this.#misfit(entry, error.message, error) : error
    }
  }

  #misfit(entry: FieldEntry, problem: string, cause?: Error): FieldValueError {
    const error = new FieldValueError({
      object: this.objectType.name,
      field: entry.wire,
      problem,
    })
    error.cause = cause
    return error
  }

  /**
   * Sets fields by wire name without counting changes; keys that are no field are ignored. A null
   * that a row has and the field cannot leaves the field unset.
   */
  assign(values: Readonly<Record<string, unknown>>): this {
    const { fields } = this.objectType
    const given = this.objectType.pick(values)
    for (let at = 0; at < fields.length; at++) {
      const value = given[at]
      if (value === undefined) continue
      const entry = fields[at] as FieldEntry
      const unfit = value === null && entry.refusesNull
      this.#values[at] = unfit ? undefined : this.#coerce(entry, value)
    }
    return this
  }

  /** Forgets a field's value: as if it had never been set. */
  unset(...names: readonly string[]): void {
    for (const name of names) {
      const entry = this.#entry(name)
      this.#values[entry.index] = undefined
      this.#changed?.delete(entry.wire)
    }
  }

  /** Gives unset fields their defaults: those named (by accessor), or all that have one. */
  setDefaults(...names: readonly string[]): this {
    const entries = names.length === 0 ? this.objectType.fields : names.map(n => this.#entry(n))
    for (const entry of entries) {
      if (entry.field.default === undefined || this.#values[entry.index] !== undefined) continue
      this.write(entry, entry.field.default)
    }
    return this
  }

  /** Wire names of the fields that were changed, or hold an object that was (`obj_what_changed`). */
  changedFields(): ReadonlySet<string> {
    const changed = new Set(this.#changed)
    for (const entry of this.objectType.nestedFields) {
      const value = this.#values[entry.index]
      if (value === undefined || value === null) continue
      if (entry.field.type.hasChanges?.(value)) changed.add(entry.wire)
    }
    return changed
  }

  hasChanges(): boolean {
    if (this.#changed?.size) return true
    for (const { index, field } of this.objectType.nestedFields) {
      const value = this.#values[index]
      if (value !== undefined && value !== null && field.type.hasChanges?.(value)) return true
    }
    return false
  }

  /** The changed fields' values by wire name (`obj_get_changes`). */
  changes(): Record<string, unknown> {
    const changes: Record<string, unknown> = {}
    for (const name of this.changedFields()) changes[name] = this.valueAt(name)
    return changes
  }

  /** A field's value by wire name; undefined when unset or unknown. */
  valueAt(wire: string): unknown {
    const entry = this.objectType.byWire.get(wire)
    return entry && this.#values[entry.index]
  }

  /**
   * Nothing counts as changed any more; what is nested keeps its own count unless `recursive`.
   *
   * @param fields  wire names; only these are reset
   */
  resetChanges(
    options: { readonly fields?: readonly string[]; readonly recursive?: boolean } = {},
  ): this {
    const { fields, recursive = false } = options
    if (fields) for (const name of fields) this.#changed?.delete(name)
    else this.#changed = null
    if (!recursive) return this
    for (const entry of this.objectType.nestedFields) {
      if (fields && !fields.includes(entry.wire)) continue
      const value = this.#values[entry.index]
      if (value !== undefined && value !== null) entry.field.type.resetChanges?.(value)
    }
    return this
  }

  /** Counts exactly these fields as changed: what a caller learns from the conductor. */
  replaceChanges(wireNames: Iterable<string>): void {
    this.#changed = null
    for (const name of wireNames) if (this.objectType.byWire.has(name)) this.#count(name)
  }

  /**
   * The object as it travels.
   *
   * @param target  a version of this object, or the versions its reader knows, by object name
   * @throws InvalidTargetVersion when the target is newer than this class
   */
  toPrimitive(target?: string | VersionManifest): ObjectPrimitive {
    const { objectType } = this
    const manifest = typeof target === 'string' ? { [objectType.name]: target } : target
    const version = manifest?.[objectType.name] ?? objectType.version
    const older = version !== objectType.version
    if (older && compareVersions(version, objectType.version) > 0) {
      throw new InvalidTargetVersion({
        objname: objectType.name,
        version,
        supported: objectType.version,
      })
    }
    const data: Record<string, unknown> = {}
    for (const entry of objectType.fields) {
      const { index, wire } = entry
      const value = this.#values[index]
      if (value === undefined) continue
      data[wire] = primitiveOf(entry, value, manifest)
    }
    if (older) objectType.makeCompatible(data, version)
    const primitive = {
      'nova_object.name': objectType.name,
      'nova_object.namespace': 'nova',
      'nova_object.version': version,
      'nova_object.data': data,
    }
    if (!this.hasChanges()) return primitive
    const changes = [...this.changedFields()].filter(name => name in data)
    return changes.length > 0 ? { ...primitive, 'nova_object.changes': changes } : primitive
  }

  static readonly fromPrimitive = fromPrimitive

  static readonly hydrate = hydrate

  /** Sets fields from primitive values by wire name; what is no field is ignored. */
  readPrimitive(data: Readonly<Record<string, unknown>>): void {
    const { fields } = this.objectType
    const given = this.objectType.pick(data)
    for (let at = 0; at < fields.length; at++) {
      const primitive = given[at]
      if (primitive === undefined) continue
      const entry = fields[at] as FieldEntry
      const { type } = entry.field
      if (primitive === null || !type.fromPrimitive) {
        this.#values[entry.index] = this.#coerce(entry, primitive)
        continue
      }
      try {
        this.#values[entry.index] = type.fromPrimitive(primitive, this.#context)
      } catch (error) {
        throw error instanceof CoercionError ? this.#misfit(entry, error.message, error) : error
      }
    }
  }

  /** An independent copy, changes and all. */
  clone(context: RequestContext | null = this.#context): this {
    const type = this.constructor as NovaObjectClass<this>
    const primitive = this.toPrimitive()
    const copy = new type(context)
    copy.readPrimitive(primitive['nova_object.data'])
    copy.replaceChanges(this.#changed ?? [])
    return copy
  }

  /** The values now, to be given to {@link updatesSince}. Values are replaced, never changed in place. */
  snapshot(): readonly unknown[] {
    return [...this.#values]
  }

  /**
   * Primitives, by wire name, of the fields that differ from the snapshot. Fields that hold objects
   * are always among them: what is inside may have changed.
   */
  updatesSince(snapshot: readonly unknown[]): Record<string, unknown> {
    const updates: Record<string, unknown> = {}
    for (const entry of this.objectType.fields) {
      const value = this.#values[entry.index]
      if (value === undefined) continue
      const before = snapshot[entry.index]
      const { type } = entry.field
      const nested = value !== null && type.objectTypes !== undefined
      if (!nested && before !== undefined && sameValue(entry, before, value)) continue
      updates[entry.wire] = primitiveOf(entry, value, undefined)
    }
    return updates
  }
}

function fromPrimitive<T extends NovaObject>(
  this: NovaObjectClass<T>,
  primitive: unknown,
  context: RequestContext | null,
): T {
  checkPrimitive(this.objectType, primitive)
  const object = new this(context)
  object.readPrimitive(primitive['nova_object.data'])
  object.replaceChanges(primitive['nova_object.changes'] ?? [])
  return object
}

function hydrate<T extends NovaObject>(
  this: NovaObjectClass<T>,
  context: RequestContext | null,
  values: Readonly<Record<string, unknown>>,
): T {
  return new this(context).assign(values)
}

const primitiveOf = (
  { field }: FieldEntry,
  value: unknown,
  manifest: VersionManifest | undefined,
): unknown =>
  value === null || value === undefined || !field.type.toPrimitive
    ? value
    : field.type.toPrimitive(value, manifest)

const sameValue = (entry: FieldEntry, a: unknown, b: unknown): boolean =>
  a === b ||
  (a !== null &&
    a !== undefined &&
    b !== null &&
    b !== undefined &&
    (entry.field.type.equals?.(a, b) ?? false))

function checkPrimitive(
  type: ObjectType,
  primitive: unknown,
): asserts primitive is ObjectPrimitive {
  if (!isObjectPrimitive(primitive)) {
    throw new NovaException(`a primitive of ${type.name} was expected`)
  }
  const name = primitive['nova_object.name']
  const namespace = primitive['nova_object.namespace']
  const version = primitive['nova_object.version']
  const data = primitive['nova_object.data']
  if (name !== type.name || namespace !== 'nova' || typeof data !== 'object' || data === null) {
    throw new UnsupportedObjectError({ objtype: String(name) })
  }
  const readable = typeof version === 'string' && isReadableText(type.version, version)
  if (!readable) {
    throw new IncompatibleObjectVersion({
      objname: type.name,
      objver: String(version),
      supported: type.version,
    })
  }
}

const isReadableText = (own: string, given: string): boolean => {
  try {
    return isReadable(own, given)
  } catch {
    return false
  }
}

/**
 * Makes the class of a noun from its table of fields.
 *
 * @param name  as on the wire
 * @param version  the version written, and the highest that is read
 * @param downgrade  what writing for older readers takes beyond leaving newer fields out
 */
export const novaObject = <const F extends FieldTable>(
  name: string,
  version: string,
  fields: F,
  downgrade?: Downgrade,
): NovaObjectStatics<F> => {
  const objectType = new ObjectType(name, version, fields, downgrade)
  class Noun extends NovaObject {
    static override readonly objectType = objectType
  }
  for (const entry of objectType.fields) {
    if (entry.accessor in NovaObject.prototype) {
      throw new TypeError(`${name}.${entry.wire} would hide NovaObject's ${entry.accessor}`)
    }
    Object.defineProperty(Noun.prototype, entry.accessor, {
      configurable: true,
      enumerable: true,
      get(this: NovaObject) {
        return this.read(entry)
      },
      set(this: NovaObject, value: unknown) {
        this.write(entry, value)
      },
    })
  }
  return Noun as NovaObjectStatics<FieldTable> as NovaObjectStatics<F>
}
