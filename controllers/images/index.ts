import type { RequestContext } from '../../lib/context/index.js'
import type { ImageDict } from '../../lib/image/api.js'
import type { Runtime } from '../../lib/runtime/index.js'
import { endpointUrl } from '../../lib/util/catalog.js'
import { apiVersion, errors, expectedErrors, query, response } from '../../lib/wsgi/index.js'
import { translating } from '../faults.js'
import { nextLinks, type Page, pageOf } from '../pages.js'
import type { Req } from '../req.js'
import { linkBase } from '../resource-links.js'
import type { ApiServices } from '../services.js'
import { listOptions, listQuery } from './query.js'
import { briefView, COLLECTION, type ImageViewContext, imageView } from './view.js'

const listing = translating({ 400: ['Invalid', 'ImageBadRequest'] })

/** /images: the image service's, in the words of the first API; up to 2.35. */
export class ImagesController {
  readonly #runtime: Runtime

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  @apiVersion('2.1', '2.35')
  @query(listQuery)
  @expectedErrors(400)
  async index(req: Req): Promise<object> {
    return this.#list(req, COLLECTION, briefView)
  }

  @apiVersion('2.1', '2.35')
  @query(listQuery)
  @expectedErrors(400)
  async detail(req: Req): Promise<object> {
    return this.#list(req, `${COLLECTION}/detail`, imageView)
  }

  async #list(req: Req, path: string, view: typeof imageView): Promise<object> {
    const page: Page = pageOf(req, this.#runtime.conf.api.max_limit)
    const images = await listing(() =>
      this.#runtime.images.list(req.context, listOptions(req.query, page)),
    )
    const context = this.#viewContext(req)
    const ids = images.map(({ id }) => id)
    const next = nextLinks(req, context.links, path, page, ids)
    return {
      images: images.map(view.bind(req.version, context)),
      ...(next.length ? { images_links: next } : {}),
    }
  }

  @apiVersion('2.1', '2.35')
  @query({ type: 'object' })
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const image = await imageOf(this.#runtime, req.context, req.params.id)
    return { image: imageView.at(req.version)(image, this.#viewContext(req)) }
  }

  @apiVersion('2.1', '2.35')
  @response(204)
  @expectedErrors(403, 404)
  async delete(req: Req): Promise<void> {
    await this.#runtime.images.delete(req.context, req.params.id)
  }

  #viewContext(req: Req): ImageViewContext {
    const { compute_link_prefix } = this.#runtime.conf.api
    const links = linkBase(req, compute_link_prefix)
    return { links, imageService: imageServiceOf(this.#runtime, req.context) ?? links.unversioned }
  }
}

/** An id that cannot be one is answered like one that is not known. @throws Fault 404 */
export const imageOf = (
  { images }: Runtime,
  context: RequestContext,
  id: string,
): Promise<ImageDict> => {
  if (!/^[\w.-]{1,255}$/.test(id)) throw errors.notFound('Image not found.')
  return images.get(context, id)
}

/** Where an image is at the image service, for a `Location`. */
export const imageLocation = (runtime: Runtime, context: RequestContext, id: string): string =>
  `${imageServiceOf(runtime, context) ?? ''}/images/${id}`

const imageServiceOf = ({ conf }: Runtime, context: RequestContext): string | undefined => {
  const prefix = conf.api.glance_link_prefix || conf.glance.api_servers?.[0]
  if (prefix) return prefix.replace(/\/+$/, '')
  return endpointUrl(context.serviceCatalog, 'image', ['public', 'internal'], null)
}
