import type { ComputeApi } from '../../lib/compute/api.js'
import { isUnavailable } from '../../lib/compute/unavailable-servers.js'
import type { RequestContext } from '../../lib/context/index.js'
import { FlavorNotFound } from '../../lib/exception/index.js'
import { Flavor, type Instance } from '../../lib/objects/index.js'
import type { Runtime } from '../../lib/runtime/index.js'
import {
  behavioursOf,
  body,
  boolFromString,
  errors,
  expectedErrors,
  query,
  ResponseObject,
  response,
  since,
} from '../../lib/wsgi/index.js'
import { asBadRequest, asConflict, asForbidden, translating } from '../faults.js'
import { nextLinks, pageOf } from '../pages.js'
import type { Req } from '../req.js'
import { memberLinks } from '../resource-links.js'
import type { ApiServices } from '../services.js'
import { type CreateServerBody, countsOf, createRequestOf, parseZone } from './create-body.js'
import { filtersOf, type ServerFilters } from './filters.js'
import * as schemas from './schemas.js'
import { COLLECTION, ServerDocuments, shownParts } from './server-documents.js'
import { sortingOf } from './sorting.js'
import { changesOf, type UpdateServerBody } from './update-body.js'
import { showView, updateView } from './view.js'

const behaviours = behavioursOf({
  /** A server whose cell is down is shown as far as it is known. */
  partial: since('2.69'),
})

/** Filters, order and pages ask for what is known of no such server. */
const mayBePartial = ({ queryAll, version }: Req, { isFiltered }: ServerFilters): boolean =>
  behaviours.at(version).partial &&
  !isFiltered &&
  ['sort_key', 'sort_dir', 'limit', 'marker'].every(key => queryAll[key] === undefined)

/** Faults of a create that are the request's own, whatever class they come as. */
const createFaults = translating({
  400: asBadRequest,
  403: asForbidden,
  409: asConflict,
})

