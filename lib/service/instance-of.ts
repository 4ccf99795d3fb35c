import { isRecord } from '../util/is-record.js'

/**
 * The server that a message is about, for the log: by the arguments as they came. A message about
 * several is about none of them.
 */
export const instanceOf = (args: Readonly<Record<string, unknown>>): string | null => {
  const { instance, instances, instance_uuid: uuid, objinst } = args
  if (typeof uuid === 'string') return uuid
  const [only] = Array.isArray(instances) && instances.length === 1 ? instances : []
  return uuidOf(instance) ?? uuidOf(only) ?? uuidOf(objinst)
}

/** Of an Instance, serialized. */
const uuidOf = (entity: unknown): string | null => {
  if (!isRecord(entity) || entity['nova_object.name'] !== 'Instance') return null
  const data = entity['nova_object.data']
  return isRecord(data) && typeof data.uuid === 'string' ? data.uuid : null
}
