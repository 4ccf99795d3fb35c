import {
  type CatalogEntry,
  type ContextServices,
  type ReadDeleted,
  RequestContext,
} from './request-context.js'

/** The 25 fields that travel with a message, without their `_context_` prefix. */
export type ContextDict = Readonly<Record<string, unknown>>

/** A context as it goes on the wire (contract: nova's RequestContext.to_dict). */
export const contextToDict = (context: RequestContext): ContextDict => ({
  user: context.userId,
  project_id: context.projectId,
  system_scope: context.systemScope,
  project: context.projectId,
  domain: context.domainId,
  user_domain: context.userDomainId,
  project_domain: context.projectDomainId,
  is_admin: context.isAdmin,
  read_only: context.readOnly,
  show_deleted: context.showDeleted,
  auth_token: context.authToken,
  request_id: context.requestId,
  global_request_id: context.globalRequestId,
  resource_uuid: context.resourceUuid,
  roles: context.roles,
  user_identity: [
    context.userId,
    context.projectId,
    context.domainId,
    context.userDomainId,
    context.projectDomainId,
  ]
    .map(part => part || '-')
    .join(' '),
  is_admin_project: context.isAdminProject,
  user_id: context.userId,
  read_deleted: context.readDeleted,
  remote_address: context.remoteAddress,
  timestamp: context.timestamp,
  quota_class: context.quotaClass,
  user_name: context.userName,
  service_catalog: context.serviceCatalog,
  project_name: context.projectName,
})

/** Reads what {@link contextToDict} wrote, from any sender: unknown keys are ignored, absent ones null. */
export const contextFromDict = (dict: ContextDict, services: ContextServices): RequestContext =>
  new RequestContext(
    {
      userId: text(dict.user_id ?? dict.user),
      projectId: text(dict.project_id ?? dict.project),
      userName: text(dict.user_name),
      projectName: text(dict.project_name),
      domainId: text(dict.domain),
      userDomainId: text(dict.user_domain),
      projectDomainId: text(dict.project_domain),
      systemScope: text(dict.system_scope),
      roles: Array.isArray(dict.roles) ? dict.roles.map(String) : [],
      // null means: let the policy decide by the roles
      ...(typeof dict.is_admin === 'boolean' ? { isAdmin: dict.is_admin } : {}),
      isAdminProject: dict.is_admin_project !== false,
      readOnly: dict.read_only === true,
      showDeleted: dict.show_deleted === true,
      readDeleted: readDeleted(dict.read_deleted),
      authToken: text(dict.auth_token),
      ...(typeof dict.request_id === 'string' ? { requestId: dict.request_id } : {}),
      globalRequestId: text(dict.global_request_id),
      resourceUuid: text(dict.resource_uuid),
      remoteAddress: text(dict.remote_address),
      quotaClass: text(dict.quota_class),
      serviceCatalog: Array.isArray(dict.service_catalog)
        ? (dict.service_catalog as CatalogEntry[])
        : [],
      ...(typeof dict.timestamp === 'string' ? { timestamp: dict.timestamp } : {}),
    },
    services,
  )

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const readDeleted = (value: unknown): ReadDeleted =>
  value === 'yes' || value === 'only' ? value : 'no'