/** /servers: create, list, show, update, delete. */
export class ServersController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi
  readonly #documents: ServerDocuments

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
    this.#documents = new ServerDocuments(runtime)
  }

  @query(schemas.listQuery)
  @expectedErrors(400, 403)
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:servers:index')
    return this.#list(req, false)
  }

  @query(schemas.listQuery)
  @expectedErrors(400, 403)
  async detail(req: Req): Promise<object> {
    req.context.can('os_compute_api:servers:detail')
    return this.#list(req, true)
  }

  async #list(req: Req, detail: boolean): Promise<object> {
    const { context, version } = req
    const page = pageOf(req, this.#runtime.conf.api.max_limit)
    const sorting = sortingOf(context, req.queryAll, version)
    const wanted = filtersOf(context, req.queryAll, version)
    if (wanted.allTenants) {
      context.can(`os_compute_api:servers:${detail ? 'detail' : 'index'}:get_all_tenants`, {})
    }
    const filters =
      wanted.filters && (await this.#withFlavor(context, wanted.filters, wanted.flavor))
    const instances = filters
      ? await this.#compute.list(context, {
          filters,
          ip: wanted.ip,
          ip6: wanted.ip6,
          sortKeys: sorting.keys,
          sortDirs: sorting.dirs,
          limit: page.limit,
          marker: page.marker,
          expectedAttrs: detail ? shownParts.namesAt(req.version) : [],
          partial: mayBePartial(req, wanted),
        })
      : []
    const links = this.#documents.links(req)
    const documents = detail
      ? await this.#documents.detailed(req, instances)
      : this.#documents.brief(req, instances, links)
    const path = detail ? `${COLLECTION}/detail` : COLLECTION
    const next = nextLinks(
      req,
      links,
      path,
      page,
      instances.map(({ uuid }) => uuid),
    )
    req.subject = instances
    return { servers: documents, ...(next.length ? { servers_links: next } : {}) }
  }

  /** `flavor` by its id; one that is unknown matches nothing. */
  async #withFlavor(
    context: RequestContext,
    filters: Readonly<Record<string, unknown>>,
    flavorId: string | null,
  ): Promise<Readonly<Record<string, unknown>> | null> {
    if (flavorId === null) return filters
    try {
      const flavor = await Flavor.getByFlavorId(context, flavorId)
      return { ...filters, instance_type_id: flavor.id }
    } catch (error) {
      if (error instanceof FlavorNotFound) return null
      throw error
    }
  }

  @query(schemas.showQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const { partial } = behaviours.at(req.version)
    const attrs = shownParts.namesAt(req.version)
    const instance = await this.#compute.get(req.context, req.params.id, attrs, { partial })
    req.context.can('os_compute_api:servers:show', instance)
    req.subject = instance
    if (isUnavailable(instance)) return { server: await this.#documents.unavailable(req, instance) }
    return { server: await this.#documents.one(req, instance, showView) }
  }

  @body(schemas.create)
  @response(202)
  @expectedErrors(400, 403, 409)
  async create(req: Req<CreateServerBody>): Promise<ResponseObject<object>> {
    const { context, version } = req
    const { server } = req.body
    countsOf(server)
    context.can('os_compute_api:servers:create')
    if (server.trusted_image_certificates) {
      context.can('os_compute_api:servers:create:trusted_certs')
    }
    const zone = parseZone(server.availability_zone)
    if (zone.host !== null || zone.node !== null) {
      context.can('os_compute_api:servers:create:forced_host', {})
    }
    if (server.host !== undefined || server.hypervisor_hostname !== undefined) {
      context.can('compute:servers:create:requested_destination', {})
      if (zone.host !== null || zone.node !== null) {
        throw errors.badRequest(
          'a host in the availability zone excludes host and hypervisor_hostname',
        )
      }
    }
    const wanted = createRequestOf(req.body, {
      zone,
      version,
      passwordLength: this.#runtime.conf.DEFAULT.password_length,
    })
    if (wanted.blockDevices.length > 0) context.can('os_compute_api:servers:create:attach_volume')
    if (wanted.imageRef === null && wanted.blockDevices.length === 0) {
      throw errors.badRequest('no image is specified and no block device mapping either')
    }
    if (wanted.networks !== 'none' && wanted.networks.length > 0) {
      context.can('os_compute_api:servers:create:attach_network')
    }
    const created = await createFaults(() => this.#compute.create(context, wanted))
    req.subject = created.instances[0]
    if (boolFromString(server.return_reservation_id ?? false)) {
      return new ResponseObject({ reservation_id: created.reservationId })
    }
    return this.#created(req, created.instances[0], wanted)
  }

  #created(
    req: Req<CreateServerBody>,
    instance: Instance | undefined,
    wanted: { readonly securityGroups: readonly string[]; readonly adminPassword: string },
  ): ResponseObject<object> {
    if (!instance) throw new Error('a create that succeeded made no server')
    const links = memberLinks(this.#documents.links(req), COLLECTION, instance.uuid)
    const groups = wanted.securityGroups.length ? wanted.securityGroups : ['default']
    const password = this.#runtime.conf.api.enable_instance_password
      ? { adminPass: wanted.adminPassword }
      : {}
    return new ResponseObject(
      {
        server: {
          id: instance.uuid,
          links,
          'OS-DCF:diskConfig': instance.autoDiskConfig ? 'AUTO' : 'MANUAL',
          security_groups: groups.map(name => ({ name })),
          ...password,
        },
      },
      { headers: { location: links[0]?.href ?? '' } },
    )
  }

  @body(schemas.update)
  @expectedErrors(404, 409)
  async update(req: Req<UpdateServerBody>): Promise<object> {
    const instance = await this.#compute.get(
      req.context,
      req.params.id,
      shownParts.namesAt(req.version),
    )
    req.context.can('os_compute_api:servers:update', instance)
    const { pinned_availability_zone: zone } = req.body.server
    if (zone !== undefined) await this.#compute.pin(instance, zone)
    const changes = changesOf(req.body)
    if (Object.keys(changes).length > 0) await this.#compute.update(instance, changes)
    req.subject = instance
    return { server: await this.#documents.one(req, instance, updateView) }
  }

  @response(204)
  @expectedErrors(404, 409)
  async delete(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:delete', instance)
    await this.#compute.delete(req.context, instance)
  }
}
