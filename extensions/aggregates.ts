import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import { rawTime } from '../controllers/times.js'
import type { AggregateApi, MetadataChanges } from '../lib/compute/aggregate-api.js'
import type { Aggregate } from '../lib/objects/index.js'
import {
  action,
  apiVersion,
  body,
  errors,
  expectedErrors,
  type JsonSchema,
  legacyOnly,
  object,
  query,
  querySchema,
  response,
  schema,
  since,
  types,
  versions,
  view,
} from '../lib/wsgi/index.js'

interface AggregateBody {
  readonly aggregate: { readonly name?: string; readonly availability_zone?: string | null }
}

const zone = versions(
  legacyOnly({
    oneOf: [
      {
        type: 'string',
        minLength: 1,
        maxLength: 255,
        format: 'az_name_with_leading_trailing_spaces',
        trim: true,
      },
      types.nothing,
    ],
  }),
  { oneOf: [types.azName, types.nothing] },
)

const create = schema(
  object(
    {
      aggregate: object(
        {
          name: versions(legacyOnly(types.nameWithSpaces), types.name),
          availability_zone: zone,
        },
        { required: ['name'] },
      ),
    },
    { required: ['aggregate'] },
  ),
)

const update = schema(
  object(
    {
      aggregate: {
        ...object({ name: types.nameWithSpaces, availability_zone: zone }),
        anyOf: [{ required: ['name'] }, { required: ['availability_zone'] }],
      },
    },
    { required: ['aggregate'] },
  ),
)

const hostAction = (key: string): JsonSchema =>
  object({ [key]: object({ host: types.hostname }, { required: ['host'] }) }, { required: [key] })

const metadataValue = { type: ['string', 'null'], maxLength: 255 }

const setMetadata = object(
  {
    set_metadata: object(
      {
        metadata: object({}, { patternProperties: { '^[a-zA-Z0-9-_:. ]{1,255}$': metadataValue } }),
      },
      { required: ['metadata'] },
    ),
  },
  { required: ['set_metadata'] },
)

const cacheImages = object(
  {
    cache: {
      type: 'array',
      items: object({ id: types.uuid }, { required: ['id'] }),
      minItems: 1,
    },
  },
  { required: ['cache'] },
)

/** As nova's create answers: hosts and metadata are not told of yet. */
const newView = view<Aggregate>({
  id: aggregate => aggregate.id,
  uuid: [aggregate => aggregate.uuid, since('2.41')],
  name: aggregate => aggregate.name,
  created_at: aggregate => rawTime(aggregate.createdAt),
  updated_at: aggregate => rawTime(aggregate.get('updatedAt')),
  deleted_at: () => null,
  deleted: () => false,
  availability_zone: aggregate => aggregate.availabilityZone,
})

const fullView = view<Aggregate>({
  ...newView.fields,
  hosts: aggregate => aggregate.hosts ?? [],
  metadata: aggregate => aggregate.metadata ?? {},
})

const conflicts = translating({
  409: ['AggregateNameExists', 'AggregateHostExists', 'InvalidAggregateAction'],
})
const mistakes = translating({ 400: ['InvalidAggregateAction'] })

/** /os-aggregates: groups of hosts, for administrators. */
export class AggregateController {
  readonly #aggregates: AggregateApi

  constructor({ compute }: ApiServices) {
    this.#aggregates = compute.aggregates
  }

