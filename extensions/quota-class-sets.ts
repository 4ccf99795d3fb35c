import { classWindows, networkOf, quotaProperties, quotaView } from '../controllers/quotas.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { QuotaEngine } from '../lib/compute/quota.js'
import { Quotas } from '../lib/objects/index.js'
import {
  body,
  errors,
  expectedErrors,
  object,
  query,
  querySchema,
  schema,
} from '../lib/wsgi/index.js'

interface UpdateBody {
  readonly quota_class_set: Readonly<Record<string, number | string>>
}

const update = schema(
  object(
    { quota_class_set: object(quotaProperties(classWindows)) },
    { required: ['quota_class_set'] },
  ),
)

const classView = quotaView<number>(classWindows)

/** /os-quota-class-sets/{name}: limits for all projects; only the class `default` has an effect. */
export class QuotaClassSetsController {
  readonly #quota: QuotaEngine

  constructor({ compute }: ApiServices) {
    this.#quota = compute.quota
  }

  @query(querySchema({}))
  @expectedErrors()
  async show(req: Req): Promise<object> {
    const { id } = req.params
    req.context.can('os_compute_api:os-quota-class-sets:show', {})
    return { quota_class_set: await this.#document(req, id) }
  }

  @body(update)
  @expectedErrors(400)
  async update(req: Req<UpdateBody>): Promise<object> {
    const { id } = req.params
    req.context.can('os_compute_api:os-quota-class-sets:update', {})
    if (id.length > 255) throw errors.badRequest('quota_class: longer than 255')
    for (const [resource, limit] of Object.entries(req.body.quota_class_set)) {
      await Quotas.updateClassLimit(req.context, id, resource, Number(limit))
    }
    const { id: _, ...document } = await this.#document(req, id)
    return { quota_class_set: document }
  }

  async #document(req: Req<unknown>, id: string): Promise<Readonly<Record<string, unknown>>> {
    const set = await Quotas.classLimits(req.context, id)
    const values = { ...this.#quota.defaults(), ...networkOf(set), ...set }
    return classView.at(req.version)({ id, values }, null)
  }
}

export const extension = {
  alias: 'os-quota-class-sets',
  name: 'QuotaClasses',
  description: 'Quota classes management support.',
  resources: [{ collection: 'os-quota-class-sets', controller: QuotaClassSetsController }],
}
