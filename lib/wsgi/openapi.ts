import { STATUS_CODES } from 'node:http'
import { faultName } from './fault.js'
import { API_VERSION_HEADER } from './microversion.js'
import { type Json, parametersOf, plainSchema } from './openapi-schema.js'
import type { Overload } from './operation.js'
import type { ServedRoute } from './served-route.js'

export interface OpenApiOptions {
  readonly title: string
  readonly description?: string
  /** Where the paths begin. */
  readonly url: string
  /** Service type in the header that chooses the version. */
  readonly service: string
  /** Paths that ask for no token. */
  readonly open?: readonly string[]
}

/** A route as it is at the version that is described. */
interface Present extends ServedRoute {
  readonly overload: Overload
}

const BAD_REQUEST = 400
/** Anybody may get these, whatever a method declares. */
const ALWAYS = [401, 403]

/**
 * OpenAPI 3.1 of an API at one microversion, from the tables by which it answers. What is not built or
 * gone is left out. Answers are described by status only: their documents stand in no table.
 *
 * @param minor  of the version; the routes' tables must have it
 */
export const openApiDocument = (
  routes: readonly ServedRoute[],
  minor: number,
  options: OpenApiOptions,
): Json => {
  const paths = new Map<string, Record<string, unknown>>()
  const pathOfShape = new Map<string, string>()
  const schemas: Record<string, unknown> = {}
  const codes = new Set<number>()
  const ids = new Set<string>()
  for (const group of endpointsAt(routes, minor)) {
    const [first] = group
    if (!first) continue
    const path = first.path.replaceAll(/:(\w+)/g, '{$1}') || '/'
    // Two paths that differ in the names of parameters only are one path.
    const shape = path.replaceAll(/\{\w+\}/g, '{}')
    const shared = pathOfShape.get(shape) ?? path
    pathOfShape.set(shape, shared)
    const item = paths.get(shared) ?? pathItem(shared)
    paths.set(shared, item)
    const operation =
      first.action === null ? methodOperation(first) : actionsOperation(group, schemas)
    for (const code of errorsOf(group)) codes.add(code)
    item[first.method.toLowerCase()] = {
      operationId: unique(
        ids,
        operationId(first.action === null ? first : { ...first, action: null, name: 'action' }),
      ),
      tags: [first.resource ?? 'other'],
      ...operation,
      ...(options.open?.includes(path) ? { security: [] } : {}),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: options.title,
      ...(options.description ? { description: options.description } : {}),
      version: `2.${minor}`,
    },
    servers: [{ url: options.url }],
    security: [{ token: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
      parameters: {
        version: {
          name: API_VERSION_HEADER,
          in: 'header',
          description: 'Chooses the microversion; without it requests are answered at the oldest.',
          required: true,
          schema: { const: `${options.service} 2.${minor}` },
        },
      },
      schemas: { Fault: faultSchema, ...schemas },
      responses: Object.fromEntries([...codes].map(code => [`fault${code}`, faultResponse(code)])),
    },
  }
}

const faultSchema = {
  type: 'object',
  properties: {
    code: { type: 'integer' },
    message: { type: 'string' },
    details: { type: 'string' },
    retryAfter: { type: 'string' },
  },
  required: ['code', 'message'],
}

const textOf = (code: number): string => STATUS_CODES[code] ?? String(code)

const faultResponse = (code: number): Json => {
  // What has no valid token is answered before the API, by the identity service's filter.
  if (code === 401) return { description: textOf(code) }
  const name = faultName(code)
  const schema = {
    type: 'object',
    properties: { [name]: { $ref: '#/components/schemas/Fault' } },
    required: [name],
  }
  return { description: textOf(code), content: { 'application/json': { schema } } }
}

/** What is served at the version: by itself, or all actions of a path together. */
const endpointsAt = (
  routes: readonly ServedRoute[],
  minor: number,
): readonly (readonly Present[])[] => {
  const groups = new Map<string, Present[]>()
  for (const route of routes) {
    const overload = route.operation.overloads[minor]
    if (!overload || overload.removed || !route.operation.built) continue
    const key = `${route.method} ${route.path}`
    groups.set(key, [...(groups.get(key) ?? []), { ...route, overload }])
  }
  return [...groups.values()]
}

const pathItem = (path: string): Record<string, unknown> => ({
  parameters: [
    { $ref: '#/components/parameters/version' },
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
  ],
})

const methodOperation = ({ method, overload }: Present): Json => {
  const { body, query } = overload.schemas
  const { code } = overload
  const answers = code === 200 || code === 201 || (code === 202 && method === 'POST')
  return {
    ...extensionOf(overload),
    ...(overload.deprecated ? { deprecated: true } : {}),
    ...(query ? { parameters: parametersOf(query) } : {}),
    ...(body ? { requestBody: requestBody(plainSchema(body)) } : {}),
    responses: {
      [code]: success(code, answers),
      ...faultsOf(overload),
    },
  }
}

/** The body says which action is meant, and each has its own schema, statuses and errors. */
const actionsOperation = (actions: readonly Present[], schemas: Record<string, unknown>): Json => {
  const forms = actions.map(route => {
    const name = operationId(route)
    schemas[name] = actionSchema(route)
    return { $ref: `#/components/schemas/${name}` }
  })
  const successes = new Map<number, string[]>()
  let faults: Json = {}
  for (const { overload, action } of actions) {
    successes.set(overload.code, [...(successes.get(overload.code) ?? []), action ?? ''])
    faults = { ...faults, ...faultsOf(overload) }
  }
  return {
    requestBody: requestBody({ oneOf: forms }),
    responses: {
      ...Object.fromEntries(
        [...successes].map(([code, names]) => [
          code,
          { ...success(code, code === 200), description: `${textOf(code)}: ${names.join(', ')}` },
        ]),
      ),
      ...faults,
    },
    'x-actions': Object.fromEntries(
      actions.map(({ action, overload }) => [
        action,
        {
          ...(overload.deprecated ? { deprecated: true } : {}),
          success: overload.code,
          errors: [...(overload.expected ?? [])].sort((a, b) => a - b),
          ...extensionOf(overload),
        },
      ]),
    ),
  }
}

const actionSchema = ({ action, overload: { schemas } }: Present): Json => {
  const name = action ?? ''
  const key = { type: 'object', properties: { [name]: {} }, required: [name], maxProperties: 1 }
  if (!schemas.body) return key
  const schema = plainSchema(schemas.body)
  const tells = Array.isArray(schema.required) && schema.required.includes(name)
  // Some schemas let pass anything: the key is what tells the action.
  return tells ? schema : { allOf: [schema, key] }
}

const extensionOf = ({ source }: Overload): Json =>
  source.alias === null ? {} : { 'x-extension': source.alias }

const requestBody = (schema: Json): Json => ({
  required: true,
  content: { 'application/json': { schema } },
})

const success = (code: number, hasContent: boolean): Json => ({
  description: textOf(code),
  ...(hasContent ? { content: { 'application/json': {} } } : {}),
})

const errorsOf = (group: readonly Present[]): ReadonlySet<number> =>
  new Set(group.flatMap(({ overload }) => codesOf(overload)))

const codesOf = ({ schemas, expected }: Overload): readonly number[] => [
  ...(schemas.body || schemas.query ? [BAD_REQUEST] : []),
  ...ALWAYS,
  ...(expected ?? []),
]

const faultsOf = (overload: Overload): Json =>
  Object.fromEntries(
    codesOf(overload).map(code => [code, { $ref: `#/components/responses/fault${code}` }]),
  )

/** `servers.show`, `servers.ips.index`, `servers.action.pause` */
const operationId = ({ resource, name, action }: ServedRoute): string =>
  [...(resource ?? 'other').split('/'), ...(action === null ? [] : ['action']), name]
    .map(part => part.replaceAll(/[^A-Za-z0-9_-]/g, '_'))
    .join('.')

const unique = (taken: Set<string>, id: string): string => {
  let found = id
  for (let count = 2; taken.has(found); count++) found = `${id}.${count}`
  taken.add(found)
  return found
}
