import type { RequestContext } from '../context/index.js'
import {
  CinderConnectionFailed,
  Forbidden,
  InvalidInput,
  type NovaException,
  OverQuota,
  SnapshotNotFound,
  Unauthorized,
  VolumeAttachmentNotFound,
  VolumeNotFound,
  VolumeTypeNotFound,
} from '../exception/index.js'
import { isRecord } from '../util/is-record.js'
import {
  type CallOptions,
  NoCredentials,
  NoEndpoint,
  ServiceClient,
  type ServiceClientOptions,
  ServiceFault,
  ServiceUnreachable,
  type TlsOptions,
} from '../util/service-client.js'
import type { Attachment, NewSnapshot, NewVolume, Snapshot, Volume, VolumeApi } from './api.js'
import { attachmentOf, snapshotOf, volumeOf } from './translate.js'

/** The part of `[cinder]` that is read here. */
export interface CinderConf extends TlsOptions {
  /** `type:name:interface` */
  readonly catalog_info: string
  /** Instead of the catalog; `%(project_id)s` is filled in. */
  readonly endpoint_template?: string | null
  readonly os_region_name?: string | null
  readonly http_retries?: number
  /** seconds */
  readonly timeout?: number | null
}

/** The least with which attachments can be completed; what compute asks for. */
const MICROVERSION = 'volume 3.44'

/** The first in which an image can be written over a volume. */
const REIMAGES = 'volume 3.68'

type Doc = Readonly<Record<string, unknown>>
type Missing = (id: string) => NovaException

const missingVolume: Missing = id => new VolumeNotFound({ volume_id: id })
const missingSnapshot: Missing = id => new SnapshotNotFound({ snapshot_id: id })
const missingAttachment: Missing = id => new VolumeAttachmentNotFound({ attachment_id: id })

/** nova.volume.cinder.API, over Cinder's v3. */
export class CinderVolumeApi implements VolumeApi {
  readonly #client: ServiceClient
  readonly #template: string | null

