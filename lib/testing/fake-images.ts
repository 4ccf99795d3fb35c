import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { RequestContext } from '../context/index.js'
import { ImageNotFound } from '../exception/index.js'
import type { ImageApi, ImageDict, ImageListOptions, NewImage } from '../image/api.js'

/** An active image of 1 MiB that everybody sees, there from the start. */
export const IMAGE_ID = '70a599e0-31e7-49b7-b260-868f441e862b'

/** An image service in memory: no permissions, filters by equality, no order but that of creation. */
export class FakeImages implements ImageApi {
  readonly #images = new Map<string, ImageDict>()
  readonly #data = new Map<string, Buffer>()

  constructor() {
    this.add({ id: IMAGE_ID, name: 'cirros', disk_format: 'qcow2', container_format: 'bare' })
  }

  /** Puts an active image there. */
  add(image: Partial<ImageDict>): ImageDict {
    const now = `${new Date().toISOString().slice(0, 19)}.000000`
    const whole: ImageDict = {
      name: null,
      status: 'active',
      size: 1024 * 1024,
      checksum: null,
      container_format: null,
      disk_format: null,
      min_ram: 0,
      min_disk: 0,
      owner: null,
      is_public: true,
      deleted: false,
      deleted_at: null,
      created_at: now,
      updated_at: now,
      properties: {},
      ...image,
      id: image.id ?? randomUUID(),
    }
    this.#images.set(whole.id, whole)
    return whole
  }

  async get(_context: RequestContext, id: string): Promise<ImageDict> {
    const image = this.#images.get(id)
    if (!image) throw new ImageNotFound({ image_id: id })
    return image
  }

  async list(_context: RequestContext, options: ImageListOptions = {}): Promise<ImageDict[]> {
    const { filters = {}, limit, marker } = options
    const all = [...this.#images.values()].filter(image =>
      Object.entries(filters).every(([name, wanted]) => {
        const value = Reflect.get(image, name) ?? image.properties[name]
        return value !== undefined && value !== null && String(value) === wanted
      }),
    )
    if (options.sortDir === 'desc') all.reverse()
    const start = marker === undefined ? 0 : all.findIndex(({ id }) => id === marker) + 1
    return all.slice(start, limit === undefined ? undefined : start + limit)
  }

  async create(context: RequestContext, image: NewImage, data?: Readable): Promise<ImageDict> {
    const { sharedWith: _, visibility, ...values } = image
    const made = this.add({
      ...values,
      is_public: image.is_public ?? visibility === 'public',
      owner: context.projectId,
      status: 'queued',
      size: 0,
    })
    if (data) await this.upload(context, made.id, data)
    return this.get(context, made.id)
  }

  async update(
    context: RequestContext,
    id: string,
    changes: Partial<NewImage>,
    options: { readonly purgeProps?: boolean } = {},
  ): Promise<ImageDict> {
    const image = await this.get(context, id)
    const properties = options.purgeProps
      ? { ...changes.properties }
      : { ...image.properties, ...changes.properties }
    return this.add({ ...image, ...changes, properties, id })
  }

  async upload(context: RequestContext, id: string, data: Readable): Promise<void> {
    const image = await this.get(context, id)
    const bytes = Buffer.concat(await data.toArray())
    this.#data.set(id, bytes)
    this.add({ ...image, status: 'active', size: bytes.length })
  }

  async download(context: RequestContext, id: string): Promise<Readable> {
    await this.get(context, id)
    return Readable.from([this.#data.get(id) ?? Buffer.alloc(0)])
  }

  async delete(context: RequestContext, id: string): Promise<void> {
    await this.get(context, id)
    this.#images.delete(id)
  }
}
