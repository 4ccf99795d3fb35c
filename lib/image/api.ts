import type { Readable } from 'node:stream'
import type { RequestContext } from '../context/index.js'

/**
 * An image as nova passes it around: Glance's v1 shape, whatever version the service speaks.
 * Extra properties are gathered below `properties`; `visibility` has become `is_public`.
 */
export interface ImageDict {
  readonly id: string
  readonly name: string | null
  readonly status: string
  /** bytes; 0 until something was uploaded */
  readonly size: number
  readonly checksum: string | null
  readonly container_format: string | null
  readonly disk_format: string | null
  /** MiB */
  readonly min_ram: number
  /** GiB */
  readonly min_disk: number
  readonly owner: string | null
  readonly is_public: boolean
  readonly deleted: boolean
  readonly deleted_at: string | null
  /** `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC, as it travels in messages */
  readonly created_at: string
  readonly updated_at: string
  readonly os_hidden?: boolean
  readonly os_hash_algo?: string | null
  readonly os_hash_value?: string | null
  /** Strings, but for `block_device_mapping` and `mappings`, which are parsed. */
  readonly properties: Readonly<Record<string, unknown>>
}

/** What a new image is made of; the service fills in the rest. */
export interface NewImage {
  readonly id?: string
  readonly name: string
  readonly is_public?: boolean
  readonly visibility?: 'public' | 'private' | 'shared' | 'community'
  readonly container_format?: string
  readonly disk_format?: string
  readonly min_ram?: number
  readonly min_disk?: number
  readonly protected?: boolean
  /** A project that may use it too, of an image that is `shared`. */
  readonly sharedWith?: string
  readonly properties?: Readonly<Record<string, unknown>>
}

export interface ImageListOptions {
  /** Glance's own query keys: `name`, `status`, `visibility`, `owner`, `property` names, … */
  readonly filters?: Readonly<Record<string, string>>
  readonly limit?: number
  readonly marker?: string
  readonly sortKey?: string
  readonly sortDir?: 'asc' | 'desc'
}

/**
 * nova's face of Glance. All calls act as the context's user, with its token.
 *
 * Throws {@link ImageNotFound}, ImageNotAuthorized, ImageBadRequest, ImageQuotaExceeded,
 * ImageDeleteConflict, and GlanceConnectionFailed when the service does not answer.
 */
export interface ImageApi {
  get(context: RequestContext, id: string): Promise<ImageDict>
  /** All pages are fetched unless `limit` is given. */
  list(context: RequestContext, options?: ImageListOptions): Promise<ImageDict[]>
  /** @param data  uploaded at once when given; else the image stays `queued` */
  create(context: RequestContext, image: NewImage, data?: Readable): Promise<ImageDict>
  /** Replaces what is given; properties that are not given stay, unless `purgeProps`. */
  update(
    context: RequestContext,
    id: string,
    image: Partial<NewImage>,
    options?: { readonly purgeProps?: boolean },
  ): Promise<ImageDict>
  upload(context: RequestContext, id: string, data: Readable): Promise<void>
  download(context: RequestContext, id: string): Promise<Readable>
  delete(context: RequestContext, id: string): Promise<void>
}
