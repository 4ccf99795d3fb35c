import type { NextFunction, Request, Response } from 'express'
import { LRUCache } from 'lru-cache'
import {
  type CatalogEntry,
  type ContextServices,
  RequestContext,
  type RequestContextValues,
} from '../context/index.js'
import type { ValidatedToken } from '../identity/index.js'
import { type Filter, filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { v2Catalog } from './identity-headers.js'
import { withRequestLog } from './log-fields.js'
import { sendPlainError } from './plain-error.js'
import { remoteAddress } from './request.js'
import { rememberedToken } from './validated-token.js'

/**
 * Makes `req.context`, the RequestContext, of what authtoken found out. 401 without a user.
 *
 *     [filter:keystonecontext]
 *     paste.filter_factory = kilonova/filters/keystonecontext:factory
 */
export const factory = filterFactory(
  {
    name: 'keystonecontext',
    doc: 'Makes the request context of what authtoken found out. 401 without a user.',
    options: {},
    order: { needs: ['identity'], provides: ['context'], once: true },
  },
  globalConf => keystonecontext(runtimeOf(globalConf).contexts),
)

type Identity = Partial<RequestContextValues>

export const keystonecontext = (services: ContextServices): Filter => {
  const identities = new LRUCache<ValidatedToken, Identity>({ max: 1000 })

  const identityOf = (token: ValidatedToken): Identity => {
    let identity = identities.get(token)
    if (!identity) {
      identity = fromToken(token)
      identities.set(token, identity)
    }
    return identity
  }

  return app =>
    function keystonecontext(req: Request, res: Response, next: NextFunction): void {
      const token = rememberedToken(req)
      const identity = token ? identityOf(token) : fromHeaders(req)
      if (identity === 'bad catalog') {
        sendPlainError(req, res, 500, 'Invalid service catalog json.')
        return
      }
      if (!identity.userId) {
        sendPlainError(req, res, 401, 'This server could not verify who you are.')
        return
      }
      req.context = new RequestContext(
        {
          ...identity,
          authToken: text(req, 'x-auth-token') ?? text(req, 'x-storage-token'),
          remoteAddress: remoteAddress(req),
          globalRequestId: req.globalRequestId ?? null,
          ...(req.requestId === undefined ? {} : { requestId: req.requestId }),
        },
        services,
      )
      withRequestLog(req, () => app(req, res, next))
    }
}

/** The services that nova itself calls; a context carries only these, for it travels. */
const usedTypes: ReadonlySet<string> = new Set([
  'image',
  'block-storage',
  'volumev3',
  'key-manager',
  'placement',
  'network',
  'accelerator',
  'sharev2',
  'shared-file-system',
])

const used = (catalog: readonly CatalogEntry[]): readonly CatalogEntry[] =>
  catalog.filter(({ type }) => usedTypes.has(type))

const fromToken = (token: ValidatedToken): Identity => ({
  userId: token.userId,
  userName: token.userName,
  userDomainId: token.userDomainId,
  projectId: token.projectId,
  projectName: token.projectName,
  projectDomainId: token.projectDomainId,
  domainId: token.domainId,
  systemScope: token.systemScope,
  roles: token.roles,
  isAdminProject: token.isAdminProject,
  serviceCatalog: v2Catalog(used(token.catalog)),
})

/** When another filter than ours authenticated: by the headers. */
const fromHeaders = (req: Request): Identity | 'bad catalog' => {
  const catalog = catalogFrom(text(req, 'x-service-catalog'))
  if (!catalog) return 'bad catalog'
  return {
    userId: text(req, 'x-user-id') ?? text(req, 'x-user'),
    userName: text(req, 'x-user-name'),
    userDomainId: text(req, 'x-user-domain-id'),
    projectId: text(req, 'x-project-id') ?? text(req, 'x-tenant-id') ?? text(req, 'x-tenant'),
    projectName: text(req, 'x-project-name') ?? text(req, 'x-tenant-name'),
    projectDomainId: text(req, 'x-project-domain-id'),
    domainId: text(req, 'x-domain-id'),
    systemScope: text(req, 'openstack-system-scope'),
    roles: (text(req, 'x-roles') ?? text(req, 'x-role') ?? '')
      .split(',')
      .map(role => role.trim())
      .filter(role => role !== ''),
    isAdminProject: (text(req, 'x-is-admin-project') ?? 'true').toLowerCase() === 'true',
    serviceCatalog: used(catalog),
  }
}

const catalogFrom = (json: string | null): readonly CatalogEntry[] | null => {
  if (json === null) return []
  try {
    const catalog: unknown = JSON.parse(json)
    return Array.isArray(catalog) && catalog.every(isCatalogEntry) ? catalog : null
  } catch {
    return null
  }
}

const isCatalogEntry = (value: unknown): value is CatalogEntry =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  typeof value.type === 'string' &&
  'endpoints' in value &&
  Array.isArray(value.endpoints)

const text = (req: Request, name: string): string | null => {
  const value = req.headers[name]
  return (Array.isArray(value) ? value[0] : value) || null
}
