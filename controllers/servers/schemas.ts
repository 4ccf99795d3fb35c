import {
  between,
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

/** Bodies and queries of /servers; `since` and `until` say in which versions a part stands there. */

const list = (items: JsonSchema, limits: JsonSchema = {}): JsonSchema => ({
  type: 'array',
  items,
  ...limits,
})

const text = (maxLength: number, minLength = 0): JsonSchema => ({
  type: 'string',
  minLength,
  maxLength,
})

const name = versions(legacyOnly(types.nameWithSpaces), types.name)
const diskConfig = { type: 'string', enum: ['AUTO', 'MANUAL'] }

const networks = list(
  object({
    fixed_ip: types.ip,
    port: { type: ['string', 'null'], format: 'uuid' },
    uuid: versions(since('2.37', types.uuid), types.string),
    tag: versions(between('2.32', '2.36', types.tag), since('2.42', types.tag)),
  }),
)

const blockDevice = {
  virtual_name: text(255),
  volume_id: types.uuid,
  snapshot_id: types.uuid,
  volume_size: integerBetween(1, 0x7fffffff),
  device_name: { ...text(255, 1), pattern: '^[a-zA-Z0-9._/-]*$' },
  delete_on_termination: types.boolean,
  no_device: {},
  connection_info: text(16_777_215),
}

const blockDeviceV2 = {
  ...blockDevice,
  source_type: { type: 'string', enum: ['volume', 'image', 'snapshot', 'blank'] },
  uuid: { ...text(255, 1), pattern: '^[a-zA-Z0-9._-]*$' },
  image_id: types.uuid,
  destination_type: { type: 'string', enum: ['local', 'volume'] },
  guest_format: text(255),
  device_type: text(255),
  disk_bus: text(255),
  boot_index: { type: ['integer', 'string', 'null'], pattern: '^-?[0-9]+$' },
  // 2.33 lost the tag by mistake; 2.42 brought it back.
  tag: versions(between('2.32', '2.32', types.tag), since('2.42', types.tag)),
  volume_type: since('2.67', { ...text(255), type: ['string', 'null'] }),
}

const userData: JsonSchema = { ...types.base64, maxLength: 65_535 }

/** A label in 2.90, a whole domain name from 2.94. */
const hostname = versions(
  between('2.90', '2.93', {
    ...text(63, 2),
    pattern: '^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$',
  }),
  since('2.94', types.hostname),
)

const uuidOrList = { oneOf: [types.uuid, list(types.uuid)] }

// Open: hints belong to the filters, and those may be anybody's.
const schedulerHints = object(
  {
    group: uuidOrList,
    different_host: uuidOrList,
    same_host: { type: ['string', 'array'], format: 'uuid', items: types.uuid },
    query: { type: ['string', 'object'] },
    target_cell: types.name,
    different_cell: { type: ['string', 'array'], items: types.string },
    build_near_host_ip: types.ip,
    cidr: { type: 'string', pattern: '^/[0-9a-f.:]+$' },
  },
  { open: true },
)

const certificates = list(text(Number.MAX_SAFE_INTEGER, 1), {
  type: ['array', 'null'],
  minItems: 1,
  maxItems: 50,
  uniqueItems: true,
})

export const create = schema(
  object(
    {
      server: object(
        {
          name,
          imageRef: { oneOf: [types.uuid, text(0)] },
          flavorRef: { type: ['string', 'integer'], minLength: 1 },
          adminPass: types.string,
          metadata: types.metadata,
          networks: versions(
            since('2.37', { oneOf: [{ type: 'string', enum: ['none', 'auto'] }, networks] }),
            networks,
          ),
          'OS-DCF:diskConfig': diskConfig,
          accessIPv4: types.ipv4,
          accessIPv6: types.ipv6,
          personality: until('2.56', list(object({ path: types.string, contents: types.base64 }))),
          availability_zone: name,
          block_device_mapping: list(object(blockDevice)),
          block_device_mapping_v2: list(object(blockDeviceV2)),
          config_drive: types.boolean,
          key_name: name,
          min_count: { ...types.positiveInteger, minLength: 1 },
          max_count: { ...types.positiveInteger, minLength: 1 },
          return_reservation_id: types.boolean,
          security_groups: list(object({ name })),
          user_data: versions(legacyOnly({ ...userData, type: ['string', 'null'] }), userData),
          description: since('2.19', types.description),
          tags: since('2.52', list(types.tag, { maxItems: 50 })),
          trusted_image_certificates: since('2.63', certificates),
          host: since('2.74', types.hostname),
          hypervisor_hostname: since('2.74', types.hostname),
          hostname,
        },
        { required: ['name', 'flavorRef', since('2.37', 'networks')] },
      ),
      'os:scheduler_hints': schedulerHints,
      'OS-SCH-HNT:scheduler_hints': schedulerHints,
    },
    { required: ['server'] },
  ),
)

export const update = schema(
  object(
    {
      server: object({
        name,
        'OS-DCF:diskConfig': diskConfig,
        accessIPv4: types.ipv4,
        accessIPv6: types.ipv6,
        description: since('2.19', types.description),
        hostname,
        pinned_availability_zone: since('2.104', { ...text(255, 1), type: ['string', 'null'] }),
      }),
    },
    { required: ['server'] },
  ),
)

export const reboot = object(
  {
    reboot: object(
      { type: { type: 'string', enum: ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft'] } },
      { required: ['type'] },
    ),
  },
  { required: ['reboot'] },
)

export const createImage = schema(
  object(
    { createImage: object({ name, metadata: types.metadata }, { required: ['name'] }) },
    { required: ['createImage'] },
  ),
)

export const rebuild = schema(
  object(
    {
      rebuild: object(
        {
          name,
          imageRef: types.uuid,
          adminPass: types.string,
          metadata: types.metadata,
          preserve_ephemeral: types.boolean,
          'OS-DCF:diskConfig': diskConfig,
          accessIPv4: types.ipv4,
          accessIPv6: types.ipv6,
          personality: until('2.56', list(object({ path: types.string, contents: types.base64 }))),
          description: since('2.19', types.description),
          key_name: since('2.54', { oneOf: [{ type: 'null' }, text(255, 1)] }),
          user_data: since('2.57', { ...userData, type: ['string', 'null'] }),
          trusted_image_certificates: since('2.63', certificates),
          hostname,
        },
        { required: ['imageRef'] },
      ),
    },
    { required: ['rebuild'] },
  ),
)

/** Stands here for its name, which is as free below /v2 as a server's. */
export const createBackup = schema(
  object(
    {
      createBackup: object(
        {
          name,
          backup_type: types.string,
          rotation: { ...types.nonNegativeInteger, minLength: 1 },
          metadata: types.metadata,
        },
        { required: ['name', 'backup_type', 'rotation'] },
      ),
    },
    { required: ['createBackup'] },
  ),
)

export const crashDump = object(
  { trigger_crash_dump: { type: 'null' } },
  { required: ['trigger_crash_dump'] },
)

export const resize = object(
  {
    resize: object(
      { flavorRef: { type: ['string', 'integer'], minLength: 1 }, 'OS-DCF:diskConfig': diskConfig },
      { required: ['flavorRef'] },
    ),
  },
  { required: ['resize'] },
)

/** An action that says nothing more: any value may stand under its key. */
export const bare = (key: string): JsonSchema => object({ [key]: {} }, { required: [key] })

const words = (keys: string): readonly string[] => keys.trim().split(/\s+/)

/** What the caller may sort by; `locked` from 2.73. */
export const sortKeys = words(
  `access_ip_v4 access_ip_v6 auto_disk_config availability_zone config_drive created_at
  display_description display_name host hostname image_ref instance_type_id kernel_id key_name
  launch_index launched_at locked_by node power_state progress project_id ramdisk_id
  root_device_name task_state terminated_at updated_at user_id uuid vm_state`,
)

/** Keys of the first days: taken and passed over up to 2.74. */
export const ignoredSortKeys = words(
  `architecture cell_name cleaned default_ephemeral_device default_swap_device deleted deleted_at
  disable_terminate ephemeral_gb ephemeral_key_uuid id key_data launched_on memory_mb os_type
  reservation_id root_gb shutdown_terminate user_data vcpus vm_mode`,
)

const keysOf = (keys: string, value: JsonSchema) =>
  Object.fromEntries(words(keys).map(key => [key, multiple(value)]))

const regex = { type: 'string', format: 'regex' }

/** GET /servers and /servers/detail. Filters that a caller may not use are dropped later. */
export const listQuery = querySchema(
  {
    ...keysOf(
      `user_id project_id tenant_id launch_index image_ref image vm_state task_state host uuid
      all_tenants soft_deleted deleted status sort_dir block_device_mapping services metadata
      system_metadata info_cache security_groups pci_devices marker`,
      types.string,
    ),
    ...keysOf(
      `kernel_id ramdisk_id hostname key_name power_state node flavor reservation_id launched_at
      terminated_at availability_zone name display_name description display_description locked_by
      root_device_name config_drive access_ip_v4 access_ip_v6 auto_disk_config progress ip ip6
      created_at`,
      regex,
    ),
    sort_key: multiple({
      type: 'string',
      enum: versions(since('2.75', [...sortKeys, 'locked']), [
        ...sortKeys,
        ...ignoredSortKeys,
        'locked',
      ]),
    }),
    limit: multiple(types.queryInteger),
    'changes-since': multiple(types.dateTime),
    'changes-before': since('2.66', multiple(types.dateTime)),
    tags: since('2.26', multiple(regex)),
    'tags-any': since('2.26', multiple(regex)),
    'not-tags': since('2.26', multiple(regex)),
    'not-tags-any': since('2.26', multiple(regex)),
    locked: since('2.73', multiple(types.string)),
  },
  { closedSince: '2.75', patternProperties: { '^_': multiple(types.string) } },
)

/** GET /servers/{id} */
export const showQuery = querySchema({})
