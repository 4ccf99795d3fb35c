import { randomUUID } from 'node:crypto'
import type { PolicyChecker, PolicyCreds } from '../policy/types.js'
import type { DataAccess } from './data-access.js'
import type { NotificationSink } from './notification-sink.js'

/** `no`: live rows; `yes`: all; `only`: deleted ones. */
export type ReadDeleted = 'no' | 'yes' | 'only'

/** One service of a token's catalog, as Keystone gives it. */
export interface CatalogEntry {
  readonly type: string
  readonly name?: string
  readonly endpoints: readonly Readonly<Record<string, unknown>>[]
}

export interface RequestContextValues {
  userId: string | null
  projectId: string | null
  userName: string | null
  projectName: string | null
  domainId: string | null
  userDomainId: string | null
  projectDomainId: string | null
  systemScope: string | null
  roles: readonly string[]
  isAdmin: boolean
  isAdminProject: boolean
  readOnly: boolean
  showDeleted: boolean
  readDeleted: ReadDeleted
  authToken: string | null
  /** `req-<uuid4>` */
  requestId: string
  globalRequestId: string | null
  resourceUuid: string | null
  remoteAddress: string | null
  quotaClass: string | null
  serviceCatalog: readonly CatalogEntry[]
  /** `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC */
  timestamp: string
}

/** What a process gives to all its contexts; none of it travels. */
export interface ContextServices {
  readonly policy?: PolicyChecker | undefined
  readonly data?: DataAccess | undefined
  /** Absent: nothing that happens is told to anybody. */
  readonly notifications?: NotificationSink | undefined
}

/**
 * Who asks, as whom, by which request: nova's RequestContext. Immutable; what changes a context
 * ({@link elevated}, {@link with}) gives a new one.
 *
 * It also says how objects made with it reach their rows ({@link data}): directly, in one cell or
 * another, or through the conductor.
 */
export class RequestContext {
  readonly userId: string | null
  readonly projectId: string | null
  readonly userName: string | null
  readonly projectName: string | null
  readonly domainId: string | null
  readonly userDomainId: string | null
  readonly projectDomainId: string | null
  readonly systemScope: string | null
  readonly roles: readonly string[]
  readonly isAdmin: boolean
  readonly isAdminProject: boolean
  readonly readOnly: boolean
  readonly showDeleted: boolean
  readonly readDeleted: ReadDeleted
  readonly authToken: string | null
  readonly requestId: string
  readonly globalRequestId: string | null
  readonly resourceUuid: string | null
  readonly remoteAddress: string | null
  readonly quotaClass: string | null
  readonly serviceCatalog: readonly CatalogEntry[]
  readonly timestamp: string
  readonly #services: ContextServices

  constructor(values: Partial<RequestContextValues> = {}, services: ContextServices = {}) {
    this.userId = values.userId ?? null
    this.projectId = values.projectId ?? null
    this.userName = values.userName ?? null
    this.projectName = values.projectName ?? null
    this.domainId = values.domainId ?? null
    this.userDomainId = values.userDomainId ?? null
    this.projectDomainId = values.projectDomainId ?? null
    this.systemScope = values.systemScope ?? null
    this.roles = values.roles ?? []
    this.isAdminProject = values.isAdminProject ?? true
    this.readOnly = values.readOnly ?? false
    this.showDeleted = values.showDeleted ?? false
    this.readDeleted = values.readDeleted ?? 'no'
    this.authToken = values.authToken ?? null
    this.requestId = values.requestId ?? `req-${randomUUID()}`
    this.globalRequestId = values.globalRequestId ?? null
    this.resourceUuid = values.resourceUuid ?? null
    this.remoteAddress = values.remoteAddress ?? null
    this.quotaClass = values.quotaClass ?? null
    this.serviceCatalog = values.serviceCatalog ?? []
    this.timestamp = values.timestamp ?? `${new Date().toISOString().slice(0, -1)}000`
    this.#services = services
    this.isAdmin = values.isAdmin ?? this.#isAdminByPolicy()
  }

