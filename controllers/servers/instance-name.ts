import type { Instance } from '../../lib/objects/index.js'

/**
 * `[DEFAULT] instance_name_template` as a function: `instance-%08x` of the numeric id, or
 * `%(uuid)s` and other fields by name, in the manner of Python's `%`.
 */
export const instanceNamer = (template: string): ((instance: Instance) => string) => {
  const parts = /%(?:\((\w+)\))?(0?)(\d*)([sdxX])/g
  return instance => {
    // A server that waits for its cell has no number, and nova shows its uuid.
    if (!instance.isSet('id')) return instance.uuid
    return template.replaceAll(
      parts,
      (_whole, field: string, zero: string, width: string, type: string) =>
        pad(format(fieldValue(instance, field), type), zero ? '0' : ' ', Number(width)),
    )
  }
}

const fieldValue = (instance: Instance, field: string | undefined): unknown => {
  if (field === 'uuid') return instance.uuid
  if (field === 'hostname') return instance.hostname
  return instance.id
}

const format = (value: unknown, type: string): string => {
  if (type === 'x') return Number(value).toString(16)
  if (type === 'X') return Number(value).toString(16).toUpperCase()
  return String(value)
}

const pad = (text: string, fill: string, width: number): string => text.padStart(width, fill)
