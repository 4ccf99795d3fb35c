import { type Kysely, sql } from 'kysely'
import type { Database } from '../../db/database.js'
import { openState } from '../support/state.js'

/** An image as it is kept; times are ISO texts in whole seconds. */
export interface ImageRow {
  id: string
  /** order of making, for images of one second */
  seq: number
  name: string | null
  status: string
  visibility: string
  owner: string | null
  /** bytes; null until uploaded */
  size: number | null
  virtual_size: number | null
  /** MD5, hexadecimal */
  checksum: string | null
  /** SHA-512, hexadecimal */
  os_hash_value: string | null
  disk_format: string | null
  container_format: string | null
  /** GiB */
  min_disk: number
  /** MiB */
  min_ram: number
  protected: number
  os_hidden: number
  /** JSON list */
  tags: string
  /** JSON object of texts */
  properties: string
  created_at: string
  updated_at: string
}

interface MemberRow {
  image_id: string
  member_id: string
  /** pending, accepted, rejected */
  status: string
  created_at: string
  updated_at: string
}

export interface ImageSchema {
  images: ImageRow
  members: MemberRow
}

export type Db = Kysely<ImageSchema>

export const openImageState = async (stateDir: string | null): Promise<Database<ImageSchema>> => {
  const database = openState<ImageSchema>(stateDir, 'image')
  for (const statement of schema) await sql.raw(statement).execute(database.kysely)
  // Uploads that the last process did not live to finish can be begun again.
  await database.kysely
    .updateTable('images')
    .set({ status: 'queued' })
    .where('status', '=', 'saving')
    .execute()
  return database
}

const schema = [
  `create table if not exists images (
     id text primary key, seq integer not null, name text, status text not null,
     visibility text not null, owner text, size integer, virtual_size integer, checksum text,
     os_hash_value text, disk_format text, container_format text, min_disk integer not null,
     min_ram integer not null, protected integer not null, os_hidden integer not null,
     tags text not null, properties text not null, created_at text not null,
     updated_at text not null)`,
  'create index if not exists images_name on images (name)',
  'create index if not exists images_owner on images (owner)',
  `create table if not exists members (
     image_id text not null, member_id text not null, status text not null,
     created_at text not null, updated_at text not null, primary key (image_id, member_id))`,
]

export const findImage = (db: Db, id: string): Promise<ImageRow | undefined> =>
  db.selectFrom('images').selectAll().where('id', '=', id).executeTakeFirst()

export const insertImage = async (db: Db, row: Omit<ImageRow, 'seq'>): Promise<ImageRow> => {
  const last = await db
    .selectFrom('images')
    .select(eb => eb.fn.max('seq').as('seq'))
    .executeTakeFirst()
  const whole = { ...row, seq: Number(last?.seq ?? 0) + 1 }
  await db.insertInto('images').values(whole).execute()
  return whole
}

export const updateImage = async (
  db: Db,
  id: string,
  values: Partial<Omit<ImageRow, 'id' | 'seq'>>,
): Promise<void> => {
  await db.updateTable('images').set(values).where('id', '=', id).execute()
}

/** @returns whether this caller was the one to move it: of two at once one wins */
export const moveStatus = async (
  db: Db,
  id: string,
  from: readonly string[],
  values: Partial<Omit<ImageRow, 'id' | 'seq'>>,
): Promise<boolean> => {
  const result = await db
    .updateTable('images')
    .set(values)
    .where('id', '=', id)
    .where('status', 'in', [...from])
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export const deleteImage = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('members').where('image_id', '=', id).execute()
  await db.deleteFrom('images').where('id', '=', id).execute()
}

export const membersOf = (db: Db, imageId: string): Promise<MemberRow[]> =>
  db
    .selectFrom('members')
    .selectAll()
    .where('image_id', '=', imageId)
    .orderBy('created_at')
    .execute()

export const findMember = (
  db: Db,
  imageId: string,
  memberId: string,
): Promise<MemberRow | undefined> =>
  db
    .selectFrom('members')
    .selectAll()
    .where('image_id', '=', imageId)
    .where('member_id', '=', memberId)
    .executeTakeFirst()

/** Images that are shared with this project → whether it has accepted them. */
export const sharedWith = async (db: Db, project: string): Promise<ReadonlyMap<string, string>> => {
  const rows = await db
    .selectFrom('members')
    .select(['image_id', 'status'])
    .where('member_id', '=', project)
    .execute()
  return new Map(rows.map(row => [row.image_id, row.status]))
}
