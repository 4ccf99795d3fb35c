import { badRequest, forbidden, notFound } from '../errors.js'
import type { EmbeddedIdentity, KnownToken } from '../identity.js'
import { hashPassword } from '../passwords.js'
import type { Row } from '../schema.js'
import { flag, text } from '../store.js'
import type { Json } from './request.js'
import type { Field, Resource } from './resource.js'

const name = (most: number): Field => ({ type: 'text', required: true, length: [1, most] })
const description: Field = { type: 'text', nullable: true, default: '' }
const enabled: Field = { type: 'flag', default: 1 }
const domainId: Field = { type: 'text', nullable: true, fixed: true, length: [1, 64] }

export interface Resources {
  readonly domains: Resource
  readonly projects: Resource
  readonly users: Resource
  readonly roles: Resource
  readonly regions: Resource
  readonly services: Resource
  readonly endpoints: Resource
}

/** What the API keeps, by its fields and by what hangs on what. */
export const resourcesOf = (identity: EmbeddedIdentity): Resources => {
  const { store } = identity

  /** The domain that was named, or that of the caller's token. */
  const withDomain = async (values: Row, caller: KnownToken): Promise<Row> => {
    const { validated } = caller
    const id =
      values.domain_id ?? validated.domainId ?? validated.projectDomainId ?? validated.userDomainId
    if (!(await store.get('identity_domain', text(id)))) throw notFound('domain', text(id))
    return { domain_id: id }
  }

  const removeProject = async (row: Row): Promise<void> => {
    const id = text(row.id)
    await store.delete('identity_assignment', { scope: 'project', scope_id: id })
    await store.delete('identity_application_credential', { project_id: id })
    for (const user of await store.list('identity_user', { default_project_id: id })) {
      await store.update('identity_user', text(user.id), { default_project_id: null })
    }
  }
  const removeUser = async (row: Row): Promise<void> => {
    await store.delete('identity_assignment', { user_id: text(row.id) })
    await store.delete('identity_application_credential', { user_id: text(row.id) })
  }

  const domains: Resource = {
    table: 'identity_domain',
    singular: 'domain',
    plural: 'domains',
    fields: { name: name(64), description, enabled },
    defaults: { tags: [], options: {} },
    readableBy: ({ id }, { validated }) =>
      id === validated.domainId ||
      id === validated.projectDomainId ||
      id === validated.userDomainId,
    remove: async row => {
      if (flag(row.enabled)) {
        throw forbidden('Cannot delete a domain that is enabled, please disable it first.')
      }
      const domain_id = text(row.id)
      for (const project of await store.list('identity_project', { domain_id })) {
        await removeProject(project)
      }
      for (const user of await store.list('identity_user', { domain_id })) await removeUser(user)
      await store.delete('identity_project', { domain_id })
      await store.delete('identity_user', { domain_id })
      await store.delete('identity_assignment', { scope: 'domain', scope_id: domain_id })
    },
  }

  const projects: Resource = {
    table: 'identity_project',
    singular: 'project',
    plural: 'projects',
    fields: {
      name: name(64),
      domain_id: domainId,
      description,
      enabled,
      parent_id: { type: 'text', nullable: true, fixed: true, length: [1, 64] },
    },
    defaults: { tags: [], options: {} },
    hidden: ['is_domain'],
    view: () => ({ is_domain: false }),
    readableBy: ({ id }, { validated }) => id === validated.projectId,
    prepare: async (values, body, { caller, old }): Promise<Row> => {
      if (body.is_domain === true) throw badRequest('A domain is made by POST /v3/domains.')
      if (old) return {}
      const { domain_id = null } = await withDomain(values, caller)
      const parent_id = values.parent_id ?? domain_id
      if (parent_id !== domain_id && !(await store.get('identity_project', text(parent_id)))) {
        throw notFound('project', text(parent_id))
      }
      return { domain_id, parent_id }
    },
    remove: removeProject,
  }

  const users: Resource = {
    table: 'identity_user',
    singular: 'user',
    plural: 'users',
    fields: {
      name: name(255),
      domain_id: domainId,
      description: { type: 'text', nullable: true },
      enabled,
      default_project_id: { type: 'text', nullable: true, length: [1, 64] },
    },
    defaults: { options: {} },
    hidden: ['password', 'original_password', 'password_hash', 'password_expires_at'],
    view: () => ({ password_expires_at: null }),
    readableBy: ({ id }, { validated }) => id === validated.userId,
    prepare: async (values, body, { caller, old }) => ({
      ...(old ? {} : { ...(await withDomain(values, caller)), tokens_void_until: 0 }),
      ...(body.password === undefined || body.password === null
        ? {}
        : { password_hash: await hashPassword(passwordOf(body)) }),
    }),
    changed: async (row, { password }) => {
      if (password !== undefined) await identity.revokeAllOf(text(row.id))
    },
    remove: removeUser,
  }

  const roles: Resource = {
    table: 'identity_role',
    singular: 'role',
    plural: 'roles',
    fields: { name: name(255), description: { type: 'text', nullable: true } },
    defaults: { options: {} },
    hidden: ['domain_id'],
    view: () => ({ domain_id: null }),
    prepare: (_values, body) => {
      if (typeof body.domain_id === 'string') {
        throw badRequest('Roles of a domain are not supported; leave domain_id out.')
      }
      return {}
    },
    remove: async ({ id }) => {
      await store.delete('identity_assignment', { role_id: text(id) })
      await store.delete('identity_implied_role', { prior_role_id: text(id) })
      await store.delete('identity_implied_role', { implied_role_id: text(id) })
    },
  }

  const regions: Resource = {
    table: 'identity_region',
    singular: 'region',
    plural: 'regions',
    public: true,
    fields: {
      description,
      parent_region_id: { type: 'text', nullable: true, length: [1, 255] },
    },
    prepare: (_values, body, { old }): Row => {
      if (old || body.id === undefined) return {}
      if (typeof body.id !== 'string' || !/^\S{1,255}$/.test(body.id)) {
        throw badRequest("Invalid input for field 'id': expected 1 to 255 characters")
      }
      return { id: body.id }
    },
    remove: async ({ id }) => {
      if (await store.first('identity_endpoint', { region_id: text(id) })) {
        throw forbidden(`Region ${text(id)} has endpoints; delete them first.`)
      }
    },
  }

  const services: Resource = {
    table: 'identity_service',
    singular: 'service',
    plural: 'services',
    fields: {
      type: { type: 'text', required: true, length: [1, 255] },
      name: { type: 'text', nullable: true, default: '', length: [0, 255] },
      description,
      enabled,
    },
    remove: async ({ id }) => {
      await store.delete('identity_endpoint', { service_id: text(id) })
    },
  }

  const endpoints: Resource = {
    table: 'identity_endpoint',
    singular: 'endpoint',
    plural: 'endpoints',
    fields: {
      service_id: { type: 'text', required: true, length: [1, 64] },
      interface: { type: 'text', required: true, oneOf: ['public', 'internal', 'admin'] },
      region_id: { type: 'text', nullable: true, length: [1, 255] },
      url: { type: 'text', required: true, length: [1, 2048] },
      enabled,
    },
    hidden: ['region'],
    view: ({ region_id = null }) => ({ region: region_id }),
    prepare: async (values, body): Promise<Row> => {
      const region = values.region_id ?? (typeof body.region === 'string' ? body.region : null)
      if (values.service_id && !(await store.get('identity_service', text(values.service_id)))) {
        throw notFound('service', text(values.service_id))
      }
      if (region && !(await store.get('identity_region', text(region)))) {
        throw badRequest(`Could not find region: ${text(region)}.`)
      }
      return region === null ? {} : { region_id: region }
    },
  }

  return { domains, projects, users, roles, regions, services, endpoints }
}

/** @throws IdentityError 400 */
export const passwordOf = ({ password }: Json): string => {
  if (typeof password === 'string' && password.length > 0 && password.length <= 4096) {
    return password
  }
  throw badRequest("Invalid input for field 'password': expected 1 to 4096 characters")
}
