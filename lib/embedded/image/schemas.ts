import { containerFormats, diskFormats, visibilities } from './attributes.js'

type Doc = Readonly<Record<string, unknown>>

const text = (description: string, extra: Doc = {}): Doc => ({
  type: 'string',
  description,
  ...extra,
})
const maybe = (description: string, extra: Doc = {}): Doc => ({
  type: ['null', 'string'],
  description,
  ...extra,
})
const set = { readOnly: true }
const uuid =
  '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$'

/** Clients take from it which keys of an image are its own properties: those that are not base. */
const image: Doc = {
  name: 'image',
  properties: {
    id: text('An identifier for the image', { pattern: uuid }),
    name: maybe('Descriptive name for the image', { maxLength: 255 }),
    status: text('Status of the image', {
      ...set,
      enum: [
        'queued',
        'saving',
        'active',
        'killed',
        'deleted',
        'uploading',
        'importing',
        'pending_delete',
        'deactivated',
      ],
    }),
    visibility: text('Scope of image accessibility', { enum: visibilities }),
    protected: { type: 'boolean', description: 'If true, image will not be deletable.' },
    os_hidden: {
      type: 'boolean',
      description: 'If true, image will not appear in default image list response.',
    },
    checksum: maybe('md5 hash of image contents.', { ...set, maxLength: 32 }),
    os_hash_algo: maybe('Algorithm to calculate the os_hash_value', { ...set, maxLength: 64 }),
    os_hash_value: maybe(
      'Hexdigest of the image contents using the algorithm specified by the os_hash_algo',
      {
        ...set,
        maxLength: 128,
      },
    ),
    owner: maybe('Owner of the image', { maxLength: 255 }),
    size: { type: ['null', 'integer'], ...set, description: 'Size of image file in bytes' },
    virtual_size: {
      type: ['null', 'integer'],
      ...set,
      description: 'Virtual size of image in bytes',
    },
    container_format: maybe('Format of the container', { enum: [null, ...containerFormats] }),
    disk_format: maybe('Format of the disk', { enum: [null, ...diskFormats] }),
    created_at: text('Date and time of image registration', set),
    updated_at: text('Date and time of the last image modification', set),
    tags: {
      type: 'array',
      description: 'List of strings related to the image',
      items: { type: 'string', maxLength: 255 },
    },
    min_ram: { type: 'integer', description: 'Amount of ram (in MB) required to boot image.' },
    min_disk: {
      type: 'integer',
      description: 'Amount of disk space (in GB) required to boot image.',
    },
    self: text('An image self url', set),
    file: text('An image file url', set),
    schema: text('An image schema url', set),
  },
  additionalProperties: { type: 'string' },
  links: [
    { rel: 'self', href: '{self}' },
    { rel: 'enclosure', href: '{file}' },
    { rel: 'describedby', href: '{schema}' },
  ],
}

const member: Doc = {
  name: 'member',
  properties: {
    member_id: text('An identifier for the image member (tenantId)'),
    image_id: text('An identifier for the image', { pattern: uuid }),
    created_at: text('Date and time of image member creation'),
    updated_at: text('Date and time of last modification of image member'),
    status: text('The status of this image member', { enum: ['pending', 'accepted', 'rejected'] }),
    schema: text('', set),
  },
}

export const schemas: Readonly<Record<string, Doc>> = {
  image,
  images: {
    name: 'images',
    properties: {
      images: { type: 'array', items: image },
      first: { type: 'string' },
      next: { type: 'string' },
      schema: { type: 'string' },
    },
    links: [
      { rel: 'first', href: '{first}' },
      { rel: 'next', href: '{next}' },
      { rel: 'describedby', href: '{schema}' },
    ],
  },
  member,
  members: {
    name: 'members',
    properties: { members: { type: 'array', items: member }, schema: { type: 'string' } },
    links: [{ rel: 'describedby', href: '{schema}' }],
  },
}
