import {
  type ContextServices,
  contextFromDict,
  contextToDict,
  RequestContext,
} from '../context/index.js'
import {
  encodeEntity,
  IncompatibleObjectVersion,
  isObjectPrimitive,
  type NovaObject,
  UnsupportedObjectError,
  walk,
} from './base/index.js'
import { novaObjects } from './registry.js'

/**
 * Turns objects into primitives and back on their way through messages (lib/rpc's `Serializer`).
 * Containers are walked; an object of a version from the future is sent to the conductor, which
 * gives it back in one that this process knows.
 */
export class NovaObjectSerializer {
  readonly #services: ContextServices

  /** @param services  what contexts that come out of messages are given: policy, access to data */
  constructor(services: ContextServices = {}) {
    this.#services = services
  }

  serializeEntity(_context: unknown, value: unknown): unknown {
    return encodeEntity(value)
  }

  /** @throws UnsupportedObjectError, IncompatibleObjectVersion, FieldValueError */
  async deserializeEntity(context: unknown, value: unknown): Promise<unknown> {
    const bound = context instanceof RequestContext ? context : null
    try {
      return decode(value, bound)
    } catch (error) {
      if (!(error instanceof IncompatibleObjectVersion)) throw error
      return decode(await this.#backport(value, bound, error), bound)
    }
  }

  serializeContext(context: unknown): Record<string, unknown> {
    return context instanceof RequestContext ? { ...contextToDict(context) } : {}
  }

  deserializeContext(dict: Readonly<Record<string, unknown>>): RequestContext {
    return contextFromDict(dict, this.#services)
  }

  /** Every object in the value, brought down by the conductor where it has to be. */
  async #backport(
    value: unknown,
    context: RequestContext | null,
    reason: IncompatibleObjectVersion,
  ): Promise<unknown> {
    const data = context?.services.data
    // Who has the databases is the conductor itself, and has nobody to ask.
    if (!context || data?.kind !== 'indirect') throw reason
    const found: object[] = []
    walk(value, primitive => {
      found.push(primitive)
      return primitive
    })
    const readable = new Map<object, unknown>()
    for (const primitive of found) {
      try {
        decode(primitive, context)
      } catch (error) {
        if (!(error instanceof IncompatibleObjectVersion)) throw error
        const name = String(Reflect.get(primitive, 'nova_object.name'))
        const versions = novaObjects.get(name)?.objectType.manifest() ?? {}
        readable.set(
          primitive,
          await data.indirection.objectBackportVersions(context, primitive, versions),
        )
      }
    }
    return walk(value, primitive => readable.get(primitive) ?? primitive)
  }
}

const decode = (value: unknown, context: RequestContext | null): unknown =>
  walk(value, primitive => objectFromPrimitive(primitive, context))

/**
 * Any object of ours from its primitive.
 *
 * @throws UnsupportedObjectError for a name that is not ours, IncompatibleObjectVersion
 */
export const objectFromPrimitive = (
  primitive: unknown,
  context: RequestContext | null,
): NovaObject => {
  const name = isObjectPrimitive(primitive) ? String(primitive['nova_object.name']) : ''
  const type = novaObjects.get(name)
  if (!type) throw new UnsupportedObjectError({ objtype: name })
  return type.fromPrimitive(primitive, context)
}

/** The versions of an object, and of all below it, that this process knows. */
export const objectVersionsOf = (name: string): Readonly<Record<string, string>> => {
  const type = novaObjects.get(name)
  if (!type) throw new UnsupportedObjectError({ objtype: name })
  return type.objectType.manifest()
}
