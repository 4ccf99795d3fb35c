import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import { Flavor } from '../lib/objects/index.js'
import {
  action,
  apiVersion,
  body,
  errors,
  expectedErrors,
  type JsonSchema,
  object,
  query,
  querySchema,
} from '../lib/wsgi/index.js'

interface Tenant {
  readonly tenant: string
}

const ofTenant = (key: string): JsonSchema =>
  object(
    {
      [key]: object(
        { tenant: { type: 'string', minLength: 1, maxLength: 255 } },
        { required: ['tenant'] },
      ),
    },
    { required: [key] },
  )

interface AccessDocument {
  readonly flavor_access: readonly { readonly flavor_id: string; readonly tenant_id: string }[]
}

const accessOf = async (flavor: Flavor): Promise<AccessDocument> => {
  await flavor.loadProjects()
  return {
    flavor_access: flavor.projects.map(project => ({
      flavor_id: flavor.flavorid,
      tenant_id: project,
    })),
  }
}

/** GET /flavors/{flavor_id}/os-flavor-access: the projects that may use a flavor that is not public. */
export class FlavorAccessController {
  @query(querySchema({}))
  @expectedErrors(404)
  async index(req: Req): Promise<AccessDocument> {
    req.context.can('os_compute_api:os-flavor-access')
    const flavor = await Flavor.getByFlavorId(req.context, req.params.flavor_id ?? '')
    if (flavor.isPublic) throw errors.notFound('Access list not available for public flavors.')
    return accessOf(flavor)
  }
}

const adding = translating({ 409: ['FlavorAccessExists'] })

/** The actions `addTenantAccess` and `removeTenantAccess` of POST /flavors/{id}/action. */
export class FlavorActionController {
  @action('addTenantAccess')
  @apiVersion('2.1', '2.6')
  @body(ofTenant('addTenantAccess'))
  @expectedErrors(400, 403, 404, 409)
  async addTenantAccess(req: Req<{ readonly addTenantAccess: Tenant }>): Promise<AccessDocument> {
    req.context.can('os_compute_api:os-flavor-access:add_tenant_access')
    return this.#add(req, await Flavor.getByFlavorId(req.context, req.params.id))
  }

  @action('addTenantAccess')
  @apiVersion('2.7')
  @body(ofTenant('addTenantAccess'))
  @expectedErrors(400, 403, 404, 409)
  async addTenantAccessToPrivate(
    req: Req<{ readonly addTenantAccess: Tenant }>,
  ): Promise<AccessDocument> {
    req.context.can('os_compute_api:os-flavor-access:add_tenant_access')
    const flavor = await Flavor.getByFlavorId(req.context, req.params.id)
    if (flavor.isPublic) throw errors.conflict('Can not add access to a public flavor.')
    return this.#add(req, flavor)
  }

  async #add(
    req: Req<{ readonly addTenantAccess: Tenant }>,
    flavor: Flavor,
  ): Promise<AccessDocument> {
    await adding(() => flavor.addAccess(req.body.addTenantAccess.tenant))
    return accessOf(flavor)
  }

  @action('removeTenantAccess')
  @body(ofTenant('removeTenantAccess'))
  @expectedErrors(400, 403, 404)
  async removeTenantAccess(
    req: Req<{ readonly removeTenantAccess: Tenant }>,
  ): Promise<AccessDocument> {
    req.context.can('os_compute_api:os-flavor-access:remove_tenant_access')
    const flavor = await Flavor.getByFlavorId(req.context, req.params.id)
    await flavor.removeAccess(req.body.removeTenantAccess.tenant)
    return accessOf(flavor)
  }
}

export const extension = {
  alias: 'os-flavor-access',
  name: 'FlavorAccess',
  description: 'Says which projects may use a flavor.',
  resources: [
    {
      collection: 'os-flavor-access',
      controller: FlavorAccessController,
      parent: { memberName: 'flavor', collectionName: 'flavors' },
    },
  ],
  controllerExtensions: { flavors: FlavorActionController },
}
