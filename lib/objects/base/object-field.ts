import { UnsupportedObjectError } from './errors.js'
import { CoercionError, fieldOf } from './fields.js'
import { isObjectPrimitive, type NovaObject, type NovaObjectClass } from './object.js'

/**
 * A field that holds an object.
 *
 * @param base  the class; a function, for modules may refer to each other
 * @param subclasses  what may stand in its place on the wire
 */
export const object = <T extends NovaObject>(
  base: () => NovaObjectClass<T>,
  subclasses: () => readonly NovaObjectClass<T>[] = () => [],
) =>
  fieldOf<T>({
    coerce: value => {
      if (value instanceof base() || subclasses().some(type => value instanceof type)) {
        return value as T
      }
      throw new CoercionError(`expected an object ${base().objectType.name}`)
    },
    toPrimitive: (value, manifest) => {
      if (!manifest) return value.toPrimitive()
      const declared = manifest[base().objectType.name]
      if (!declared || value instanceof base()) return value.toPrimitive(manifest)
      // A manifest has no word for what stands in place of the declared class: nova takes the latter's.
      return value.toPrimitive({ ...manifest, [value.objectType.name]: declared })
    },
    fromPrimitive: (primitive, context) => {
      if (!isObjectPrimitive(primitive)) {
        throw new CoercionError(`expected an object ${base().objectType.name}`)
      }
      const name = primitive['nova_object.name']
      const declared = base()
      const type =
        declared.objectType.name === name
          ? declared
          : subclasses().find(one => one.objectType.name === name)
      if (!type) throw new UnsupportedObjectError({ objtype: String(name) })
      return readObject(type, primitive, context)
    },
    hasChanges: value => value.hasChanges(),
    resetChanges: value => {
      value.resetChanges({ recursive: true })
    },
    // As in nova, a manifest names the declared class, not what may stand in its place.
    objectTypes: () => [base().objectType],
  })

/** `fromPrimitive` of a class that is only known as a value. */
export const readObject = <T extends NovaObject>(
  type: NovaObjectClass<T>,
  primitive: unknown,
  context: NovaObject['context'],
): T => type.fromPrimitive(primitive, context)
