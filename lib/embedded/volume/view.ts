import type { AttachmentRow, SnapshotRow, TypeRow, VolumeRow } from './store.js'

export interface ViewContext {
  /** Of the request's microversion. */
  readonly minor: number
  readonly isAdmin: boolean
  /** `http://host/volume/v3/project` */
  readonly base: string
  /** Without the version. */
  readonly bookmark: string
}

const linksOf = (view: ViewContext, collection: string, id: string) => [
  { rel: 'self', href: `${view.base}/${collection}/${id}` },
  { rel: 'bookmark', href: `${view.bookmark}/${collection}/${id}` },
]

export const volumeSummary = (row: VolumeRow, view: ViewContext) => ({
  id: row.id,
  name: row.name ?? '',
  links: linksOf(view, 'volumes', row.id),
})

/** @param attachments  the volume's own */
export const volumeView = (
  row: VolumeRow,
  attachments: readonly AttachmentRow[],
  view: ViewContext,
): Record<string, unknown> => ({
  id: row.id,
  status: row.status,
  size: row.size,
  availability_zone: row.availability_zone,
  created_at: row.created_at,
  updated_at: row.updated_at,
  name: row.name,
  description: row.description,
  volume_type: row.volume_type,
  snapshot_id: row.snapshot_id,
  source_volid: row.source_volid,
  metadata: JSON.parse(row.metadata),
  links: linksOf(view, 'volumes', row.id),
  user_id: row.user_id,
  bootable: row.bootable ? 'true' : 'false',
  encrypted: false,
  replication_status: null,
  consistencygroup_id: null,
  multiattach: row.multiattach === 1,
  attachments: attachments.filter(one => one.status === 'attached').map(attachedTo),
  ...(row.image_metadata === null ? {} : { volume_image_metadata: JSON.parse(row.image_metadata) }),
  ...(view.isAdmin
    ? {
        'os-vol-host-attr:host': 'kilonova@embedded#embedded',
        'os-vol-tenant-attr:tenant_id': row.project_id,
        'os-vol-mig-status-attr:migstat': null,
        'os-vol-mig-status-attr:name_id': null,
        migration_status: null,
      }
    : {}),
  ...(view.minor >= 13 ? { group_id: null } : {}),
  ...(view.minor >= 21 && view.isAdmin ? { provider_id: null } : {}),
  ...(view.minor >= 48 ? { shared_targets: false, service_uuid: null } : {}),
})

const attachedTo = (row: AttachmentRow) => ({
  id: row.volume_id,
  attachment_id: row.id,
  volume_id: row.volume_id,
  server_id: row.instance_uuid,
  host_name: row.host,
  device: row.mountpoint,
  attached_at: row.attached_at,
})

export const snapshotView = (row: SnapshotRow, detailed: boolean): Record<string, unknown> => ({
  id: row.id,
  name: row.name,
  description: row.description,
  volume_id: row.volume_id,
  status: row.status,
  size: row.size,
  created_at: row.created_at,
  updated_at: row.updated_at,
  metadata: JSON.parse(row.metadata),
  ...(detailed
    ? {
        'os-extended-snapshot-attributes:progress': '100%',
        'os-extended-snapshot-attributes:project_id': row.project_id,
      }
    : {}),
})

export const attachmentView = (row: AttachmentRow): Record<string, unknown> => ({
  id: row.id,
  status: row.status,
  instance: row.instance_uuid,
  volume_id: row.volume_id,
  attach_mode: row.attach_mode ?? 'null',
  attached_at: row.attached_at ?? '',
  detached_at: '',
  connection_info: row.connection_info === null ? {} : JSON.parse(row.connection_info),
})

export const typeView = (row: TypeRow): Record<string, unknown> => ({
  id: row.id,
  name: row.name,
  description: row.description,
  is_public: row.is_public === 1,
  'os-volume-type-access:is_public': row.is_public === 1,
  qos_specs_id: null,
  extra_specs: JSON.parse(row.extra_specs),
})
