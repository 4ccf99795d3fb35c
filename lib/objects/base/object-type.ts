import type { Field, FieldTable, ObjectTypeNode } from './fields.js'
import { toCamel } from './naming.js'
import { compareVersions, type VersionManifest } from './versions.js'

export interface FieldEntry {
  /** The slot that holds the value. */
  readonly index: number
  readonly wire: string
  readonly accessor: string
  readonly field: Field<unknown>
  /** A null that is read leaves the field unset: it can be neither held nor replaced by a default. */
  readonly refusesNull: boolean
}

/**
 * Changes a primitive's data for readers of an older version, before the fields that they do not have are
 * left out.
 *
 * @param isBelow  whether the reader's version is older than this one
 * @throws ObjectActionError when the older version has no way to say it
 */
export type Downgrade = (
  data: Record<string, unknown>,
  isBelow: (version: string) => boolean,
) => void

/** The values of an object's fields, in their order. */
type Picker = (values: Readonly<Record<string, unknown>>) => unknown[]

/** What is known of a class of objects before there is one: worked out once. */
export class ObjectType implements ObjectTypeNode {
  readonly name: string
  readonly version: string
  readonly fields: readonly FieldEntry[]
  readonly byWire: ReadonlyMap<string, FieldEntry>
  readonly byAccessor: ReadonlyMap<string, FieldEntry>
  /** Fields that hold objects, or lists of them. */
  readonly nestedFields: readonly FieldEntry[]
  readonly #downgrade: Downgrade | undefined
  #manifest: VersionManifest | undefined
  #picker: Picker | undefined

  constructor(name: string, version: string, fields: FieldTable, downgrade?: Downgrade) {
    this.#downgrade = downgrade
    this.name = name
    this.version = version
    this.fields = Object.entries(fields).map(([wire, field], index) => ({
      index,
      wire,
      accessor: toCamel(wire),
      field,
      refusesNull: !field.nullable && (field.default === undefined || field.default === null),
    }))
    this.byWire = new Map(this.fields.map(entry => [entry.wire, entry]))
    this.byAccessor = new Map(this.fields.map(entry => [entry.accessor, entry]))
    this.nestedFields = this.fields.filter(entry => entry.field.type.objectTypes)
  }

  /**
   * Takes the fields' values out of a row or a primitive: one array literal over all names, written as
   * source text as views are (docs/decisions/0004), on first use. Looking seventy names up one by one is
   * most of what an object of a list costs.
   */
  pick(values: Readonly<Record<string, unknown>>): unknown[] {
    this.#picker ??= pickerOf(this.fields)
    return this.#picker(values)
  }

  /** Makes data of this version into what a reader of an older one knows. @throws ObjectActionError */
  makeCompatible(data: Record<string, unknown>, version: string): void {
    const isBelow = (other: string): boolean => compareVersions(version, other) < 0
    this.#downgrade?.(data, isBelow)
    for (const { wire, field } of this.fields) {
      if (field.since && isBelow(field.since)) delete data[wire]
    }
  }

  nested(): readonly ObjectTypeNode[] {
    return this.nestedFields.flatMap(entry => entry.field.type.objectTypes?.() ?? [])
  }

  /** This object's version and those of all that can be reached from its fields. */
  manifest(): VersionManifest {
    this.#manifest ??= Object.freeze(collect(this))
    return this.#manifest
  }
}

const pickerOf = (fields: readonly FieldEntry[]): Picker => {
  const values = fields.map(({ wire }) => `v[${JSON.stringify(wire)}]`)
  return new Function('v', `return [${values.join()}]`) as Picker
}

const collect = (root: ObjectTypeNode): Record<string, string> => {
  const versions: Record<string, string> = {}
  const queue = [root]
  for (let type = queue.pop(); type; type = queue.pop()) {
    if (type.name in versions) continue
    versions[type.name] = type.version
    queue.push(...type.nested())
  }
  return versions
}
