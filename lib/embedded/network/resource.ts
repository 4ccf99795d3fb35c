import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
import { isAdmin, now } from '../support/request.js'
import { boolean, type Convert, tags, text, Unfit } from './convert.js'
import { badRequest, forbidden } from './errors.js'
import type { Doc, StoredDoc } from './store.js'

/** One attribute of a resource: who may set and see it, and what may stand in it. */
export interface Attribute {
  readonly convert?: Convert
  /** `required`: no resource without it. Absent: the service sets it. */
  readonly post?: 'required' | 'optional'
  readonly put?: boolean
  /** What a new resource has when the body is silent. Absent: the service sets it. */
  readonly value?: unknown
  /** Only administrators set it. */
  readonly adminSets?: boolean
  /** Only administrators see it. */
  readonly adminSees?: boolean
}

/** A kind of resource: its names, and its attributes in the order of the document. */
export interface ResourceDef {
  /** key of one in a body: `network` */
  readonly kind: string
  /** key of several, and with `-` for `_` the path: `networks` */
  readonly collection: string
  readonly attributes: Readonly<Record<string, Attribute>>
}

const optional = { post: 'optional', put: true } as const

/** What every resource has. */
export const standard: Readonly<Record<string, Attribute>> = {
  description: { ...optional, convert: value => (value === null ? '' : text()(value)), value: '' },
  tags: { convert: tags, value: [] },
  created_at: {},
  updated_at: {},
  revision_number: {},
  project_id: { post: 'optional', convert: text() },
}

export const identified: Readonly<Record<string, Attribute>> = {
  id: {},
  name: { ...optional, convert: text(), value: '' },
  tenant_id: { post: 'optional', convert: text() },
}

export const settable = (convert: Convert, value: unknown): Attribute => ({
  ...optional,
  convert,
  value,
})

export const flag = (value: boolean): Attribute => settable(boolean, value)

/** The body of POST or PUT: what was under the resource's name, converted, nothing filled in. */
export const readBody = (
  def: ResourceDef,
  method: 'POST' | 'PUT',
  values: unknown,
  context: RequestContext,
): Doc => {
  if (!isRecord(values)) throw badRequest('Resource body required')
  const unknown = Object.keys(values).filter(name => !Object.hasOwn(def.attributes, name))
  if (unknown.length) throw badRequest(`Unrecognized attribute(s) '${unknown.join(', ')}'`)

  const read: Doc = {}
  for (const [name, attribute] of Object.entries(def.attributes)) {
    const value = values[name]
    if (value === undefined) {
      if (method === 'POST' && attribute.post === 'required') {
        throw badRequest(`Failed to parse request. Required attribute '${name}' not specified`)
      }
      continue
    }
    if (method === 'POST' && !attribute.post) {
      throw badRequest(`Attribute '${name}' not allowed in POST`)
    }
    if (method === 'PUT' && !attribute.put) {
      throw badRequest(`Cannot update read-only attribute ${name}`)
    }
    if (attribute.adminSets && !isAdmin(context)) {
      const verb = method === 'POST' ? 'create' : 'update'
      throw forbidden(`(rule:${verb}_${def.kind} and rule:${verb}_${def.kind}:${name})`)
    }
    read[name] = convertValue(name, value, attribute.convert)
  }
  return read
}

const convertValue = (name: string, value: unknown, convert: Convert | undefined): unknown => {
  if (!convert) return value
  try {
    return convert(value)
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    throw badRequest(`Invalid input for ${name}. Reason: ${error.message}.`)
  }
}

/** A new document: what was given, the defaults, and what every resource bears. */
export const newDoc = (def: ResourceDef, given: Doc, context: RequestContext): StoredDoc => {
  const project = projectOf(given, context)
  const time = now()
  const own: Doc = {
    id: randomUUID(),
    tenant_id: project,
    project_id: project,
    created_at: time,
    updated_at: time,
    revision_number: 1,
  }
  const doc: Doc = {}
  for (const [name, { value }] of Object.entries(def.attributes)) {
    doc[name] = own[name] ?? given[name] ?? (value === undefined ? null : value)
  }
  return { ...doc, id: String(own.id) }
}

/** Administrators may make resources for another project. */
const projectOf = (given: Doc, context: RequestContext): string => {
  const { tenant_id, project_id } = given
  if (tenant_id !== undefined && project_id !== undefined && tenant_id !== project_id) {
    throw badRequest("'project_id' and 'tenant_id' do not match")
  }
  const asked = tenant_id ?? project_id
  const own = context.projectId ?? ''
  if (asked === undefined || asked === own) return own
  if (!isAdmin(context)) {
    throw badRequest(
      "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin privileges",
    )
  }
  return String(asked)
}

/** The document after a change. */
export const changed = (doc: StoredDoc, values: Doc): StoredDoc => ({
  ...doc,
  ...values,
  id: doc.id,
  updated_at: now(),
  revision_number: Number(doc.revision_number) + 1,
})

/** @param fields  the only ones to show; null: all that the caller may see */
export const shownTo = (
  def: ResourceDef,
  doc: Doc,
  context: RequestContext,
  fields: ReadonlySet<string> | null,
): Doc => {
  const admin = isAdmin(context)
  const shown: Doc = {}
  for (const name in doc) {
    // What is kept for the service itself begins so.
    if (name.startsWith('_') || (fields && !fields.has(name))) continue
    if (admin || !def.attributes[name]?.adminSees) shown[name] = doc[name]
  }
  return shown
}
