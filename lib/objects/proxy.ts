import type { RequestContext } from '../context/index.js'
import {
  encodeEntity,
  fromWire,
  isObjectPrimitive,
  NovaObject,
  type RemotableFunction,
  remotableOf,
  UnsupportedObjectError,
  type VersionManifest,
} from './base/index.js'
import { novaObjects } from './registry.js'
import { objectFromPrimitive } from './serializer.js'

type Kwargs = Readonly<Record<string, unknown>>

/**
 * The conductor's `object_action`: runs a method of an object that somebody without a database
 * holds. `objinst` and arguments were decoded by the serializer.
 *
 * @returns `[updates, result]`: the primitives of all fields that differ after the call, with
 * `obj_what_changed`; and what the method gave
 */
export const objectAction = async (
  context: RequestContext,
  objinst: unknown,
  method: string,
  args: readonly unknown[],
  kwargs: Kwargs,
): Promise<readonly [Record<string, unknown>, unknown]> => {
  if (!(objinst instanceof NovaObject)) {
    throw new TypeError(`object_action ${method}: objinst is not an object`)
  }
  objinst.bind(context)
  const before = objinst.snapshot()
  const remotable = remotableOf(objinst, method, 'instance')
  const result = await call(remotable, objinst, fromWire(remotable.remotable, args, kwargs))
  const updates = objinst.updatesSince(before)
  updates.obj_what_changed = [...objinst.changedFields()]
  return [updates, encodeEntity(result)]
}

/** The conductor's `object_class_action_versions`: what the class's method gives, in versions the caller knows. */
export const objectClassActionVersions = async (
  context: RequestContext,
  objname: string,
  method: string,
  objectVersions: VersionManifest,
  args: readonly unknown[],
  kwargs: Kwargs,
): Promise<unknown> => {
  const type = novaObjects.get(objname)
  if (!type) throw new UnsupportedObjectError({ objtype: objname })
  const remotable = remotableOf(type, method, 'class')
  const result = await call(remotable, type, [
    context,
    ...fromWire(remotable.remotable, args, kwargs),
  ])
  return encodeEntity(result, objectVersions)
}

/** The conductor's `object_backport_versions`. `objinst` may be an object or still a primitive. */
export const objectBackportVersions = (
  context: RequestContext,
  objinst: unknown,
  objectVersions: VersionManifest,
): unknown => {
  const object = isObjectPrimitive(objinst) ? objectFromPrimitive(objinst, context) : objinst
  if (!(object instanceof NovaObject)) {
    throw new TypeError('object_backport_versions: objinst is not an object')
  }
  return object.toPrimitive(objectVersions)
}

/** What came over the wire is checked by the method's own coercions, not by types. */
const call = (
  method: RemotableFunction,
  self: object,
  args: readonly unknown[],
): Promise<unknown> => Reflect.apply(method, self, args)
