import { NovaObject, type RequestSpec } from '../objects/index.js'
import { isRecord } from '../util/is-record.js'

/** An object as a plain map, without its name and version: what was told before there were versions. */
export const plain = (value: unknown): unknown => {
  if (value instanceof NovaObject) return plain(value.toPrimitive())
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Date) return value.toISOString()
  if (!isRecord(value)) return value
  const data = 'nova_object.data' in value ? value['nova_object.data'] : value
  if (!isRecord(data)) return {}
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, plain(item)]))
}

/** nova's request spec of old: a map with the image, the flavor, and what the instance will be. */
export const legacyRequestSpec = (spec: RequestSpec): Record<string, unknown> => {
  const flavor = spec.get('flavor')
  const named = ['numa_topology', 'pci_requests', 'project_id', 'user_id', 'availability_zone']
  const properties: Record<string, unknown> = { uuid: spec.get('instanceUuid') }
  for (const name of named) {
    const value = spec.valueAt(name)
    if (value !== undefined) properties[name] = plain(value)
  }
  const sizes = ['root_gb', 'ephemeral_gb', 'memory_mb', 'vcpus']
  for (const name of flavor ? sizes : []) properties[name] = flavor?.valueAt(name)
  const image = spec.get('image')
  return {
    num_instances: spec.get('numInstances') ?? 1,
    image: image ? plain(image) : {},
    instance_properties: properties,
    instance_type: flavor ? plain(flavor) : {},
  }
}
