import type { IncomingMessage } from 'node:http'
import type { CatalogEntry } from '../context/index.js'
import type { ValidatedToken } from '../identity/index.js'

/** Headers by which authtoken tells those behind it who asks; a client must not send them itself. */
const people = [
  'user-id',
  'user-name',
  'user-domain-id',
  'user-domain-name',
  'project-id',
  'project-name',
  'project-domain-id',
  'project-domain-name',
  'domain-id',
  'domain-name',
  'roles',
]
const identityHeaders: ReadonlySet<string> = new Set([
  'x-identity-status',
  'x-service-identity-status',
  ...people.map(name => `x-${name}`),
  ...people.map(name => `x-service-${name}`),
  'openstack-system-scope',
  'x-service-openstack-system-scope',
  'x-is-admin-project',
  'x-service-is-admin-project',
  'x-service-catalog',
  'x-user',
  'x-tenant',
  'x-tenant-id',
  'x-tenant-name',
  'x-role',
])

/** Takes away what only authtoken may say. */
export const stripIdentityHeaders = (req: IncomingMessage): void => {
  let found = false
  for (const name in req.headers) {
    if (identityHeaders.has(name)) {
      delete req.headers[name]
      found = true
    }
  }
  if (!found) return
  // Node's other views of the same headers. This one is built on first use, from as many pairs as
  // came, so it has to be there before there are fewer.
  for (const name in req.headersDistinct) {
    if (identityHeaders.has(name)) delete req.headersDistinct[name]
  }
  const raw = req.rawHeaders
  const kept: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = raw.slice(i, i + 2)
    if (!identityHeaders.has(name.toLowerCase())) kept.push(name, value)
  }
  req.rawHeaders = kept
}

type Headers = Readonly<Record<string, string>>

/** The headers that tell of a caller's token. */
export const userHeaders = (token: ValidatedToken, withCatalog: boolean): Headers => {
  const headers: Record<string, string> = {
    'x-identity-status': 'Confirmed',
    ...about('x-', token),
    'x-user': token.userName,
    'x-role': token.roles.join(','),
    'x-is-admin-project': token.isAdminProject ? 'True' : 'False',
  }
  if (token.projectId !== null) {
    headers['x-tenant-id'] = token.projectId
    headers['x-tenant-name'] = token.projectName ?? ''
    headers['x-tenant'] = token.projectName ?? ''
  }
  if (withCatalog && token.catalog.length > 0) {
    headers['x-service-catalog'] = JSON.stringify(v2Catalog(token.catalog))
  }
  return headers
}

/** The same of a service's token, sent beside a user's. */
export const serviceHeaders = (token: ValidatedToken): Headers => ({
  'x-service-identity-status': 'Confirmed',
  ...about('x-service-', token),
})

const about = (prefix: string, token: ValidatedToken): Headers => {
  const values: Readonly<Record<string, string | null>> = {
    'user-id': token.userId,
    'user-name': token.userName,
    'user-domain-id': token.userDomainId,
    'user-domain-name': token.userDomainName,
    'project-id': token.projectId,
    'project-name': token.projectName,
    'project-domain-id': token.projectDomainId,
    'project-domain-name': token.projectDomainName,
    'domain-id': token.domainId,
    'domain-name': token.domainName,
    roles: token.roles.join(','),
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value !== null) headers[prefix + name] = value
  }
  if (token.systemScope !== null) {
    headers[prefix === 'x-' ? 'openstack-system-scope' : `${prefix}openstack-system-scope`] =
      token.systemScope
  }
  return headers
}

/**
 * A catalog in the form of Keystone's v2 API, one URL per interface in an endpoint: what
 * keystonemiddleware hands on, and so what nova's contexts carry between services.
 */
export const v2Catalog = (catalog: readonly CatalogEntry[]): readonly CatalogEntry[] =>
  catalog.map(({ type, name, endpoints }) => {
    const regions = new Map<string | null, Record<string, unknown>>()
    for (const endpoint of endpoints) {
      const region = endpoint.region ?? endpoint.region_id
      const key = typeof region === 'string' ? region : null
      const entry = regions.get(key) ?? (key === null ? {} : { region: key })
      entry[`${String(endpoint.interface)}URL`] = endpoint.url
      regions.set(key, entry)
    }
    return { type, ...(name === undefined ? {} : { name }), endpoints: [...regions.values()] }
  })