  #isAdminByPolicy(): boolean {
    const creds = { ...this.#creds(), isAdmin: false }
    return this.#services.policy?.authorize('context_is_admin', {}, creds) ?? false
  }

  #creds(): PolicyCreds {
    return {
      userId: this.userId,
      projectId: this.projectId,
      domainId: this.domainId,
      systemScope: this.systemScope,
      roles: this.roles,
      isAdmin: this.isAdmin,
      isAdminProject: this.isAdminProject,
      userDomainId: this.userDomainId,
      projectDomainId: this.projectDomainId,
    }
  }

  /** How objects bound to this context reach their rows. */
  get data(): DataAccess {
    if (!this.#services.data) throw new Error('this context was made without access to data')
    return this.#services.data
  }

  /** What this context was given by its process. */
  get services(): ContextServices {
    return this.#services
  }

  /** The same caller with some values changed. */
  with(values: Partial<RequestContextValues>, services?: ContextServices): RequestContext {
    return new RequestContext({ ...this.values(), ...values }, services ?? this.#services)
  }

  /** The same caller, but reaching data in another way (another cell, say). */
  withData(data: DataAccess): RequestContext {
    return new RequestContext(this.values(), { ...this.#services, data })
  }

  /** The same caller with admin rights, for what nova does on the caller's behalf. */
  elevated(readDeleted?: ReadDeleted): RequestContext {
    const roles = this.roles.includes('admin') ? this.roles : [...this.roles, 'admin']
    return this.with({ isAdmin: true, roles, readDeleted: readDeleted ?? this.readDeleted })
  }

  values(): RequestContextValues {
    return {
      userId: this.userId,
      projectId: this.projectId,
      userName: this.userName,
      projectName: this.projectName,
      domainId: this.domainId,
      userDomainId: this.userDomainId,
      projectDomainId: this.projectDomainId,
      systemScope: this.systemScope,
      roles: this.roles,
      isAdmin: this.isAdmin,
      isAdminProject: this.isAdminProject,
      readOnly: this.readOnly,
      showDeleted: this.showDeleted,
      readDeleted: this.readDeleted,
      authToken: this.authToken,
      requestId: this.requestId,
      globalRequestId: this.globalRequestId,
      resourceUuid: this.resourceUuid,
      remoteAddress: this.remoteAddress,
      quotaClass: this.quotaClass,
      serviceCatalog: this.serviceCatalog,
      timestamp: this.timestamp,
    }
  }

  /**
   * Throws PolicyNotAuthorized (403) unless the rule lets this caller pass.
   *
   * @param target  what is acted upon; an object with `projectId`/`userId` (any of our objects)
   *                or a plain map of the rule's own names; the caller's own project when absent
   */
  can(rule: string, target?: PolicyTarget | null): void {
    if (!this.may(rule, target)) {
      throw this.#policy().forbidden(rule)
    }
  }

  /** Like {@link can}, but answers instead of throwing. */
  may(rule: string, target?: PolicyTarget | null): boolean {
    return this.#policy().authorize(rule, policyTarget(target, this), this.#creds())
  }

  #policy(): PolicyChecker {
    if (!this.#services.policy) throw new Error('this context was made without a policy')
    return this.#services.policy
  }
}

export type PolicyTarget =
  | { readonly projectId?: string | null; readonly userId?: string | null }
  | Readonly<Record<string, unknown>>

const policyTarget = (
  target: PolicyTarget | null | undefined,
  context: RequestContext,
): Readonly<Record<string, unknown>> => {
  if (!target) return { project_id: context.projectId, user_id: context.userId }
  if ('projectId' in target || 'userId' in target) {
    return { project_id: target.projectId, user_id: target.userId }
  }
  return target as Readonly<Record<string, unknown>>
}
