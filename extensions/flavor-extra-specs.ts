import type { Req } from '../controllers/req.js'
import { FlavorExtraSpecsNotFound } from '../lib/exception/index.js'
import { Flavor } from '../lib/objects/index.js'
import {
  body,
  errors,
  expectedErrors,
  type JsonSchema,
  object,
  query,
  querySchema,
} from '../lib/wsgi/index.js'

type Specs = Readonly<Record<string, string | number>>

const specs: JsonSchema = object(
  {},
  {
    patternProperties: {
      '^[a-zA-Z0-9-_:. ]{1,255}$': { type: ['string', 'number'], maxLength: 255 },
    },
  },
)
const create = object({ extra_specs: specs }, { required: ['extra_specs'] })
const update = { ...specs, minProperties: 1, maxProperties: 1 }
const noQuery = querySchema({})

/** /flavors/{flavor_id}/os-extra_specs: what a flavor asks of a host beyond its sizes. */
export class FlavorExtraSpecsController {
  @query(noQuery)
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-flavor-extra-specs:index')
    return { extra_specs: (await flavorOf(req)).extraSpecs }
  }

  @body(create)
  @expectedErrors(400, 404, 409)
  async create(req: Req<{ readonly extra_specs: Specs }>): Promise<object> {
    req.context.can('os_compute_api:os-flavor-extra-specs:create')
    const flavor = await flavorOf(req)
    await flavor.saveExtraSpecs({ toAdd: texts(req.body.extra_specs) })
    return req.body
  }

  @body(update)
  @expectedErrors(400, 404, 409)
  async update(req: Req<Specs>): Promise<object> {
    req.context.can('os_compute_api:os-flavor-extra-specs:update')
    if (!Object.hasOwn(req.body, req.params.id)) {
      throw errors.badRequest('Request body and URI mismatch')
    }
    const flavor = await flavorOf(req)
    await flavor.saveExtraSpecs({ toAdd: texts(req.body) })
    return req.body
  }

  @query(noQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-flavor-extra-specs:show')
    const flavor = await flavorOf(req)
    const { id } = req.params
    if (!Object.hasOwn(flavor.extraSpecs, id)) {
      throw new FlavorExtraSpecsNotFound({ extra_specs_key: id, flavor_id: flavor.flavorid })
    }
    return { [id]: flavor.extraSpecs[id] }
  }

  @expectedErrors(404)
  async delete(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-flavor-extra-specs:delete')
    const flavor = await flavorOf(req)
    await flavor.saveExtraSpecs({ toDelete: [req.params.id] })
  }
}

const flavorOf = (req: Req<unknown>): Promise<Flavor> =>
  Flavor.getByFlavorId(req.context, req.params.flavor_id ?? '')

/** Stored as text, whatever a client sent. */
const texts = (specs: Specs): Record<string, string> =>
  Object.fromEntries(Object.entries(specs).map(([key, value]) => [key, String(value)]))

export const extension = {
  alias: 'os-flavor-extra-specs',
  name: 'FlavorExtraSpecs',
  description: 'Extra specs of flavors.',
  resources: [
    {
      collection: 'os-extra_specs',
      controller: FlavorExtraSpecsController,
      parent: { memberName: 'flavor', collectionName: 'flavors' },
    },
  ],
}
