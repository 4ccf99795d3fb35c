import { randomUUID } from 'node:crypto'
import { badRequest, notFound, VolumeError } from './errors.js'
import { bodyOf, flagOf, metadataOf, textOf } from './read.js'
import { type Db, DEFAULT_TYPE, type TypeRow } from './store.js'

/** By name or id; the default one for null. @throws VolumeError 404 */
export const findType = async (db: Db, nameOrId: string | null): Promise<TypeRow> => {
  const wanted = nameOrId ?? DEFAULT_TYPE
  const row = await db
    .selectFrom('types')
    .selectAll()
    .where(eb => eb.or([eb('name', '=', wanted), eb('id', '=', wanted)]))
    .executeTakeFirst()
  if (!row) throw notFound('Volume type', wanted)
  return row
}

/** What a new volume takes from its type. */
export const typeNamed = async (
  db: Db,
  nameOrId: string | null,
): Promise<{ readonly name: string; readonly multiattach: boolean }> => {
  const { name, extra_specs } = await findType(db, nameOrId)
  const specs: unknown = JSON.parse(extra_specs)
  return { name, multiattach: Object(specs).multiattach === '<is> True' }
}

export const createType = async (db: Db, body: unknown): Promise<TypeRow> => {
  const given = bodyOf(body, 'volume_type')
  const name = textOf(given, 'name')
  if (!name) throw badRequest('Volume type name can not be empty.')
  const same = await db.selectFrom('types').select('id').where('name', '=', name).executeTakeFirst()
  if (same) throw new VolumeError(409, `Volume Type ${name} already exists.`)
  const open = given['os-volume-type-access:is_public']
  const row: TypeRow = {
    id: randomUUID(),
    name,
    description: textOf(given, 'description'),
    is_public: open === undefined ? 1 : Number(flagOf(given, 'os-volume-type-access:is_public')),
    extra_specs: JSON.stringify(metadataOf(given.extra_specs)),
  }
  await db.insertInto('types').values(row).execute()
  return row
}

/** @throws VolumeError 400 while a volume is of it */
export const removeType = async (db: Db, id: string): Promise<void> => {
  const row = await findType(db, id)
  const used = await db
    .selectFrom('volumes')
    .select('id')
    .where('volume_type', '=', row.name)
    .executeTakeFirst()
  if (used || row.name === DEFAULT_TYPE) {
    throw badRequest('Target volume type is still in use.')
  }
  await db.deleteFrom('types').where('id', '=', row.id).execute()
}

export const setExtraSpecs = async (db: Db, id: string, body: unknown): Promise<object> => {
  const row = await findType(db, id)
  const specs = { ...JSON.parse(row.extra_specs), ...metadataOf(bodyOf(body, 'extra_specs')) }
  await db
    .updateTable('types')
    .set({ extra_specs: JSON.stringify(specs) })
    .where('id', '=', row.id)
    .execute()
  return specs
}
