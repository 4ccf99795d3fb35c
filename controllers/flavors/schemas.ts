import {
  integerBetween,
  type JsonSchema,
  legacyOnly,
  multiple,
  object,
  querySchema,
  schema,
  since,
  types,
  until,
  versions,
} from '../../lib/wsgi/index.js'

/** What a column of a flavor holds. */
const MAX = 0x7fffffff

const number = (minimum: number): JsonSchema => ({
  ...integerBetween(minimum, MAX),
  pattern: '^[0-9]+$',
})

const description = { ...types.description, maxLength: 65_535 }

export const create = schema(
  object(
    {
      flavor: object(
        {
          name: versions(legacyOnly(types.nameWithSpaces), types.name),
          id: {
            type: ['string', 'number', 'null'],
            minLength: 1,
            maxLength: 255,
            pattern: '^(?! )[a-zA-Z0-9. _-]+(?<! )$',
          },
          ram: number(1),
          vcpus: number(1),
          disk: number(0),
          'OS-FLV-EXT-DATA:ephemeral': number(0),
          swap: number(0),
          rxtx_factor: until('2.101', {
            type: ['number', 'string'],
            pattern: '^[0-9]+(\\.[0-9]+)?$',
            exclusiveMinimum: 0,
            // the largest number of a 32-bit float
            maximum: 3.40282e38,
          }),
          'os-flavor-access:is_public': types.boolean,
          description: since('2.55', description),
        },
        { required: ['name', 'ram', 'vcpus', 'disk'] },
      ),
    },
    { required: ['flavor'] },
  ),
)

export const update = object(
  { flavor: object({ description }, { required: ['description'] }) },
  { required: ['flavor'] },
)

const sortKeys = [
  'created_at',
  'description',
  'disabled',
  'ephemeral_gb',
  'flavorid',
  'id',
  'is_public',
  'memory_mb',
  'name',
  'root_gb',
  'swap',
  'updated_at',
  'vcpu_weight',
  'vcpus',
]

export const listQuery = querySchema(
  {
    limit: multiple(types.queryInteger),
    marker: multiple(types.string),
    is_public: multiple(types.string),
    minRam: multiple(types.string),
    minDisk: multiple(types.string),
    sort_key: multiple({
      type: 'string',
      enum: versions(until('2.101', [...sortKeys, 'rxtx_factor']), sortKeys),
    }),
    sort_dir: multiple({ type: 'string', enum: ['asc', 'desc'] }),
    name: since('2.102', multiple(types.string)),
  },
  { closedSince: '2.75' },
)

export const showQuery = querySchema({})
