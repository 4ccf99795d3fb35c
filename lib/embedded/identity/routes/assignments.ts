import { type Request, Router } from 'express'
import { notFound } from '../errors.js'
import type { EmbeddedIdentity } from '../identity.js'
import type { Row } from '../schema.js'
import { type Assignment, type ScopeKind, text } from '../store.js'
import { authorize, listOf, param, queryOf, switchedOn } from './request.js'
import { documentOf } from './resource.js'
import type { Resources } from './resources.js'

/** Who has which role where: grants, and the list of all. */
export const assignmentsRouter = (identity: EmbeddedIdentity, resources: Resources): Router => {
  const { store } = identity
  const router = Router()

  /** @throws IdentityError 404 for a project, domain or user that is not there */
  const grantee = async (req: Request, scope: ScopeKind) => {
    const scopeId = scope === 'system' ? 'all' : param(req, 'scope')
    if (scope !== 'system' && !(await store.get(`identity_${scope}`, scopeId))) {
      throw notFound(scope, scopeId)
    }
    const userId = param(req, 'user')
    if (!(await store.get('identity_user', userId))) throw notFound('user', userId)
    return { user_id: userId, scope, scope_id: scopeId }
  }
  const grant = async (req: Request, scope: ScopeKind): Promise<Assignment> => {
    const who = await grantee(req, scope)
    const roleId = param(req, 'role')
    if (!(await store.get('identity_role', roleId))) throw notFound('role', roleId)
    return { ...who, role_id: roleId }
  }
  const paths: readonly (readonly [ScopeKind, string])[] = [
    ['project', '/projects/:scope/users/:user/roles'],
    ['domain', '/domains/:scope/users/:user/roles'],
    ['system', '/system/users/:user/roles'],
  ]
  for (const [scope, path] of paths) {
    router.get(path, async (req, res) => {
      await authorize(req, identity, 'list_grants')
      const assigned = await store.list('identity_assignment', await grantee(req, scope))
      const ids = new Set(assigned.map(row => row.role_id))
      const roles = (await store.list('identity_role')).filter(role => ids.has(role.id ?? null))
      const documents = roles.map(role => documentOf(identity, resources.roles, role))
      res.json(listOf(identity, req.path, 'roles', documents))
    })
    // Express answers HEAD by this too.
    router.get(`${path}/:role`, async (req, res) => {
      await authorize(req, identity, 'check_grant')
      const wanted = await grant(req, scope)
      if (!(await store.first('identity_assignment', { ...wanted }))) {
        throw notFound('role assignment with role', wanted.role_id)
      }
      res.status(204).end()
    })
    router.put(`${path}/:role`, async (req, res) => {
      await authorize(req, identity, 'create_grant')
      await store.assign(await grant(req, scope))
      res.status(204).end()
    })
    router.delete(`${path}/:role`, async (req, res) => {
      await authorize(req, identity, 'revoke_grant')
      const wanted = await grant(req, scope)
      if ((await store.delete('identity_assignment', { ...wanted })) === 0) {
        throw notFound('role assignment with role', wanted.role_id)
      }
      res.status(204).end()
    })
  }

  router.get('/role_assignments', async (req, res) => {
    const userId = queryOf(req, 'user.id')
    await authorize(
      req,
      identity,
      'list_role_assignments',
      ({ claims }) => claims.userId === userId,
    )
    const describe = await describer(identity, switchedOn(req, 'include_names'))
    let rows = await store.list('identity_assignment')
    if (switchedOn(req, 'effective')) rows = await expand(identity, rows)
    res.json(
      listOf(
        identity,
        '/role_assignments',
        'role_assignments',
        rows.filter(row => wanted(req, row)).map(describe),
      ),
    )
  })

  return router
}

const wanted = (req: Request, row: Row): boolean => {
  const project = queryOf(req, 'scope.project.id')
  const domain = queryOf(req, 'scope.domain.id')
  const system = queryOf(req, 'scope.system')
  const [user, role] = [queryOf(req, 'user.id'), queryOf(req, 'role.id')]
  if (user !== undefined && row.user_id !== user) return false
  if (role !== undefined && row.role_id !== role) return false
  if (project !== undefined && !(row.scope === 'project' && row.scope_id === project)) return false
  if (domain !== undefined && !(row.scope === 'domain' && row.scope_id === domain)) return false
  // Groups are not kept, so nobody has a role by one.
  if (queryOf(req, 'group.id') !== undefined) return false
  return system === undefined || row.scope === 'system'
}

/** Roles that follow from others as rows of their own. */
const expand = async ({ store }: EmbeddedIdentity, rows: readonly Row[]): Promise<Row[]> => {
  const all = new Map<string, Row>()
  for (const row of rows) {
    for (const role_id of await store.withImplied([text(row.role_id)])) {
      all.set([row.user_id, row.scope, row.scope_id, role_id].join(), { ...row, role_id })
    }
  }
  return [...all.values()]
}

const describer = async ({ store, publicUrl }: EmbeddedIdentity, withNames: boolean) => {
  const tables = ['identity_domain', 'identity_project', 'identity_user', 'identity_role'] as const
  const rows = withNames ? (await Promise.all(tables.map(table => store.list(table)))).flat() : []
  const byId = new Map(rows.map(row => [text(row.id), row]))
  const thing = (id: string): object => {
    const row = byId.get(id)
    if (!row) return { id }
    const name = text(row.name)
    if (row.domain_id === undefined) return { id, name }
    const domainId = text(row.domain_id)
    return { id, name, domain: { id: domainId, name: text(byId.get(domainId)?.name) } }
  }
  return (row: Row): object => {
    const [scope, scopeId] = [text(row.scope), text(row.scope_id)]
    const [user, role] = [text(row.user_id), text(row.role_id)]
    const where = scope === 'system' ? 'system' : `${scope}s/${scopeId}`
    return {
      role: thing(role),
      user: thing(user),
      scope: scope === 'system' ? { system: { all: true } } : { [scope]: thing(scopeId) },
      links: { assignment: `${publicUrl}/v3/${where}/users/${user}/roles/${role}` },
    }
  }
}
