import type { ImageListOptions } from '../../lib/image/api.js'
import {
  integerBetween,
  type JsonSchema,
  multiple,
  type QueryValues,
  querySchema,
} from '../../lib/wsgi/index.js'
import type { Page } from '../pages.js'

const anything: JsonSchema = {}
const positive = multiple({ ...integerBetween(1), minLength: 1 })

/** nova's name of a filter → the image service's. */
const filterNames: Readonly<Record<string, string>> = {
  name: 'name',
  status: 'status',
  'changes-since': 'updated_at',
  server: 'instance_uuid',
  type: 'image_type',
  minRam: 'min_ram',
  minDisk: 'min_disk',
}

export const listQuery = querySchema(
  {
    ...Object.fromEntries(Object.keys(filterNames).map(name => [name, anything])),
    limit: positive,
    page_size: positive,
    marker: anything,
    offset: positive,
  },
  { patternProperties: { '^property-.*$': anything } },
)

export const listOptions = (query: QueryValues, page: Page): ImageListOptions => {
  const filters: Record<string, string> = {}
  for (const [key, value] of Object.entries(query)) {
    const property = /^property-(.+)$/.exec(key)?.[1]
    const name = property ?? (Object.hasOwn(filterNames, key) ? filterNames[key] : undefined)
    if (name !== undefined && value !== undefined) filters[name] = filterValue(key, value)
  }
  return {
    filters,
    limit: page.limit,
    ...(page.marker === null ? {} : { marker: page.marker }),
  }
}

const filterValue = (key: string, value: string): string => {
  if (key === 'status') return value.toLowerCase()
  if (key === 'changes-since') return `gte:${value}`
  // A server may be named by its address.
  if (key === 'server') return value.slice(value.lastIndexOf('/') + 1)
  return value
}
