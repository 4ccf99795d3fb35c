import { type Kysely, sql } from 'kysely'
import type { Database } from '../../db/database.js'
import { openState } from '../support/state.js'

/** A volume as it is kept; times are ISO texts without a zone. */
export interface VolumeRow {
  id: string
  /** order of making */
  seq: number
  project_id: string
  user_id: string
  name: string | null
  description: string | null
  status: string
  /** GiB */
  size: number
  bootable: number
  readonly: number
  multiattach: number
  volume_type: string
  availability_zone: string
  snapshot_id: string | null
  source_volid: string | null
  /** JSON object of texts */
  metadata: string
  /** JSON object of texts; null: not made from an image */
  image_metadata: string | null
  created_at: string
  updated_at: string | null
}

export interface SnapshotRow {
  id: string
  seq: number
  project_id: string
  volume_id: string
  name: string | null
  description: string | null
  status: string
  /** GiB */
  size: number
  metadata: string
  created_at: string
  updated_at: string | null
}

export interface AttachmentRow {
  id: string
  seq: number
  project_id: string
  volume_id: string
  instance_uuid: string | null
  /** reserved, attaching, attached */
  status: string
  /** rw, ro; null until it is attached */
  attach_mode: string | null
  host: string | null
  mountpoint: string | null
  /** JSON; null without a connector */
  connection_info: string | null
  attached_at: string | null
}

export interface TypeRow {
  id: string
  name: string
  description: string | null
  is_public: number
  /** JSON object of texts */
  extra_specs: string
}

interface QuotaRow {
  project_id: string
  resource: string
  limit_value: number
}

export interface VolumeSchema {
  volumes: VolumeRow
  snapshots: SnapshotRow
  attachments: AttachmentRow
  types: TypeRow
  quotas: QuotaRow
}

export type Db = Kysely<VolumeSchema>

export const DEFAULT_TYPE = '__DEFAULT__'

export const openVolumeState = async (stateDir: string | null): Promise<Database<VolumeSchema>> => {
  const database = openState<VolumeSchema>(stateDir, 'volume')
  for (const statement of schema) await sql.raw(statement).execute(database.kysely)
  return database
}

const schema = [
  `create table if not exists volumes (
     id text primary key, seq integer not null, project_id text not null, user_id text not null,
     name text, description text, status text not null, size integer not null,
     bootable integer not null, readonly integer not null, multiattach integer not null,
     volume_type text not null, availability_zone text not null, snapshot_id text,
     source_volid text, metadata text not null, image_metadata text, created_at text not null,
     updated_at text)`,
  'create index if not exists volumes_project on volumes (project_id)',
  `create table if not exists snapshots (
     id text primary key, seq integer not null, project_id text not null, volume_id text not null,
     name text, description text, status text not null, size integer not null,
     metadata text not null, created_at text not null, updated_at text)`,
  'create index if not exists snapshots_volume on snapshots (volume_id)',
  `create table if not exists attachments (
     id text primary key, seq integer not null, project_id text not null, volume_id text not null,
     instance_uuid text, status text not null, attach_mode text, host text, mountpoint text,
     connection_info text, attached_at text)`,
  'create index if not exists attachments_volume on attachments (volume_id)',
  `create table if not exists types (
     id text primary key, name text not null unique, description text, is_public integer not null,
     extra_specs text not null)`,
  `insert or ignore into types values ('6ae6a8f8-3ae1-4a26-9a5d-d2d3c8b8d8c5', '${DEFAULT_TYPE}',
     'Default Volume Type', 1, '{}')`,
  `create table if not exists quotas (
     project_id text not null, resource text not null, limit_value integer not null,
     primary key (project_id, resource))`,
]

/** The number after the last one of a table. */
export const nextSeq = async (
  db: Db,
  table: 'volumes' | 'snapshots' | 'attachments',
): Promise<number> => {
  const last = await db
    .selectFrom(table)
    .select(eb => eb.fn.max('seq').as('seq'))
    .executeTakeFirst()
  return Number(last?.seq ?? 0) + 1
}

export const attachmentsOf = (db: Db, volumeIds: readonly string[]): Promise<AttachmentRow[]> =>
  db
    .selectFrom('attachments')
    .selectAll()
    .where('volume_id', 'in', volumeIds.length ? [...volumeIds] : [''])
    .orderBy('seq')
    .execute()

/** Cinder's form: `2026-01-31T12:00:00.000000`, UTC. */
export const timeNow = (): string => `${new Date().toISOString().slice(0, -1)}000`
