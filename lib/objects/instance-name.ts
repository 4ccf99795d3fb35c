import type { Instance } from './instance.js'

/**
 * `[DEFAULT] instance_name_template` as a function: `instance-%08x` of the numeric id, or
 * `%(uuid)s` and other fields by name, in the manner of Python's `%`.
 */
export const instanceNamer = (template: string): ((instance: Instance) => string) => {
  const parts = partsOf(template)
  return instance => {
    // A server that waits for its cell has no number, and nova shows its uuid.
    if (!instance.isSet('id')) return instance.uuid
    return parts.map(part => (typeof part === 'string' ? part : part(instance))).join('')
  }
}

/** The template's texts, and what stands between them. */
const partsOf = (template: string): readonly (string | ((instance: Instance) => string))[] => {
  const parts: (string | ((instance: Instance) => string))[] = []
  let at = 0
  for (const found of template.matchAll(/%(?:\((\w+)\))?(0?)(\d*)([sdxX])/g)) {
    const [whole, field, zero, width, type = 's'] = found
    parts.push(template.slice(at, found.index))
    parts.push(instance =>
      pad(format(fieldValue(instance, field), type), zero ? '0' : ' ', Number(width)),
    )
    at = found.index + whole.length
  }
  return [...parts, template.slice(at)]
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
