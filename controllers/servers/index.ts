import type { ComputeApi } from '../../lib/compute/api.js'
import { isUnavailable } from '../../lib/compute/unavailable-servers.js'
import type { RequestContext } from '../../lib/context/index.js'
import { FlavorNotFound } from '../../lib/exception/index.js'
import { Flavor, type Instance } from '../../lib/objects/index.js'
import type { Runtime } from '../../lib/runtime/index.js'
import {
  action,
  apiVersion,
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
import { type LinkBase, linkBase, memberLinks } from '../resource-links.js'
import type { ApiServices } from '../services.js'
import { type CreateServerBody, countsOf, createRequestOf, parseZone } from './create-body.js'
import { hostIds, type ServerViewContext, type ShownServer } from './documents.js'
import { filtersOf, type ServerFilters } from './filters.js'
import { gather, groupsOf } from './gather.js'
import { instanceNamer } from './instance-name.js'
import { checkImageMetadata, madeImage } from './made-image.js'
import { sortingOf } from './paging.js'
import { type RebuildBody, rebuildRequestOf } from './rebuild-body.js'
import { type ResizeBody, resizeRequestOf } from './resize-body.js'
import * as schemas from './schemas.js'
import {
  unavailableDetailView,
  unavailableIndexView,
  unavailableServer,
  unavailableShowView,
} from './unavailable.js'
import { changesOf, type UpdateServerBody } from './update-body.js'
import { detailView, rebuildView, showView, updateView } from './view.js'

interface CreateImageBody {
  readonly createImage: { readonly name: string; readonly metadata?: Record<string, string> }
}

interface RebootBody {
  readonly reboot: { readonly type: string }
}

const COLLECTION = 'servers'
const behaviours = behavioursOf({
  /** A server whose cell is down is shown as far as it is known. */
  partial: since('2.69'),
  hostStatus: since('2.16'),
  lockedReasons: since('2.73'),
  serverGroups: since('2.71'),
  requestSpecs: since('2.96'),
})

/** Filters, order and pages ask for what is known of no such server. */
const mayBePartial = ({ queryAll, version }: Req, { isFiltered }: ServerFilters): boolean =>
  behaviours.at(version).partial &&
  !isFiltered &&
  ['sort_key', 'sort_dir', 'limit', 'marker'].every(key => queryAll[key] === undefined)

/** What documents are made of beside the row. */
const shownParts = behavioursOf({
  metadata: since('2.1'),
  info_cache: since('2.1'),
  flavor: since('2.1'),
  tags: since('2.26'),
  trusted_certs: since('2.63'),
  system_metadata: since('2.98'),
})

/** Faults of a create that are the request's own, whatever class they come as. */
const createFaults = translating({
  400: asBadRequest,
  403: asForbidden,
  409: asConflict,
})

/** What a rebuild names in vain is its own fault; the server's state is not. */
const rebuildFaults = translating({
  400: asBadRequest,
  403: asForbidden,
  404: ['InstanceNotFound'],
  409: ['InstanceInvalidState'],
})

const resizeFaults = translating({
  400: [
    ...asBadRequest,
    'CannotResizeDisk',
    'CannotResizeToSameFlavor',
    'AutoDiskConfigDisabledByImage',
  ],
  403: asForbidden,
  404: ['InstanceNotFound'],
  409: ['InstanceInvalidState', 'InstanceNotReady', 'ServiceUnavailable'],
})

/** Of what is to be confirmed or reverted: a server that was not resized at all. */
const resizedFaults = translating({ 400: ['MigrationNotFound'] })

/** /servers: create, list, show, update, delete, and the actions of old that belong to the core. */
export class ServersController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi
  readonly #instanceName: (instance: Instance) => string

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
    this.#instanceName = instanceNamer(runtime.conf.DEFAULT.instance_name_template)
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
    const links = linkBase(req, this.#runtime.conf.api.compute_link_prefix)
    const documents = detail
      ? await this.#documents(req, instances)
      : this.#briefDocuments(req, instances, links)
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

  #briefDocuments(req: Req, instances: readonly Instance[], links: LinkBase): object[] {
    const unavailable = unavailableIndexView.bind(req.version, this.#viewContext(req))
    return instances.map(instance =>
      isUnavailable(instance)
        ? unavailable(unavailableServer(instance))
        : {
            id: instance.uuid,
            name: instance.displayName,
            links: memberLinks(links, COLLECTION, instance.uuid),
          },
    )
  }

  async #documents(req: Req, instances: readonly Instance[]): Promise<object[]> {
    const viewContext = this.#viewContext(req)
    const known = instances.filter(instance => !isUnavailable(instance))
    const shown = await this.#gather(req, known, viewContext)
    return [
      // As the list has them: first.
      ...instances
        .filter(isUnavailable)
        .map(instance => unavailableServer(instance))
        .map(unavailableDetailView.bind(req.version, viewContext)),
      ...shown.map(detailView.bind(req.version, viewContext)),
    ]
  }

  #gather(
    req: Req,
    instances: readonly Instance[],
    viewContext: ServerViewContext,
    single = false,
  ): Promise<ShownServer[]> {
    return gather(req.context, instances, {
      network: this.#runtime.network,
      serviceDownTime: this.#runtime.conf.DEFAULT.service_down_time,
      hostStatus: viewContext.hostStatus !== 'none' && behaviours.at(req.version).hostStatus,
      lockedReasons: behaviours.at(req.version).lockedReasons,
      serverGroups: single && behaviours.at(req.version).serverGroups,
      requestSpecs: behaviours.at(req.version).requestSpecs,
    })
  }

  #viewContext(req: Req): ServerViewContext {
    const { context } = req
    const may = (rule: string): boolean => context.may(`os_compute_api:${rule}`)
    return {
      links: linkBase(req, this.#runtime.conf.api.compute_link_prefix),
      isAdmin: context.isAdmin,
      extendedAttributes: may('os-extended-server-attributes'),
      hostStatus: may('servers:show:host_status')
        ? 'all'
        : may('servers:show:host_status:unknown-only')
          ? 'unknown-only'
          : 'none',
      flavorExtraSpecs: may('servers:show:flavor-extra-specs'),
      instanceName: this.#instanceName,
      hostId: hostIds(),
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
    if (isUnavailable(instance)) return { server: await this.#unavailableDocument(req, instance) }
    return { server: await this.#document(req, instance, showView) }
  }

  async #unavailableDocument(req: Req, instance: Instance): Promise<object> {
    const groups = await groupsOf(req.context, [instance])
    const shown = unavailableServer(instance, groups.get(instance.uuid))
    return unavailableShowView.at(req.version)(shown, this.#viewContext(req))
  }

  async #document(
    req: Req,
    instance: Instance,
    view: typeof showView,
  ): Promise<object | undefined> {
    const viewContext = this.#viewContext(req)
    const [shown] = await this.#gather(req, [instance], viewContext, true)
    return shown && view.at(req.version)(shown, viewContext)
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
    const links = memberLinks(
      linkBase(req, this.#runtime.conf.api.compute_link_prefix),
      COLLECTION,
      instance.uuid,
    )
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
    return { server: await this.#document(req, instance, updateView) }
  }

  @response(204)
  @expectedErrors(404, 409)
  async delete(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:delete', instance)
    await this.#compute.delete(req.context, instance)
  }

  @action('reboot')
  @body(schemas.reboot)
  @response(202)
  @expectedErrors(404, 409)
  async reboot(req: Req<RebootBody>): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:reboot', instance)
    const type = req.body.reboot.type.toUpperCase() === 'HARD' ? 'HARD' : 'SOFT'
    await this.#compute.reboot(instance, type)
  }

  @action('os-start')
  @body(schemas.bare('os-start'))
  @response(202)
  @expectedErrors(404, 409)
  async start(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:start', instance)
    await this.#compute.start(instance)
  }

  @action('os-stop')
  @body(schemas.bare('os-stop'))
  @response(202)
  @expectedErrors(404, 409)
  async stop(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:stop', instance)
    await this.#compute.stop(instance)
  }

  @action('trigger_crash_dump')
  @apiVersion('2.17')
  @body(schemas.crashDump)
  @response(202)
  @expectedErrors(400, 404, 409)
  async triggerCrashDump(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:trigger_crash_dump', instance)
    await this.#compute.triggerCrashDump(instance)
  }

  @action('createImage')
  @body(schemas.createImage)
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async createImage(req: Req<CreateImageBody>): Promise<ResponseObject<object | null>> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:create_image', instance)
    if (await this.#compute.isVolumeBacked(instance)) {
      req.context.can('os_compute_api:servers:create_image:allow_volume_backed', instance)
    }
    const { name, metadata = {} } = req.body.createImage
    await checkImageMetadata(req, this.#compute, metadata)
    const image = await this.#compute.snapshot(instance, { name: name.trim(), metadata })
    return madeImage(req, this.#runtime, image.id)
  }

  @action('resize')
  @body(schemas.resize)
  @response(202)
  @expectedErrors(400, 401, 403, 404, 409)
  async resize(req: Req<ResizeBody>): Promise<void> {
    const { context } = req
    const instance = await this.#compute.get(context, req.params.id)
    context.can('os_compute_api:servers:resize', instance)
    await resizeFaults(() => this.#compute.resize(context, instance, resizeRequestOf(req.body)))
  }

  @action('confirmResize')
  @body(schemas.bare('confirmResize'))
  @response(204)
  @expectedErrors(400, 404, 409)
  async confirmResize(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:confirm_resize', instance)
    await resizedFaults(() => this.#compute.confirmResize(instance))
  }

  @action('revertResize')
  @body(schemas.bare('revertResize'))
  @response(202)
  @expectedErrors(400, 404, 409)
  async revertResize(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:revert_resize', instance)
    await resizedFaults(() => this.#compute.revertResize(instance))
  }

  @action('rebuild')
  @body(schemas.rebuild)
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async rebuild(req: Req<RebuildBody>): Promise<ResponseObject<object>> {
    const { context, version } = req
    const { conf } = this.#runtime
    const instance = await this.#compute.get(context, req.params.id)
    context.can('os_compute_api:servers:rebuild', instance)
    if (req.body.rebuild.trusted_image_certificates !== undefined) {
      context.can('os_compute_api:servers:rebuild:trusted_certs', instance)
    }
    const wanted = rebuildRequestOf(req.body, {
      version,
      passwordLength: conf.DEFAULT.password_length,
    })
    await rebuildFaults(() => this.#compute.rebuild(context, instance, wanted))
    const rebuilt = await this.#compute.get(context, instance.uuid, shownParts.namesAt(version))
    req.subject = rebuilt
    const links = memberLinks(linkBase(req, conf.api.compute_link_prefix), COLLECTION, rebuilt.uuid)
    const password = conf.api.enable_instance_password ? { adminPass: wanted.adminPassword } : {}
    return new ResponseObject(
      { server: { ...(await this.#document(req, rebuilt, rebuildView)), ...password } },
      { headers: { location: links[0]?.href ?? '' } },
    )
  }
}
