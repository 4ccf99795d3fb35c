import { randomBytes } from 'node:crypto'
import { checkPassword, hashPassword } from './passwords.js'
import type { Row, TableName } from './schema.js'
import { type IdentityStore, newId, text, textOrNull } from './store.js'

export interface CatalogService {
  readonly type: string
  readonly name: string
  /** May hold `%(project_id)s`. */
  readonly url: string
}

export interface BootstrapOptions {
  /** Absent: generated the first time, then left as it is. */
  readonly adminPassword?: string | undefined
  readonly services: readonly CatalogService[]
  readonly region?: string | undefined
  /** Users of project `service` with the roles admin and service; without a password when absent. */
  readonly serviceUsers?: readonly {
    readonly name: string
    readonly password?: string | undefined
  }[]
}

export interface BootstrapResult {
  /** Null when it was set before and none was given: only its hash is kept. */
  readonly adminPassword: string | null
  readonly adminUserId: string
  readonly adminProjectId: string
  readonly serviceProjectId: string
}

/** The services of a cloud whose parts are mounted below one address. */
export const catalogOf = (baseUrl: string): readonly CatalogService[] => {
  const base = baseUrl.replace(/\/+$/, '')
  return [
    { type: 'identity', name: 'keystone', url: `${base}/identity/v3` },
    { type: 'compute', name: 'nova', url: `${base}/v2.1` },
    { type: 'image', name: 'glance', url: `${base}/image` },
    { type: 'network', name: 'neutron', url: `${base}/network` },
    { type: 'volumev3', name: 'cinder', url: `${base}/volume/v3/%(project_id)s` },
  ]
}

/**
 * What has to be there before anybody can log in: domain `default`, projects `admin` and `service`,
 * user `admin`, the roles and what they imply, and a catalog. Done again, it changes only what
 * differs: addresses follow a service that moved.
 */
export const bootstrap = async (
  store: IdentityStore,
  options: BootstrapOptions,
): Promise<BootstrapResult> => {
  await ensure(store, 'identity_domain', { id: 'default' }, { name: 'Default', enabled: 1 })
  const roles = await ensureRoles(store)
  const adminProjectId = await ensureProject(store, 'admin', 'Bootstrap project.')
  const serviceProjectId = await ensureProject(store, 'service', 'Users of services.')

  const { id: adminUserId, password: adminPassword } = await ensureUser(store, {
    name: 'admin',
    password: options.adminPassword,
    generate: true,
    projectId: adminProjectId,
  })
  const grant = (userId: string, scope: 'project' | 'system', scopeId: string, role: string) =>
    store.assign({ user_id: userId, scope, scope_id: scopeId, role_id: roles.get(role) ?? '' })
  await grant(adminUserId, 'project', adminProjectId, 'admin')
  await grant(adminUserId, 'system', 'all', 'admin')

  for (const { name, password } of options.serviceUsers ?? [{ name: 'nova' }]) {
    const { id } = await ensureUser(store, { name, password, projectId: serviceProjectId })
    await grant(id, 'project', serviceProjectId, 'admin')
    await grant(id, 'project', serviceProjectId, 'service')
  }
  await ensureCatalog(store, options)
  return { adminPassword, adminUserId, adminProjectId, serviceProjectId }
}

const chain = ['admin', 'manager', 'member', 'reader']

const ensureRoles = async (store: IdentityStore): Promise<ReadonlyMap<string, string>> => {
  const ids = new Map<string, string>()
  for (const name of [...chain, 'service']) {
    ids.set(name, await ensure(store, 'identity_role', { name }, { id: newId() }))
  }
  for (const [index, name] of chain.entries()) {
    const next = chain[index + 1]
    if (next === undefined) break
    const row = {
      prior_role_id: ids.get(name) ?? '',
      implied_role_id: ids.get(next) ?? '',
    }
    if (!(await store.first('identity_implied_role', row))) {
      await store.insert('identity_implied_role', row)
    }
  }
  return ids
}

const ensureProject = (store: IdentityStore, name: string, description: string) =>
  ensure(
    store,
    'identity_project',
    { domain_id: 'default', name },
    { id: newId(), description, enabled: 1, parent_id: 'default' },
  )

interface WantedUser {
  readonly name: string
  readonly password?: string | undefined
  readonly generate?: boolean
  readonly projectId: string
}

const ensureUser = async (
  store: IdentityStore,
  wanted: WantedUser,
): Promise<{ readonly id: string; readonly password: string | null }> => {
  const { name, projectId } = wanted
  const found = await store.first('identity_user', { domain_id: 'default', name })
  if (found) {
    const id = text(found.id)
    const { password } = wanted
    if (
      password !== undefined &&
      !(await checkPassword(password, textOrNull(found.password_hash)))
    ) {
      await store.update('identity_user', id, { password_hash: await hashPassword(password) })
    }
    return { id, password: password ?? null }
  }
  const generated = wanted.generate ? randomBytes(12).toString('base64url') : undefined
  const password = wanted.password ?? generated
  const id = newId()
  await store.insert('identity_user', {
    id,
    domain_id: 'default',
    name,
    enabled: 1,
    default_project_id: projectId,
    password_hash: password === undefined ? null : await hashPassword(password),
    tokens_void_until: 0,
  })
  return { id, password: password ?? null }
}

const ensureCatalog = async (store: IdentityStore, options: BootstrapOptions): Promise<void> => {
  const region = options.region ?? 'RegionOne'
  await ensure(store, 'identity_region', { id: region }, { description: '' })
  for (const { type, name, url } of options.services) {
    const serviceId = await ensure(
      store,
      'identity_service',
      { type, name },
      { id: newId(), enabled: 1 },
    )
    for (const which of ['public', 'internal', 'admin']) {
      const key = { service_id: serviceId, interface: which, region_id: region }
      const id = await ensure(store, 'identity_endpoint', key, { id: newId(), url, enabled: 1 })
      const endpoint = await store.get('identity_endpoint', id)
      if (endpoint?.url !== url) await store.update('identity_endpoint', id, { url })
    }
  }
}

/** @returns the id of the row with this key, made if it was not there */
const ensure = async (
  store: IdentityStore,
  table: TableName,
  key: Row,
  others: Row,
): Promise<string> => {
  const found = await store.first(table, key)
  if (found) return text(found.id)
  const row = { ...key, ...others }
  await store.insert(table, row)
  return text(row.id)
}
