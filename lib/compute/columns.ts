import type { Instance } from '../objects/index.js'

/** The accessor of a column's field: `created_at` → `createdAt`. */
const accessorOf = (column: string): string =>
  accessors[column] ?? column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const accessors: Readonly<Record<string, string>> = {
  access_ip_v4: 'accessIpV4',
  access_ip_v6: 'accessIpV6',
}

/** Whether servers have such a column at all. */
export const hasColumn = (instance: Instance, column: string): boolean =>
  instance.objectType.byAccessor.has(accessorOf(column))

/** What an instance has in a column, by the column's name; undefined when it is not loaded. */
export const columnValue = (instance: Instance, column: string): unknown => {
  const entry = instance.objectType.byAccessor.get(accessorOf(column))
  return entry ? instance.valueAt(entry.wire) : undefined
}
