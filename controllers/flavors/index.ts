import { randomUUID } from 'node:crypto'
import { Flavor, FlavorList } from '../../lib/objects/index.js'
import type { Runtime } from '../../lib/runtime/index.js'
import {
  apiVersion,
  body,
  boolFromString,
  expectedErrors,
  query,
  response,
} from '../../lib/wsgi/index.js'
import { translating } from '../faults.js'
import { nextLinks, type Page, pageOf } from '../pages.js'
import type { Req } from '../req.js'
import { linkBase } from '../resource-links.js'
import type { ApiServices } from '../services.js'
import { sortKeyOf } from '../sorting.js'
import { filtersOf } from './filters.js'
import * as schemas from './schemas.js'
import { briefView, COLLECTION, type FlavorViewContext, flavorView } from './view.js'

type Digits = number | string

interface CreateBody {
  readonly flavor: {
    readonly name: string
    readonly id?: string | number | null
    readonly ram: Digits
    readonly vcpus: Digits
    readonly disk: Digits
    readonly 'OS-FLV-EXT-DATA:ephemeral'?: Digits
    readonly swap?: Digits
    readonly rxtx_factor?: Digits
    readonly 'os-flavor-access:is_public'?: unknown
    readonly description?: string | null
  }
}

interface UpdateBody {
  readonly flavor: { readonly description: string | null }
}

const listing = translating({ 400: ['MarkerNotFound'] })
const creating = translating({ 409: ['FlavorExists', 'FlavorIdExists'] })

/** /flavors */
export class FlavorsController {
  readonly #runtime: Runtime

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  @query(schemas.listQuery)
  @expectedErrors(400)
  async index(req: Req): Promise<object> {
    const page = this.#page(req)
    const flavors = await this.#list(req, page)
    return this.#listDocument(req, page, flavors, COLLECTION, briefView)
  }

  @query(schemas.listQuery)
  @expectedErrors(400)
  async detail(req: Req): Promise<object> {
    const page = this.#page(req)
    const flavors = await this.#list(req, page)
    return this.#listDocument(req, page, flavors, `${COLLECTION}/detail`, flavorView)
  }

  #page(req: Req): Page {
    return pageOf(req, this.#runtime.conf.api.max_limit)
  }

  async #list(req: Req, page: Page): Promise<readonly Flavor[]> {
    const { context } = req
    const order = sortKeyOf(req.query, { key: 'flavorid', dir: 'asc' })
    const { objects } = await listing(() =>
      FlavorList.getAll(context, {
        inactive: context.isAdmin,
        filters: filtersOf(context, req.query),
        sortKey: order.key,
        sortDir: order.dir,
        limit: page.limit,
        marker: page.marker,
      }),
    )
    return objects
  }

  #listDocument(
    req: Req,
    page: Page,
    flavors: readonly Flavor[],
    path: string,
    view: typeof flavorView,
  ): object {
    const context = this.#viewContext(req)
    const ids = flavors.map(({ flavorid }) => flavorid)
    const next = nextLinks(req, context.links, path, page, ids)
    req.subject = flavors
    return {
      flavors: flavors.map(view.bind(req.version, context)),
      ...(next.length ? { flavors_links: next } : {}),
    }
  }

  #viewContext(req: Req): FlavorViewContext {
    return {
      links: linkBase(req, this.#runtime.conf.api.compute_link_prefix),
      extraSpecs: req.context.may('os_compute_api:os-flavor-extra-specs:index'),
    }
  }

  #document(req: Req, flavor: Flavor): object {
    req.subject = flavor
    return { flavor: flavorView.at(req.version)(flavor, this.#viewContext(req)) }
  }

  @query(schemas.showQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    return this.#document(req, await Flavor.getByFlavorId(req.context, req.params.id))
  }

  @body(schemas.create)
  @expectedErrors(400, 409)
  async create(req: Req<CreateBody>): Promise<object> {
    req.context.can('os_compute_api:os-flavor-manage:create')
    const { flavor: values } = req.body
    const id = values.id ?? 'auto'
    const flavor = new Flavor(req.context, {
      name: values.name,
      flavorid: id === 'auto' ? randomUUID() : String(id),
      memoryMb: Number(values.ram),
      vcpus: Number(values.vcpus),
      rootGb: Number(values.disk),
      ephemeralGb: Number(values['OS-FLV-EXT-DATA:ephemeral'] ?? 0),
      swap: Number(values.swap ?? 0),
      rxtxFactor: Number(values.rxtx_factor ?? 1),
      isPublic: boolFromString(values['os-flavor-access:is_public'] ?? true),
      description: values.description ?? null,
    })
    await creating(() => flavor.create())
    return this.#document(req, flavor)
  }

  @apiVersion('2.55')
  @body(schemas.update)
  @expectedErrors(400, 404)
  async update(req: Req<UpdateBody>): Promise<object> {
    req.context.can('os_compute_api:os-flavor-manage:update')
    const flavor = await Flavor.getByFlavorId(req.context, req.params.id)
    flavor.description = req.body.flavor.description
    await flavor.save()
    return this.#document(req, flavor)
  }

  @response(202)
  @expectedErrors(404)
  async delete(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-flavor-manage:delete')
    const flavor = await Flavor.getByFlavorId(req.context, req.params.id)
    await flavor.destroy()
  }
}
