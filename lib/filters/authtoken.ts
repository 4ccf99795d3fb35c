import type { NextFunction, Request, Response } from 'express'
import { LRUCache } from 'lru-cache'
import { IdentityUnavailable, type TokenValidator, type ValidatedToken } from '../identity/index.js'
import { type Filter, filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { osloOptions } from './accepted.js'
import { serviceHeaders, stripIdentityHeaders, userHeaders } from './identity-headers.js'
import { sendPlainError } from './plain-error.js'
import { rememberToken } from './validated-token.js'

export interface AuthTokenOptions {
  readonly tokens: TokenValidator
  /** Where a client may get a token: the `WWW-Authenticate` of a 401. */
  readonly wwwAuthenticateUri: string
  /** True: who has no valid token passes too, marked `X-Identity-Status: Invalid`. */
  readonly delayAuthDecision?: boolean | undefined
  readonly includeServiceCatalog?: boolean | undefined
  /** Any of these makes a service's token one. */
  readonly serviceTokenRoles?: readonly string[] | undefined
  /** True: a service token without such a role is not valid. */
  readonly serviceTokenRolesRequired?: boolean | undefined
  readonly onUnavailable?: ((error: IdentityUnavailable) => void) | undefined
}

const elsewhere = [
  ...[
    'auth_host',
    'auth_port',
    'auth_protocol',
    'auth_uri',
    'auth_url',
    'auth_version',
    'auth_type',
  ],
  ...['admin_tenant_name', 'admin_user', 'admin_password', 'admin_token', 'identity_uri'],
  ...['service_protocol', 'service_host', 'service_port', 'signing_dir', 'signing_dirname'],
  ...['username', 'password', 'project_name', 'user_domain_name', 'project_domain_name'],
  ...['user_domain_id', 'project_domain_id', 'www_authenticate_uri', 'region_name', 'interface'],
  ...['cafile', 'certfile', 'keyfile', 'insecure', 'http_connect_timeout', 'token_cache_time'],
  ...['memcached_servers', 'memcache_security_strategy', 'memcache_secret_key', 'cache'],
  ...['service_token_roles', 'service_token_roles_required', 'service_type', 'auth_section'],
]

/**
 * Lets through who has a valid token, and tells those behind it in headers who that is
 * (`X-User-Id`, `X-Project-Id`, `X-Roles`, `X-Service-Catalog`, …: keystonemiddleware's). Headers of
 * these names that a client sent itself are dropped. 401 otherwise; 503 when the identity service
 * cannot be asked.
 *
 *     [filter:authtoken]
 *     paste.filter_factory = kilonova/filters/authtoken:factory
 *
 * Its options stand in nova.conf, `[keystone_authtoken]`.
 */
export const factory = filterFactory(
  {
    name: 'authtoken',
    doc: 'Lets through who has a valid token. Its options stand in nova.conf, [keystone_authtoken].',
    options: {
      delay_auth_decision: {
        type: 'bool',
        doc: 'true: who has no valid token passes too, marked X-Identity-Status: Invalid',
      },
      include_service_catalog: { type: 'bool', doc: 'whether X-Service-Catalog is told' },
      ...osloOptions,
      // keystonemiddleware lets any of its options stand here; files up to Grizzly have some
      ...Object.fromEntries(
        elsewhere.map(name => [
          name,
          { ignored: 'write it into [keystone_authtoken] of nova.conf' },
        ]),
      ),
    },
    order: { provides: ['identity'], once: true },
  },
  (globalConf, { delay_auth_decision, include_service_catalog }) => {
    const { conf, tokens, log } = runtimeOf(globalConf)
    const options = conf.keystone_authtoken
    return authtoken({
      tokens,
      wwwAuthenticateUri: options.www_authenticate_uri ?? options.auth_url ?? '',
      delayAuthDecision: delay_auth_decision ?? options.delay_auth_decision,
      includeServiceCatalog: include_service_catalog ?? options.include_service_catalog,
      serviceTokenRoles: options.service_token_roles,
      serviceTokenRolesRequired: options.service_token_roles_required,
      onUnavailable: error => log.error({ err: error }, 'tokens cannot be validated'),
    })
  },
)

export const authtoken = (options: AuthTokenOptions): Filter => {
  const { tokens, onUnavailable } = options
  const delayed = options.delayAuthDecision ?? false
  const withCatalog = options.includeServiceCatalog ?? true
  const serviceRoles = options.serviceTokenRoles ?? ['service']
  const rolesRequired = options.serviceTokenRolesRequired ?? false
  const challenge = `Keystone uri="${options.wwwAuthenticateUri.replaceAll(/["\r\n]/g, '')}"`
  // A validator answers the same object for the same token while it remembers it.
  const headersOf = new LRUCache<ValidatedToken, Readonly<Record<string, string>>>({ max: 1000 })

  const headersFor = (token: ValidatedToken): Readonly<Record<string, string>> => {
    let headers = headersOf.get(token)
    if (!headers) {
      headers = userHeaders(token, withCatalog)
      headersOf.set(token, headers)
    }
    return headers
  }

  /** @returns whether there is a valid service token; null: there is none at all */
  const service = async (req: Request): Promise<boolean | null> => {
    const text = header(req, 'x-service-token')
    if (text === undefined) return null
    const token = await tokens.validate(text)
    const valid =
      token !== null && (!rolesRequired || token.roles.some(role => serviceRoles.includes(role)))
    Object.assign(
      req.headers,
      valid ? serviceHeaders(token) : { 'x-service-identity-status': 'Invalid' },
    )
    return valid
  }

  /** @returns whether the request may go on */
  const authenticate = async (req: Request): Promise<boolean> => {
    stripIdentityHeaders(req)
    const asService = await service(req)
    if (asService === false && !delayed) return false
    const text = header(req, 'x-auth-token') ?? header(req, 'x-storage-token')
    const allowExpired = asService === true
    const token = text === undefined ? null : await tokens.validate(text, { allowExpired })
    if (!token) {
      req.headers['x-identity-status'] = 'Invalid'
      return delayed
    }
    Object.assign(req.headers, headersFor(token))
    rememberToken(req, token)
    return true
  }

  const refuse = (res: Response): void => {
    const body = JSON.stringify(unauthorized)
    res.writeHead(401, {
      'www-authenticate': challenge,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    })
    res.end(body)
  }

  return app =>
    function authtoken(req: Request, res: Response, next: NextFunction): void {
      authenticate(req)
        .then(passes => {
          if (passes) app(req, res, next)
          else refuse(res)
        })
        // Also what an app throws before it returns: behind a promise Express would not see it.
        .catch((error: unknown) => {
          if (!(error instanceof IdentityUnavailable) || res.headersSent) return next(error)
          onUnavailable?.(error)
          sendPlainError(
            req,
            res,
            503,
            'The server is currently unavailable. Please try again later.',
          )
        })
    }
}

const unauthorized = {
  error: {
    message: 'The request you have made requires authentication.',
    code: 401,
    title: 'Unauthorized',
  },
}

const header = (req: Request, name: string): string | undefined => {
  const value = req.headers[name]
  const text = Array.isArray(value) ? value[0] : value
  return text || undefined
}
