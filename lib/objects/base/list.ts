import type { RequestContext } from '../../context/index.js'
import { type Field, type FieldType, listOf } from './fields.js'
import { type Fielded, type NovaObject, type NovaObjectClass, novaObject } from './object.js'
import { object } from './object-field.js'
import type { ObjectType } from './object-type.js'

/** The field of every list. */
export type ListFields<T> = { readonly objects: Field<readonly T[]> }

/** What `novaObjectList` adds to a NovaObject. */
export interface ListMethods<T> extends Iterable<T> {
  readonly length: number
}

export interface NovaObjectListStatics<T extends NovaObject> {
  readonly objectType: ObjectType
  fromPrimitive<L extends NovaObject>(
    this: NovaObjectClass<L>,
    primitive: unknown,
    context: RequestContext | null,
  ): L
  /** A list of what was read: nothing counts as changed. */
  of<L extends NovaObject>(
    this: NovaObjectClass<L>,
    context: RequestContext | null,
    objects: readonly T[],
  ): L
  hydrate<L extends NovaObject>(
    this: NovaObjectClass<L>,
    context: RequestContext | null,
    values: Readonly<Record<string, unknown>>,
  ): L
  new (
    context?: RequestContext | null,
    values?: { readonly objects?: readonly T[] },
  ): Fielded<ListFields<T>> & NovaObject & ListMethods<T>
}

/** Makes the class of a list of nouns: an object with one field, `objects`; it can be iterated. */
export const novaObjectList = <T extends NovaObject>(
  name: string,
  version: string,
  item: () => NovaObjectClass<T>,
): NovaObjectListStatics<T> => {
  const { type, ...options } = listOf(object(item)())()
  const tracked: FieldType<readonly T[]> = {
    ...type,
    hasChanges: items => items.some(one => one.hasChanges()),
    resetChanges: items => {
      for (const one of items) one.resetChanges({ recursive: true })
    },
  }
  const fields: ListFields<T> = { objects: { ...options, type: tracked } }
  const base = novaObject(name, version, fields)
  class List extends base {
    static of(context: RequestContext | null, objects: readonly T[]): NovaObject {
      return new this(context).assign({ objects })
    }

    get length(): number {
      return this.objects.length
    }

    [Symbol.iterator](): IterableIterator<T> {
      return this.objects[Symbol.iterator]()
    }
  }
  return List as typeof NovaObject as NovaObjectListStatics<T>
}
