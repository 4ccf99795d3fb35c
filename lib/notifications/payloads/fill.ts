import { fieldOf, type NovaObject } from '../../objects/index.js'
import { isRecord } from '../../util/is-record.js'

/**
 * Gives a payload's fields that nobody has set yet the values of the object it tells of.
 *
 * @param source  fields have the names that they have here, unless `renamed` knows another
 * @param unset  what becomes of a field that the source does not know: null where it can be (`null`), or
 *   nothing (`absent`)
 */
export const fill = <P extends NovaObject>(
  payload: P,
  source: NovaObject,
  renamed: Readonly<Record<string, string>> = {},
  unset: 'null' | 'absent' = 'null',
): P => {
  const values: Record<string, unknown> = {}
  for (const { wire, field } of payload.objectType.fields) {
    if (payload.valueAt(wire) !== undefined) continue
    const value = source.valueAt(renamed[wire] ?? wire)
    if (value !== undefined) values[wire] = value
    else if (unset === 'null' && field.nullable) values[wire] = null
  }
  return payload.assign(values)
}

/** Power states by their number, as notifications call them. */
const powerStates = [
  'pending',
  'running',
  '_unused',
  'paused',
  'shutdown',
  '_unused',
  'crashed',
  'suspended',
] as const

/** A power state: the number that an Instance has, or its word. */
export const powerState = fieldOf<string>({
  coerce: value => powerStates[Number(value)] ?? String(value),
})

/** `AUTO` or `MANUAL`, of the yes or no that an Instance has. */
export const diskConfig = fieldOf<string>({
  coerce: value => {
    if (typeof value === 'string') return value
    return value ? 'AUTO' : 'MANUAL'
  },
})

/** A primitive as it is told: without its changes, at any depth, which are of no use to who reads it. */
export const withoutChanges = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutChanges)
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([key]) => key !== 'nova_object.changes')
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutChanges(item)]))
}
