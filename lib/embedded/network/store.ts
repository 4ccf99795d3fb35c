import { type Generated, type Insertable, type Kysely, sql } from 'kysely'
import type { Database } from '../../db/database.js'
import { openState } from '../support/state.js'

/** One resource: a document as Neutron shows it to an administrator, and the columns to find it by. */
interface ResourceTable {
  /** order of making */
  seq: Generated<number>
  kind: string
  id: string
  project_id: string
  name: string
  /** the network of a port, subnet or floating address; the group of a rule */
  parent_id: string | null
  device_id: string | null
  /** 1: others may see it */
  shared: number
  doc: string
}

interface AddressTable {
  network_id: string
  subnet_id: string
  /** canonical text */
  ip: string
  /** hexadecimal, 32 digits: sorts as numbers do */
  ip_key: string
  port_id: string
}

interface MacTable {
  network_id: string
  mac: string
  port_id: string
}

interface QuotaTable {
  project_id: string
  resource: string
  /** -1: no limit */
  quota: number
}

export interface NetworkSchema {
  resources: ResourceTable
  addresses: AddressTable
  macs: MacTable
  quotas: QuotaTable
}

/** The database, or a transaction in it. */
export type Db = Kysely<NetworkSchema>

export type Doc = Record<string, unknown>

export interface StoredDoc extends Doc {
  readonly id: string
}

export const openNetworkState = async (
  stateDir: string | null,
): Promise<Database<NetworkSchema>> => {
  const database = openState<NetworkSchema>(stateDir, 'network')
  for (const statement of schema) await sql.raw(statement).execute(database.kysely)
  return database
}

const schema = [
  `create table if not exists resources (
     seq integer primary key autoincrement,
     kind text not null, id text not null, project_id text not null, name text not null,
     parent_id text, device_id text, shared integer not null, doc text not null,
     unique (kind, id))`,
  'create index if not exists resources_project on resources (kind, project_id)',
  'create index if not exists resources_name on resources (kind, name)',
  'create index if not exists resources_parent on resources (kind, parent_id)',
  'create index if not exists resources_device on resources (kind, device_id)',
  // A network's DHCP servers are asked for at each boot, and are few among its ports.
  `create index if not exists resources_owner on resources
     (kind, parent_id, json_extract(doc, '$.device_owner'))`,
  `create table if not exists addresses (
     network_id text not null, subnet_id text not null, ip text not null, ip_key text not null,
     port_id text not null, unique (network_id, ip))`,
  'create index if not exists addresses_order on addresses (subnet_id, ip_key)',
  'create index if not exists addresses_port on addresses (port_id)',
  'create index if not exists addresses_ip on addresses (ip)',
  `create table if not exists macs (
     network_id text not null, mac text not null, port_id text not null, unique (network_id, mac))`,
  'create index if not exists macs_port on macs (port_id)',
  `create table if not exists quotas (
     project_id text not null, resource text not null, quota integer not null,
     unique (project_id, resource))`,
]

/** Columns by which documents are looked up without reading them all. */
export interface Where {
  readonly ids?: readonly string[]
  readonly projects?: readonly string[]
  readonly names?: readonly string[]
  readonly parents?: readonly string[]
  readonly devices?: readonly string[]
  readonly owners?: readonly string[]
  /** only what this project may see: its own, what is shared, and what lies in shared networks */
  readonly visibleTo?: string
}

export const find = async (db: Db, kind: string, where: Where = {}): Promise<StoredDoc[]> => {
  let query = db.selectFrom('resources').select('doc').where('kind', '=', kind).orderBy('seq')
  for (const [column, values] of [
    ['id', where.ids],
    ['project_id', where.projects],
    ['name', where.names],
    ['parent_id', where.parents],
    ['device_id', where.devices],
  ] as const) {
    if (values) query = query.where(column, 'in', values.length ? [...values] : [''])
  }
  const { owners, visibleTo } = where
  if (owners) {
    // As the index has it, letter by letter, or it would not be used.
    query = query.where(sql<string>`json_extract(doc, '$.device_owner')`, 'in', [...owners])
  }
  if (visibleTo !== undefined) {
    query = query.where(eb =>
      eb.or([
        eb('project_id', '=', visibleTo),
        eb('shared', '=', 1),
        ...(kind === 'subnet'
          ? [
              eb(
                'parent_id',
                'in',
                eb
                  .selectFrom('resources as network')
                  .select('network.id')
                  .where('network.kind', '=', 'network')
                  .where('network.shared', '=', 1),
              ),
            ]
          : []),
      ]),
    )
  }
  return (await query.execute()).map(row => docOf(row.doc))
}

export const get = async (db: Db, kind: string, id: string): Promise<StoredDoc | undefined> =>
  (await find(db, kind, { ids: [id] }))[0]

export const count = async (db: Db, kind: string, projectId: string): Promise<number> => {
  const row = await db
    .selectFrom('resources')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('kind', '=', kind)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

export const insert = async (db: Db, kind: string, doc: StoredDoc): Promise<void> => {
  await db
    .insertInto('resources')
    .values({ kind, id: doc.id, ...columnsOf(kind, doc) })
    .execute()
}

export const replace = async (db: Db, kind: string, doc: StoredDoc): Promise<void> => {
  await db
    .updateTable('resources')
    .set(columnsOf(kind, doc))
    .where('kind', '=', kind)
    .where('id', '=', doc.id)
    .execute()
}

export const remove = async (db: Db, kind: string, id: string): Promise<void> => {
  await db.deleteFrom('resources').where('kind', '=', kind).where('id', '=', id).execute()
}

const parentKeys: Readonly<Record<string, string>> = {
  subnet: 'network_id',
  port: 'network_id',
  floatingip: 'floating_network_id',
  security_group_rule: 'security_group_id',
}

const columnsOf = (
  kind: string,
  doc: StoredDoc,
): Omit<Insertable<ResourceTable>, 'seq' | 'kind' | 'id'> => ({
  project_id: String(doc.tenant_id ?? ''),
  name: String(doc.name ?? ''),
  parent_id: textOf(doc[parentKeys[kind] ?? '']),
  device_id: textOf(doc.device_id),
  shared: doc.shared === true || doc['router:external'] === true ? 1 : 0,
  doc: JSON.stringify(doc),
})

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const docOf = (text: string): StoredDoc => JSON.parse(text) as StoredDoc