  @query(querySchema({}))
  @expectedErrors()
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-aggregates:index', {})
    const aggregates = await this.#aggregates.list(req.context)
    return { aggregates: aggregates.map(fullView.bind(req.version, req)) }
  }

  @body(create)
  @expectedErrors(400, 409)
  async create(req: Req<AggregateBody>): Promise<object> {
    req.context.can('os_compute_api:os-aggregates:create', {})
    const { name = '', availability_zone = null } = req.body.aggregate
    const aggregate = await conflicts(() =>
      this.#aggregates.create(req.context, name, availability_zone),
    )
    return { aggregate: newView.at(req.version)(aggregate, req) }
  }

  @query(querySchema({}))
  @expectedErrors(400, 404)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-aggregates:show', {})
    return this.#document(req, await this.#find(req))
  }

  @body(update)
  @expectedErrors(400, 404, 409)
  async update(req: Req<AggregateBody>): Promise<object> {
    req.context.can('os_compute_api:os-aggregates:update', {})
    const aggregate = await this.#find(req)
    const { name, availability_zone } = req.body.aggregate
    await conflicts(() =>
      this.#aggregates.update(req.context, aggregate, {
        ...(name === undefined ? {} : { name: name.trim() }),
        ...(availability_zone === undefined ? {} : { zone: availability_zone }),
      }),
    )
    return this.#document(req, aggregate)
  }

  @response(200)
  @expectedErrors(400, 404)
  async delete(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-aggregates:delete', {})
    const aggregate = await this.#find(req)
    await mistakes(() => this.#aggregates.delete(req.context, aggregate))
  }

  @action('add_host')
  @body(hostAction('add_host'))
  @expectedErrors(400, 404, 409)
  async addHost(req: Req<{ readonly add_host: { readonly host: string } }>): Promise<object> {
    req.context.can('os_compute_api:os-aggregates:add_host', {})
    const aggregate = await this.#find(req)
    await conflicts(() => this.#aggregates.addHost(req.context, aggregate, req.body.add_host.host))
    return this.#document(req, aggregate)
  }

  @action('remove_host')
  @body(hostAction('remove_host'))
  @expectedErrors(400, 404, 409)
  async removeHost(req: Req<{ readonly remove_host: { readonly host: string } }>): Promise<object> {
    req.context.can('os_compute_api:os-aggregates:remove_host', {})
    const aggregate = await this.#find(req)
    await conflicts(() =>
      this.#aggregates.removeHost(req.context, aggregate, req.body.remove_host.host),
    )
    return this.#document(req, aggregate)
  }

  @action('set_metadata')
  @body(setMetadata)
  @expectedErrors(400, 404)
  async setMetadata(
    req: Req<{ readonly set_metadata: { readonly metadata: MetadataChanges } }>,
  ): Promise<object> {
    req.context.can('os_compute_api:os-aggregates:set_metadata', {})
    const aggregate = await this.#find(req)
    await mistakes(() =>
      this.#aggregates.updateMetadata(req.context, aggregate, req.body.set_metadata.metadata),
    )
    return this.#document(req, aggregate)
  }

  @apiVersion('2.81')
  @body(cacheImages)
  @response(202)
  @expectedErrors(400, 404)
  async images(req: Req<{ readonly cache: readonly { readonly id: string }[] }>): Promise<void> {
    req.context.can('compute:aggregates:images', {})
    const ids = req.body.cache.map(({ id }) => id)
    if (new Set(ids).size < ids.length) throw errors.badRequest('Duplicate images in request')
    const aggregate = await this.#find(req)
    await this.#aggregates.cacheImages(req.context, aggregate, ids)
  }

  /** By the number that nova's aggregates have; anything else is a mistake, not a miss. */
  async #find(req: Req<unknown>): Promise<Aggregate> {
    const { id } = req.params
    if (!/^\d{1,10}$/.test(id) || Number(id) > 0x7fffffff) {
      throw errors.badRequest(`an aggregate's id is a whole number, not '${id}'`)
    }
    return this.#aggregates.get(req.context, Number(id))
  }

  #document(req: Req<unknown>, aggregate: Aggregate): object {
    return { aggregate: fullView.at(req.version)(aggregate, req) }
  }
}

export const extension = {
  alias: 'os-aggregates',
  name: 'Aggregates',
  description: 'Groups of hosts, their metadata, and the availability zones made of them.',
  resources: [
    {
      collection: 'os-aggregates',
      memberName: 'aggregate',
      controller: AggregateController,
      memberActions: { images: 'POST' },
    },
  ],
}
