import { randomBytes } from 'node:crypto'
import { Router } from 'express'
import { isRecord } from '../../../util/is-record.js'
import { badRequest, forbidden, IdentityError, notFound, unauthorized } from '../errors.js'
import type { EmbeddedIdentity, KnownToken } from '../identity.js'
import { checkPassword, hashPassword } from '../passwords.js'
import type { Row } from '../schema.js'
import { flag, json, newId, text, textOrNull } from '../store.js'
import { authorize, bodyOf, callerOf, type Json, listOf, queryOf } from './request.js'
import { passwordOf } from './resources.js'

/** A user's own password, and application credentials. */
export const userSecretsRouter = (identity: EmbeddedIdentity): Router => {
  const { store } = identity
  const router = Router()

  // Needs no token: the old password is the proof.
  router.post('/users/:user/password', async (req, res) => {
    const body = bodyOf(req, 'user')
    const user = await store.get('identity_user', req.params.user)
    const original = typeof body.original_password === 'string' ? body.original_password : ''
    const right = await checkPassword(original, textOrNull(user?.password_hash))
    if (!user || !right || !flag(user.enabled)) throw unauthorized()
    const id = text(user.id)
    await store.update('identity_user', id, { password_hash: await hashPassword(passwordOf(body)) })
    await identity.revokeAllOf(id)
    res.status(204).end()
  })

  const path = '/users/:user/application_credentials'
  const self = (user: string) => `/users/${encodeURIComponent(user)}/application_credentials`
  const own =
    (user: string) =>
    ({ claims }: KnownToken): boolean =>
      claims.userId === user

  const find = async (user: string, id: string): Promise<Row> => {
    const row = await store.get('identity_application_credential', id)
    if (row?.user_id !== user) throw notFound('application credential', id)
    return row
  }
  const roleNames = async (): Promise<ReadonlyMap<string, string>> =>
    new Map((await store.list('identity_role')).map(role => [text(role.id), text(role.name)]))

  const documentOf = (row: Row, names: ReadonlyMap<string, string>): Json => ({
    id: text(row.id),
    name: text(row.name),
    description: textOrNull(row.description),
    project_id: text(row.project_id),
    user_id: text(row.user_id),
    system: null,
    expires_at:
      typeof row.expires_at === 'number'
        ? `${new Date(row.expires_at).toISOString().slice(0, -1)}000`
        : null,
    unrestricted: flag(row.unrestricted),
    roles: roleIds(row).map(id => ({ id, name: names.get(id) ?? '', domain_id: null })),
    links: { self: `${identity.publicUrl}/v3${self(text(row.user_id))}/${text(row.id)}` },
  })

  router.post(path, async (req, res) => {
    const { user } = req.params
    const caller = await callerOf(req, identity)
    if (!own(user)(caller)) throw forbidden()
    if (caller.claims.applicationCredentialId) {
      throw forbidden('Application credentials cannot make others.')
    }
    const { projectId } = caller.validated
    if (projectId === null) throw badRequest('A token of a project is needed.')
    const body = bodyOf(req, 'application_credential')
    const { name, secret, description = null, unrestricted = false } = body
    if (typeof name !== 'string' || name === '' || name.length > 255) {
      throw badRequest("Invalid input for field 'name': expected 1 to 255 characters")
    }
    if (secret !== undefined && secret !== null && (typeof secret !== 'string' || secret === '')) {
      throw badRequest("Invalid input for field 'secret': expected a string")
    }
    if (description !== null && typeof description !== 'string') {
      throw badRequest("Invalid input for field 'description': expected a string")
    }
    if (typeof unrestricted !== 'boolean') {
      throw badRequest("Invalid input for field 'unrestricted': expected true or false")
    }
    // To drop the rules and give the credential would open more than was asked for.
    if (Array.isArray(body.access_rules) && body.access_rules.length > 0) {
      throw new IdentityError(501, 'Access rules are not implemented.')
    }
    const given = typeof secret === 'string' ? secret : randomBytes(48).toString('base64url')
    const row: Row = {
      id: newId(),
      user_id: user,
      project_id: projectId,
      name,
      description,
      unrestricted: unrestricted ? 1 : 0,
      secret_hash: await hashPassword(given),
      expires_at: expiryOf(body.expires_at, identity.now()),
      roles: JSON.stringify(await wantedRoles(body.roles, caller)),
    }
    await store.insert('identity_application_credential', row)
    res.status(201).json({
      application_credential: { ...documentOf(row, await roleNames()), secret: given },
    })
  })

  /** @throws IdentityError 400 for roles that the caller's token lacks */
  const wantedRoles = async (roles: unknown, caller: KnownToken): Promise<readonly string[]> => {
    const names = await roleNames()
    const held = new Set(caller.validated.roles)
    const mine = [...names].filter(([, name]) => held.has(name))
    if (roles === undefined || roles === null) return mine.map(([id]) => id)
    if (!Array.isArray(roles) || roles.length === 0) {
      throw badRequest("Invalid input for field 'roles': expected a list of roles")
    }
    return roles.map(role => {
      const found = mine.find(
        ([id, name]) => isRecord(role) && (role.id === id || (!role.id && role.name === name)),
      )
      if (!found) throw badRequest('The token does not have all of these roles.')
      return found[0]
    })
  }

  router.get(path, async (req, res) => {
    const { user } = req.params
    await authorize(req, identity, 'list_application_credentials', own(user))
    const names = await roleNames()
    const name = queryOf(req, 'name')
    const rows = await store.list('identity_application_credential', { user_id: user })
    const documents = rows
      .filter(row => name === undefined || row.name === name)
      .map(row => documentOf(row, names))
    res.json(listOf(identity, self(user), 'application_credentials', documents))
  })

  router.get(`${path}/:id`, async (req, res) => {
    const { user, id } = req.params
    await authorize(req, identity, 'get_application_credential', own(user))
    res.json({ application_credential: documentOf(await find(user, id), await roleNames()) })
  })

  router.delete(`${path}/:id`, async (req, res) => {
    const { user, id } = req.params
    await authorize(
      req,
      identity,
      'delete_application_credential',
      caller => own(user)(caller) && !caller.claims.applicationCredentialId,
    )
    await find(user, id)
    await store.delete('identity_application_credential', { id })
    res.status(204).end()
  })

  return router
}

const roleIds = (row: Row): readonly string[] => {
  const ids = json(row.roles)
  return Array.isArray(ids) ? ids.map(String) : []
}

const expiryOf = (value: unknown, now: number): number | null => {
  if (value === undefined || value === null) return null
  const time =
    typeof value === 'string'
      ? Date.parse(/Z|[+-]\d\d:?\d\d$/.test(value) ? value : `${value}Z`)
      : Number.NaN
  if (Number.isNaN(time) || time <= now) {
    throw badRequest("Invalid input for field 'expires_at': expected a time to come, ISO 8601")
  }
  return time
}
