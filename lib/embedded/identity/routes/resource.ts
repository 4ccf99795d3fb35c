import { type Request, type Response, Router } from 'express'
import { isRecord } from '../../../util/is-record.js'
import { badRequest, notFound } from '../errors.js'
import type { EmbeddedIdentity, KnownToken } from '../identity.js'
import type { Row, TableName, Value } from '../schema.js'
import { flag, json, newId, text, textOrNull } from '../store.js'
import { authorize, bodyOf, type Json, param, queryOf } from './request.js'

/** One writable property; all are filters of the list too. */
export interface Field {
  readonly type: 'text' | 'flag'
  /** Must be there at creation. */
  readonly required?: boolean
  readonly nullable?: boolean
  /** Cannot be changed once made. */
  readonly fixed?: boolean
  /** Characters, at least and at most. */
  readonly length?: readonly [number, number]
  readonly oneOf?: readonly string[]
  readonly default?: Value
}

export interface Resource {
  readonly table: TableName
  readonly singular: string
  readonly plural: string
  readonly fields: Readonly<Record<string, Field>>
  /** Properties that clients find when nobody gave them. */
  readonly defaults?: Json
  /** Properties of the answer beside the fields. */
  readonly view?: (row: Row) => Json
  /** Properties that are neither fields nor kept with the unknown ones. */
  readonly hidden?: readonly string[]
  /** Who but the administrator may see one. */
  readonly readableBy?: (row: Row, caller: KnownToken) => boolean
  /** Anybody with a token may see all. */
  readonly public?: boolean
  /** Adds to what will be stored, or refuses it. */
  readonly prepare?: (
    values: Row,
    body: Json,
    change: { readonly caller: KnownToken; readonly old?: Row | undefined },
  ) => Promise<Row> | Row
  readonly changed?: (row: Row, body: Json) => Promise<void>
  /** Takes away what hangs on it, or refuses. */
  readonly remove?: (row: Row) => Promise<void>
}

/** GET (all, one), POST, PATCH and DELETE of one kind of thing. */
export const resourceRouter = (identity: EmbeddedIdentity, resource: Resource): Router => {
  const { store } = identity
  const { table, singular, plural } = resource
  const router = Router()

  const find = async (id: string): Promise<Row> => {
    const row = await store.get(table, id)
    if (!row) throw notFound(singular, id)
    return row
  }
  const answer = (row: Row): Json => ({ [singular]: documentOf(identity, resource, row) })

  router.get(`/${plural}`, async (req, res) => {
    await authorize(req, identity, `list_${plural}`, () => resource.public === true)
    const rows = (await store.list(table))
      .filter(row => matches(req, resource, row))
      .sort((a, b) => compare(text(a.name), text(b.name)) || compare(text(a.id), text(b.id)))
    res.json(page(req, identity, resource, rows))
  })

  router.get(`/${plural}/:id`, async (req, res) => {
    const row = await store.get(table, param(req, 'id'))
    const readable = (caller: KnownToken): boolean =>
      resource.public === true || (row !== undefined && resource.readableBy?.(row, caller) === true)
    await authorize(req, identity, `get_${singular}`, readable)
    if (!row) throw notFound(singular, param(req, 'id'))
    res.json(answer(row))
  })

  router.post(`/${plural}`, async (req, res) => {
    const caller = await authorize(req, identity, `create_${singular}`)
    const body = bodyOf(req, singular)
    const values = read(resource, body)
    const given = await resource.prepare?.(values, body, { caller })
    const row: Row = { id: newId(), ...values, ...given, ...extraOf(resource, body, null) }
    await store.insert(table, row)
    res.status(201).json(answer(await find(text(row.id))))
  })

  router.patch(`/${plural}/:id`, async (req, res) => {
    const caller = await authorize(req, identity, `update_${singular}`)
    const old = await find(param(req, 'id'))
    const id = text(old.id)
    const body = bodyOf(req, singular)
    if (body.id !== undefined && body.id !== id) throw badRequest(`Cannot change ${singular} ID`)
    const values = read(resource, body, old)
    const given = await resource.prepare?.(values, body, { caller, old })
    await store.update(table, id, { ...values, ...given, ...extraOf(resource, body, old) })
    await resource.changed?.(old, body)
    res.json(answer(await find(id)))
  })

  router.delete(`/${plural}/:id`, async (req: Request, res: Response) => {
    await authorize(req, identity, `delete_${singular}`)
    const row = await find(param(req, 'id'))
    await resource.remove?.(row)
    await store.delete(table, { id: text(row.id) })
    res.status(204).end()
  })

  return router
}

