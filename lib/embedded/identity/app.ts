import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { openDatabase } from '../../db/open.js'
import type { App, AppFactory } from '../../paste/types.js'
import { runtimeOf } from '../../runtime/index.js'
import { refuseDeep } from '../support/request.js'
import { catalogOf } from './bootstrap.js'
import { badRequest, IdentityError } from './errors.js'
import { EmbeddedIdentity } from './identity.js'
import { assignmentsRouter } from './routes/assignments.js'
import { authRouter } from './routes/auth.js'
import { resourceRouter } from './routes/resource.js'
import { resourcesOf } from './routes/resources.js'
import { userSecretsRouter } from './routes/user-secrets.js'
import { versionsRouter } from './routes/versions.js'

/**
 * Identity in miniature, as an app of an ini.
 *
 *     [app:identity]
 *     paste.app_factory = kilonova/embedded/identity:factory
 *
 * In an embedded cloud it serves the identity that validates its tokens. Elsewhere it stands on a
 * database of its own:
 *
 *     connection = sqlite:////var/lib/kilonova/identity.db
 *     # below which the services of the catalog are reached; this one at /identity
 *     base_url = http://controller:8774
 *     admin_password = secret
 *
 * @throws Error at load, when neither is there
 */
export const factory: AppFactory = async (globalConf, localConf) => {
  const { connection, base_url, admin_password } = localConf
  if (connection === undefined) {
    const { tokens, log } = runtimeOf(globalConf)
    if (tokens instanceof EmbeddedIdentity) {
      return identityApp(tokens, error => log.error({ err: error }, 'identity: request failed'))
    }
    throw new Error(
      'the embedded identity service needs the key connection, for this process has none of its own',
    )
  }
  if (base_url === undefined || !URL.canParse(base_url)) {
    throw new Error(`base_url: expected the address of the cloud, found '${base_url ?? ''}'`)
  }
  const identity = await EmbeddedIdentity.open(openDatabase(connection), {
    publicUrl: `${base_url.replace(/\/+$/, '')}/identity`,
  })
  await identity.bootstrap({ adminPassword: admin_password, services: catalogOf(base_url) })
  return identityApp(identity)
}

/** Bytes; as much as nova takes. */
const maxBody = 114_688

/** The API, `/` and `/v3/…`. It answers everything below where it is mounted. */
export const identityApp = (
  identity: EmbeddedIdentity,
  onError: (error: unknown) => void = () => {},
): App => {
  const app: Express = express()
  app.disable('x-powered-by').disable('etag')
  app.set('query parser', 'simple')

  app.use((req, res, next) => {
    res.setHeader('x-openstack-request-id', requestId(req))
    res.setHeader('vary', 'X-Auth-Token')
    next()
  })
  app.use(versionsRouter(identity))
  app.use(express.json({ limit: maxBody, type: () => true, verify: refuseDeep }))
  const resources = resourcesOf(identity)
  app.use(
    '/v3',
    authRouter(identity, resources),
    assignmentsRouter(identity, resources),
    userSecretsRouter(identity),
    ...Object.values(resources).map(resource => resourceRouter(identity, resource)),
  )
  app.use(() => {
    throw new IdentityError(404, 'The resource could not be found.')
  })
  const answerError: ErrorRequestHandler = (error, _req, res, _next) => {
    const known = identityErrorOf(error)
    if (!known) onError(error)
    if (res.headersSent) {
      res.destroy()
      return
    }
    const { code, message, title } = known ?? unexpected
    if (code === 401) res.setHeader('www-authenticate', `Keystone uri="${identity.publicUrl}"`)
    res.status(code).json({ error: { code, message, title } })
  }
  app.use(answerError)
  return (req, res, next) => app(req, res, next)
}

const unexpected = new IdentityError(
  500,
  'An unexpected error prevented the server from answering.',
)

const requestId = (req: object): string =>
  'requestId' in req && typeof req.requestId === 'string' ? req.requestId : `req-${randomUUID()}`

/** Ours, or what Express and its body parser say of a bad request. */
const identityErrorOf = (error: unknown): IdentityError | null => {
  if (error instanceof IdentityError) return error
  const status: unknown =
    typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  if (status === 413) return new IdentityError(413, 'The request body is too large.')
  if (status === 415) return new IdentityError(415, 'The request body is in an unknown coding.')
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return badRequest('The request cannot be read.')
  }
  return null
}
