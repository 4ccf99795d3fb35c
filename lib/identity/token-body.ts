import type { CatalogEntry } from '../context/index.js'
import { isRecord } from '../util/is-record.js'
import type { ValidatedToken } from './token-validator.js'

type Json = Readonly<Record<string, unknown>>

/**
 * Reads `{"token": …}` as Keystone answers it.
 *
 * @returns null when it is not that
 */
export const tokenFromBody = (body: unknown): ValidatedToken | null => {
  const token = object(object(body)?.token)
  const user = object(token?.user)
  const expiresAt = Date.parse(String(token?.expires_at))
  if (!token || !user || typeof user.id !== 'string' || Number.isNaN(expiresAt)) return null
  const project = object(token.project)
  const domain = object(token.domain)
  const userDomain = object(user.domain)
  const projectDomain = object(project?.domain)
  return Object.freeze({
    userId: user.id,
    userName: text(user.name) ?? '',
    userDomainId: text(userDomain?.id),
    userDomainName: text(userDomain?.name),
    projectId: text(project?.id),
    projectName: text(project?.name),
    projectDomainId: text(projectDomain?.id),
    projectDomainName: text(projectDomain?.name),
    domainId: text(domain?.id),
    domainName: text(domain?.name),
    systemScope: object(token.system)?.all === true ? 'all' : null,
    roles: list(token.roles).flatMap(role => text(role.name) ?? []),
    // Absent unless an admin project is configured: then everyone's is.
    isAdminProject: token.is_admin_project !== false,
    catalog: list(token.catalog).flatMap(catalogEntry),
    expiresAt,
  })
}

const catalogEntry = (entry: Json): CatalogEntry[] =>
  typeof entry.type === 'string'
    ? [
        {
          type: entry.type,
          ...(typeof entry.name === 'string' ? { name: entry.name } : {}),
          endpoints: list(entry.endpoints),
        },
      ]
    : []

const object = (value: unknown): Json | null => (isRecord(value) ? value : null)

const list = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.map(object).filter(item => item !== null) : []

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
