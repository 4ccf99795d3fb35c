import { type Request, Router } from 'express'
import { buildCatalog } from '../catalog.js'
import { forbidden, IdentityError } from '../errors.js'
import type { EmbeddedIdentity, KnownToken } from '../identity.js'
import { text } from '../store.js'
import { authorize, callerOf, listOf, queryOf } from './request.js'
import { documentOf } from './resource.js'
import type { Resources } from './resources.js'

/** `/auth`: tokens, and what a token opens. */
export const authRouter = (identity: EmbeddedIdentity, resources: Resources): Router => {
  const { store } = identity
  const router = Router()

  router.post('/auth/tokens', async (req, res) => {
    const { id, token } = await identity.issue(req.body)
    res.status(201).setHeader('x-subject-token', id)
    res.json({ token: shown(req, token) })
  })

  /** The token asked about, for somebody who may ask. @throws IdentityError 401, 403, 404 */
  const subject = async (req: Request, action: string) => {
    const id = req.headers['x-subject-token']
    const caller = await callerOf(req, identity)
    const allowExpired = queryOf(req, 'allow_expired') !== undefined
    const token = typeof id === 'string' ? await identity.lookUp(id, { allowExpired }) : null
    const own = token?.claims.userId === caller.claims.userId
    const { roles } = caller.validated
    if (!own && !roles.includes('admin') && !roles.includes('service')) {
      throw forbidden(`You are not authorized to perform the requested action: identity:${action}.`)
    }
    if (!token || typeof id !== 'string') {
      throw new IdentityError(404, 'Failed to validate token')
    }
    return { id, token }
  }

  router.get('/auth/tokens', async (req, res) => {
    const { id, token } = await subject(req, 'validate_token')
    res.setHeader('x-subject-token', id)
    res.json({ token: shown(req, token) })
  })

  router.delete('/auth/tokens', async (req, res) => {
    const { token } = await subject(req, 'revoke_token')
    await identity.revoke(token.claims)
    res.status(204).end()
  })

  router.get('/auth/catalog', async (req, res) => {
    const { validated } = await callerOf(req, identity)
    const catalog = await buildCatalog(store, validated.projectId)
    res.json({
      catalog,
      links: { next: null, self: `${identity.publicUrl}/v3/auth/catalog`, previous: null },
    })
  })

  /** Projects where a user has a role. */
  const projectsOf = async (userId: string): Promise<unknown[]> => {
    const assigned = await store.list('identity_assignment', { user_id: userId, scope: 'project' })
    const ids = new Set(assigned.map(row => row.scope_id))
    const projects = await store.list('identity_project')
    return projects
      .filter(row => ids.has(row.id ?? null))
      .map(row => documentOf(identity, resources.projects, row))
  }

  router.get('/auth/projects', async (req, res) => {
    const { claims } = await callerOf(req, identity)
    res.json(listOf(identity, '/auth/projects', 'projects', await projectsOf(claims.userId)))
  })

  router.get('/auth/domains', async (req, res) => {
    const { claims } = await callerOf(req, identity)
    const user_id = claims.userId
    const assigned = await store.list('identity_assignment', { user_id, scope: 'domain' })
    const ids = new Set(assigned.map(row => row.scope_id))
    const domains = (await store.list('identity_domain')).filter(row => ids.has(row.id ?? null))
    const documents = domains.map(row => documentOf(identity, resources.domains, row))
    res.json(listOf(identity, '/auth/domains', 'domains', documents))
  })

  router.get('/auth/system', async (req, res) => {
    const { claims } = await callerOf(req, identity)
    const { size } = await store.roles(claims.userId, 'system', 'all')
    res.json(listOf(identity, '/auth/system', 'system', size > 0 ? [{ all: true }] : []))
  })

  router.get('/users/:id/projects', async (req, res) => {
    const { id } = req.params
    await authorize(req, identity, 'list_user_projects', ({ claims }) => claims.userId === id)
    const user = await store.get('identity_user', id)
    if (!user) throw new IdentityError(404, `Could not find user: ${id}.`)
    const path = `/users/${encodeURIComponent(id)}/projects`
    res.json(listOf(identity, path, 'projects', await projectsOf(text(user.id))))
  })

  return router
}

const shown = (req: Request, { document }: KnownToken): object => {
  if (queryOf(req, 'nocatalog') === undefined) return document
  const { catalog: _left, ...others } = document
  return others
}