  constructor(
    conf: CinderConf,
    options: Omit<ServiceClientOptions, 'type' | 'endpoints' | 'region' | 'interfaces'> = {},
  ) {
    const [type = 'volumev3', , which = 'publicURL'] = conf.catalog_info.split(':')
    this.#template = conf.endpoint_template || null
    this.#client = new ServiceClient({
      ...options,
      type,
      // Paths then begin with what the template says of the project.
      endpoints: this.#template ? [new URL(this.#template).origin] : undefined,
      interfaces: [which.replace(/URL$/, '')],
      region: conf.os_region_name ?? null,
      tls: conf,
      ...(conf.http_retries === undefined ? {} : { retries: conf.http_retries }),
      ...(conf.timeout ? { timeoutMs: conf.timeout * 1000 } : {}),
    })
  }

  async get(context: RequestContext, id: string): Promise<Volume> {
    return volumeOf(await this.#document(context, 'GET', `/volumes/${part(id)}`, 'volume', { id }))
  }

  async getAll(context: RequestContext): Promise<Volume[]> {
    const body = await this.#call(context, 'GET', '/volumes/detail')
    return listIn(body, 'volumes').map(volumeOf)
  }

  async create(context: RequestContext, volume: NewVolume): Promise<Volume> {
    const json = {
      volume: {
        size: volume.size,
        name: volume.name ?? null,
        description: volume.description ?? null,
        snapshot_id: volume.snapshotId ?? null,
        imageRef: volume.imageId ?? null,
        volume_type: volume.volumeType ?? null,
        availability_zone: volume.availabilityZone ?? null,
        metadata: volume.metadata ?? {},
      },
    }
    const id = volume.snapshotId ?? volume.imageId ?? ''
    return volumeOf(await this.#document(context, 'POST', '/volumes', 'volume', { id, json }))
  }

  async delete(context: RequestContext, id: string): Promise<void> {
    await this.#call(context, 'DELETE', `/volumes/${part(id)}`, { id })
  }

  async getSnapshot(context: RequestContext, id: string): Promise<Snapshot> {
    const options = { id, missing: missingSnapshot }
    return snapshotOf(
      await this.#document(context, 'GET', `/snapshots/${part(id)}`, 'snapshot', options),
    )
  }

  async getAllSnapshots(context: RequestContext): Promise<Snapshot[]> {
    return listIn(await this.#call(context, 'GET', '/snapshots/detail'), 'snapshots').map(
      snapshotOf,
    )
  }

  async createSnapshot(
    context: RequestContext,
    volumeId: string,
    { name, description, force }: NewSnapshot,
  ): Promise<Snapshot> {
    const json = { snapshot: { volume_id: volumeId, name, description, force, metadata: {} } }
    const options = { id: volumeId, json }
    return snapshotOf(await this.#document(context, 'POST', '/snapshots', 'snapshot', options))
  }

  async deleteSnapshot(context: RequestContext, id: string): Promise<void> {
    const options = { id, missing: missingSnapshot }
    await this.#call(context, 'DELETE', `/snapshots/${part(id)}`, options)
  }

  async checkType(context: RequestContext, type: string): Promise<void> {
    const types = listIn(await this.#call(context, 'GET', '/types'), 'volume_types')
    if (types.some(({ id, name }) => id === type || name === type)) return
    throw new VolumeTypeNotFound({ id_or_name: type })
  }

  async attachmentCreate(
    context: RequestContext,
    volumeId: string,
    instanceUuid: string,
  ): Promise<Attachment> {
    const json = {
      attachment: { volume_uuid: volumeId, instance_uuid: instanceUuid, connector: null },
    }
    return attachmentOf(
      await this.#document(context, 'POST', '/attachments', 'attachment', { id: volumeId, json }),
    )
  }

  async attachmentUpdate(
    context: RequestContext,
    id: string,
    connector: Doc,
    mountpoint: string,
  ): Promise<Attachment> {
    const json = { attachment: { connector: { ...connector, mountpoint } } }
    const path = `/attachments/${part(id)}`
    const options = { id, json, missing: missingAttachment }
    return attachmentOf(await this.#document(context, 'PUT', path, 'attachment', options))
  }

  async attachmentComplete(context: RequestContext, id: string): Promise<void> {
    const json = { 'os-complete': id }
    const options = { id, json, missing: missingAttachment }
    await this.#call(context, 'POST', `/attachments/${part(id)}/action`, options)
  }

  async attachmentDelete(context: RequestContext, id: string): Promise<void> {
    const options = { id, missing: missingAttachment }
    await this.#call(context, 'DELETE', `/attachments/${part(id)}`, options)
  }

  async beginDetaching(context: RequestContext, volumeId: string): Promise<void> {
    await this.#act(context, volumeId, { 'os-begin_detaching': {} })
  }

  async rollDetaching(context: RequestContext, volumeId: string): Promise<void> {
    await this.#act(context, volumeId, { 'os-roll_detaching': {} })
  }

  async reimageVolume(context: RequestContext, volumeId: string, imageId: string): Promise<void> {
    const json = { 'os-reimage': { image_id: imageId, reimage_reserved: true } }
    await this.#act(context, volumeId, json, REIMAGES)
  }

  async migrateVolumeCompletion(
    context: RequestContext,
    oldId: string,
    newId: string,
    error: boolean,
  ): Promise<string> {
    const body = await this.#act(context, oldId, {
      'os-migrate_volume_completion': { new_volume: newId, error },
    })
    return typeof body.save_volume_id === 'string' ? body.save_volume_id : newId
  }

  #act(
    context: RequestContext,
    id: string,
    json: object,
    microversion = MICROVERSION,
  ): Promise<Doc> {
    const path = `/volumes/${part(id)}/action`
    return this.#call(context, 'POST', path, { id, json, microversion })
  }

  async #document(
    context: RequestContext,
    method: string,
    path: string,
    key: string,
    options: CinderCall,
  ): Promise<Doc> {
    const body = await this.#call(context, method, path, options)
    const document = body[key]
    if (!isRecord(document)) throw new CinderConnectionFailed({ reason: `no ${key} in its answer` })
    return document
  }

  async #call(
    context: RequestContext,
    method: string,
    path: string,
    { id = '', missing = missingVolume, microversion = MICROVERSION, ...options }: CinderCall = {},
  ): Promise<Doc> {
    try {
      const body = await this.#client.json(context, method, this.#path(context, path), {
        ...options,
        headers: { 'openstack-api-version': microversion },
      })
      return isRecord(body) ? body : {}
    } catch (error) {
      // Where there is no volume service there are no volumes either.
      if (error instanceof NoEndpoint && id !== '') throw missing(id)
      throw translated(error, () => missing(id))
    }
  }

  #path({ projectId }: RequestContext, path: string): string {
    if (!this.#template) return path
    const url = this.#template.replaceAll(/%\((project_id|tenant_id)\)s/g, projectId ?? '')
    return new URL(url).pathname.replace(/\/+$/, '') + path
  }
}

interface CinderCall extends CallOptions {
  /** Of what is asked for, for the exception. */
  readonly id?: string
  /** What a 404 means. */
  readonly missing?: Missing
  readonly microversion?: string
}

const part = (id: string): string => encodeURIComponent(id)

const listIn = (body: Doc, key: string): Doc[] => {
  const list = body[key]
  return Array.isArray(list) ? list.filter(isRecord) : []
}

const translated = (error: unknown, missing: () => NovaException): unknown => {
  if (error instanceof ServiceUnreachable || error instanceof NoEndpoint) {
    return new CinderConnectionFailed({ reason: error.message })
  }
  if (error instanceof NoCredentials) return new Unauthorized()
  if (!(error instanceof ServiceFault)) return error
  const message = messageOf(error)
  switch (error.status) {
    case 400:
      return new InvalidInput({ reason: message })
    case 401:
      return new Unauthorized()
    case 403:
      return new Forbidden(message)
    case 404:
      return missing()
    case 413:
      return new OverQuota(message)
    default:
      return new CinderConnectionFailed({ reason: message })
  }
}

/** `{"badRequest": {"message": …}}` */
const messageOf = ({ body, message }: ServiceFault): string => {
  const [fault]: unknown[] = isRecord(body) ? Object.values(body) : []
  return isRecord(fault) && typeof fault.message === 'string' ? fault.message : message
}