export const documentOf = (identity: EmbeddedIdentity, resource: Resource, row: Row): Json => {
  const { fields, plural, defaults, view } = resource
  const extra = json(row.extra)
  const document: Record<string, unknown> = {
    ...defaults,
    ...(isRecord(extra) ? extra : {}),
    id: text(row.id),
  }
  for (const [name, { type }] of Object.entries(fields)) {
    document[name] = type === 'flag' ? flag(row[name]) : textOrNull(row[name])
  }
  return {
    ...document,
    ...view?.(row),
    links: { self: `${identity.publicUrl}/v3/${plural}/${encodeURIComponent(text(row.id))}` },
  }
}

/** @throws IdentityError 400 */
const read = ({ fields }: Resource, body: Json, old?: Row): Row => {
  const values: Row = {}
  for (const [name, field] of Object.entries(fields)) {
    const value = body[name]
    if (value === undefined) {
      if (old) continue
      if (field.required) throw badRequest(`'${name}' is a required property`)
      values[name] = field.default ?? null
      continue
    }
    const checked = check(name, field, value)
    if (old && field.fixed && checked !== old[name]) throw badRequest(`Cannot change '${name}'`)
    values[name] = checked
  }
  return values
}

const check = (name: string, field: Field, value: unknown): Value => {
  if (value === null && field.nullable) return null
  if (field.type === 'flag') {
    if (typeof value === 'boolean') return value ? 1 : 0
    throw invalid(name, value, 'true or false')
  }
  const [least, most] = field.length ?? [0, 65_535]
  if (typeof value !== 'string') throw invalid(name, value, 'a string')
  if (value.length < least || value.length > most) {
    throw invalid(name, value, `${least} to ${most} characters`)
  }
  if (least > 0 && value.trim() === '') throw invalid(name, value, 'more than white space')
  if (field.oneOf && !field.oneOf.includes(value)) {
    throw invalid(name, value, `one of ${field.oneOf.join(', ')}`)
  }
  return value
}

const invalid = (name: string, value: unknown, expected: string): Error => {
  const found = JSON.stringify(value)?.slice(0, 80)
  return badRequest(`Invalid input for field '${name}': found ${found}, expected ${expected}`)
}

/** What clients say beyond the fields is kept and given back, as Keystone does. */
const extraOf = (resource: Resource, body: Json, old: Row | null): Row => {
  const known = new Set([
    'id',
    'links',
    ...Object.keys(resource.fields),
    ...(resource.hidden ?? []),
  ])
  const given = Object.entries(body).filter(([name]) => !known.has(name))
  if (given.length === 0) return {}
  for (const [name, value] of given) {
    if (name === 'tags' && !(Array.isArray(value) && value.every(tag => typeof tag === 'string'))) {
      throw invalid(name, value, 'a list of strings')
    }
    if (name === 'options' && !isRecord(value)) throw invalid(name, value, 'an object')
  }
  const before = old ? json(old.extra) : null
  const merged = { ...(isRecord(before) ? before : {}), ...Object.fromEntries(given) }
  const extra = JSON.stringify(merged)
  // MySQL's TEXT ends at 64 kB.
  if (Buffer.byteLength(extra) > 65_000) throw badRequest('too many further properties')
  return { extra }
}

const matches = (req: Request, { fields }: Resource, row: Row): boolean =>
  Object.entries({ ...fields, id: { type: 'text' } as Field }).every(([name, field]) => {
    const wanted = queryOf(req, name)
    if (wanted === undefined) return true
    if (field.type === 'flag') return flag(row[name]) === /^(true|1|yes|on|)$/i.test(wanted)
    return text(row[name]) === wanted
  })

/** All, or from `marker` on as many as `limit` says. */
const page = (
  req: Request,
  identity: EmbeddedIdentity,
  resource: Resource,
  rows: readonly Row[],
): Json => {
  const limit = queryOf(req, 'limit')
  const marker = queryOf(req, 'marker')
  const self = `${identity.publicUrl}/v3/${resource.plural}`
  let start = 0
  if (marker !== undefined) {
    start = rows.findIndex(row => row.id === marker) + 1
    if (start === 0) throw badRequest(`marker ${marker} not found`)
  }
  if (limit !== undefined && !/^\d{1,9}$/.test(limit)) throw invalid('limit', limit, 'a number')
  const end = limit === undefined || Number(limit) === 0 ? rows.length : start + Number(limit)
  const shown = rows.slice(start, end)
  const last = shown.at(-1)
  const next =
    last && end < rows.length
      ? `${self}?limit=${limit}&marker=${encodeURIComponent(text(last.id))}`
      : null
  return {
    [resource.plural]: shown.map(row => documentOf(identity, resource, row)),
    links: { next, self, previous: null },
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
