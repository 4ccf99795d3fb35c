import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import { linkBase } from '../controllers/resource-links.js'
import type { ApiServices } from '../controllers/services.js'
import type { Runtime } from '../lib/runtime/index.js'
import type { Snapshot, Volume, VolumeApi } from '../lib/volume/api.js'
import {
  apiVersion,
  body,
  boolFromString,
  expectedErrors,
  integerBetween,
  multiple,
  object,
  query,
  querySchema,
  ResponseObject,
  response,
  types,
  view,
} from '../lib/wsgi/index.js'

interface VolumeBody {
  readonly volume: {
    readonly size: number | string
    readonly volume_type?: string
    readonly metadata?: Readonly<Record<string, unknown>>
    readonly snapshot_id?: string
    readonly availability_zone?: string
    readonly display_name?: string
    readonly display_description?: string
  }
}

interface SnapshotBody {
  readonly snapshot: {
    readonly volume_id: string
    readonly force?: boolean | string
    readonly display_name?: string
    readonly display_description?: string
  }
}

const volumeBody = object(
  {
    volume: object(
      {
        size: { ...integerBetween(1), minLength: 1 },
        volume_type: types.string,
        metadata: { type: 'object' },
        snapshot_id: types.string,
        availability_zone: types.string,
        display_name: types.string,
        display_description: types.string,
      },
      { required: ['size'] },
    ),
  },
  { required: ['volume'] },
)

const snapshotBody = object(
  {
    snapshot: object(
      {
        volume_id: types.string,
        force: types.boolean,
        display_name: types.string,
        display_description: types.string,
      },
      { required: ['volume_id'] },
    ),
  },
  { required: ['snapshot'] },
)

const listQuery = querySchema({
  limit: multiple(types.queryInteger),
  offset: multiple(types.queryInteger),
})
const anyQuery = querySchema({})

/** Several at once, or one, were once not told apart. */
const useOf = (volume: Volume): object => {
  const [use] = volume.attachments
  if (!use) return {}
  return {
    id: volume.id,
    volumeId: volume.id,
    serverId: use.serverId,
    ...(use.device === null ? {} : { device: use.device }),
  }
}

const volumeView = view<Volume>({
  id: volume => volume.id,
  status: volume => volume.status,
  size: volume => volume.size,
  availabilityZone: volume => volume.availabilityZone,
  createdAt: volume => volume.createdAt,
  attachments: volume => [useOf(volume)],
  displayName: volume => volume.name,
  displayDescription: volume => volume.description,
  volumeType: volume => volume.volumeType,
  snapshotId: volume => volume.snapshotId,
  metadata: volume => volume.metadata,
})

const snapshotView = view<Snapshot>({
  id: snapshot => snapshot.id,
  volumeId: snapshot => snapshot.volumeId,
  status: snapshot => snapshot.status,
  size: snapshot => snapshot.size,
  createdAt: snapshot => snapshot.createdAt,
  displayName: snapshot => snapshot.name,
  displayDescription: snapshot => snapshot.description,
})

const making = translating({ 400: ['InvalidInput'], 403: ['OverQuota'] })

/** As nova cuts a list that is no list of pages: 0 is no limit. */
const cut = <T>({ query }: Req, maxLimit: number, all: readonly T[]): T[] => {
  const offset = Number(query.offset ?? 0)
  const limit = Math.min(Number(query.limit ?? 0) || maxLimit, maxLimit)
  return all.slice(offset, offset + limit)
}

/** /os-volumes, up to 2.35: the volume service's. */
export class VolumeController {
  readonly #runtime: Runtime

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  get #volumes(): VolumeApi {
    return this.#runtime.volumes
  }

  @apiVersion('2.1', '2.35')
  @query(listQuery)
  @expectedErrors()
  index(req: Req): Promise<object> {
    return this.#list(req, 'list')
  }

  @apiVersion('2.1', '2.35')
  @query(listQuery)
  @expectedErrors()
  detail(req: Req): Promise<object> {
    return this.#list(req, 'detail')
  }

  async #list(req: Req, name: string): Promise<object> {
    req.context.can(`os_compute_api:os-volumes:${name}`)
    const all = await this.#volumes.getAll(req.context)
    const { max_limit } = this.#runtime.conf.api
    return { volumes: cut(req, max_limit, all).map(volumeView.bind(req.version, null)) }
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-volumes:show')
    const volume = await this.#volumes.get(req.context, req.params.id)
    return { volume: volumeView.at(req.version)(volume, null) }
  }

  @apiVersion('2.1', '2.35')
  @body(volumeBody)
  @expectedErrors(400, 403, 404)
  async create(req: Req<VolumeBody>): Promise<ResponseObject<object>> {
    const { context } = req
    context.can('os_compute_api:os-volumes:create')
    const { volume: wanted } = req.body
    // A snapshot that is not there is told before anything is asked for.
    if (wanted.snapshot_id) await this.#volumes.getSnapshot(context, wanted.snapshot_id)
    const volume = await making(() =>
      this.#volumes.create(context, {
        size: Number(wanted.size),
        name: wanted.display_name ?? null,
        description: wanted.display_description ?? null,
        snapshotId: wanted.snapshot_id ?? null,
        volumeType: wanted.volume_type ?? null,
        availabilityZone: wanted.availability_zone ?? null,
        metadata: wanted.metadata ?? {},
      }),
    )
    const base = linkBase(req, this.#runtime.conf.api.compute_link_prefix)
    return new ResponseObject<object>(
      { volume: volumeView.at(req.version)(volume, null) },
      { headers: { location: `${base.versioned}/os-volumes/${volume.id}` } },
    )
  }

  @apiVersion('2.1', '2.35')
  @response(202)
  @expectedErrors(400, 404)
  async delete(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-volumes:delete')
    await this.#volumes.delete(req.context, req.params.id)
  }
}

/** /os-snapshots, up to 2.35: the volume service's. */
export class SnapshotController {
  readonly #runtime: Runtime

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  get #volumes(): VolumeApi {
    return this.#runtime.volumes
  }

  @apiVersion('2.1', '2.35')
  @query(listQuery)
  @expectedErrors()
  index(req: Req): Promise<object> {
    return this.#list(req, 'list')
  }

  @apiVersion('2.1', '2.35')
  @query(listQuery)
  @expectedErrors()
  detail(req: Req): Promise<object> {
    return this.#list(req, 'detail')
  }

  async #list(req: Req, name: string): Promise<object> {
    req.context.can(`os_compute_api:os-volumes:snapshots:${name}`)
    const all = await this.#volumes.getAllSnapshots(req.context)
    const { max_limit } = this.#runtime.conf.api
    return { snapshots: cut(req, max_limit, all).map(snapshotView.bind(req.version, null)) }
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-volumes:snapshots:show')
    const snapshot = await this.#volumes.getSnapshot(req.context, req.params.id)
    return { snapshot: snapshotView.at(req.version)(snapshot, null) }
  }

  @apiVersion('2.1', '2.35')
  @body(snapshotBody)
  @expectedErrors(400, 403)
  async create(req: Req<SnapshotBody>): Promise<object> {
    const { context } = req
    context.can('os_compute_api:os-volumes:snapshots:create')
    const { volume_id: volumeId, ...wanted } = req.body.snapshot
    const snapshot = await makingSnapshot(() =>
      this.#volumes.createSnapshot(context, volumeId, {
        name: wanted.display_name ?? null,
        description: wanted.display_description ?? null,
        force: boolFromString(wanted.force ?? false),
      }),
    )
    return { snapshot: snapshotView.at(req.version)(snapshot, null) }
  }

  @apiVersion('2.1', '2.35')
  @response(202)
  @expectedErrors(404)
  async delete(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-volumes:snapshots:delete')
    await this.#volumes.deleteSnapshot(req.context, req.params.id)
  }
}

/** A volume that is not there is a mistake of the body. */
const makingSnapshot = translating({ 400: ['InvalidInput', 'NotFound'], 403: ['OverQuota'] })

export const extension = {
  alias: 'os-volumes',
  name: 'Volumes',
  description: 'Volumes support.',
  resources: [
    {
      collection: 'os-volumes',
      memberName: 'volume',
      controller: VolumeController,
      collectionActions: { detail: 'GET' as const },
    },
    {
      collection: 'os-snapshots',
      memberName: 'snapshot',
      controller: SnapshotController,
      collectionActions: { detail: 'GET' as const },
    },
  ],
}
