import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { checkUnchanged } from '../lib/compute/volume-attachments.js'
import { VolumeNotFound } from '../lib/exception/index.js'
import type { BlockDeviceMapping, Instance } from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import type { Volume, VolumeApi } from '../lib/volume/api.js'
import {
  apiVersion,
  behavioursOf,
  between,
  body,
  boolFromString,
  errors,
  expectedErrors,
  multiple,
  object,
  query,
  querySchema,
  response,
  schema,
  serves,
  since,
  types,
  until,
  view,
} from '../lib/wsgi/index.js'

interface AttachBody {
  readonly volumeAttachment: {
    readonly volumeId: string
    readonly device?: string | null
    readonly tag?: string
    readonly delete_on_termination?: boolean | string
  }
}

interface UpdateBody {
  readonly volumeAttachment: AttachBody['volumeAttachment'] & {
    readonly serverId?: string
    readonly id?: string
  }
}

const device = {
  type: ['string', 'null'],
  pattern: '(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$',
}

const attachBody = schema(
  object(
    {
      volumeAttachment: object(
        {
          volumeId: types.uuid,
          device,
          tag: since('2.49', types.tag),
          delete_on_termination: since('2.79', types.boolean),
        },
        { required: ['volumeId'] },
      ),
    },
    { required: ['volumeAttachment'] },
  ),
)

const updateBody = schema(
  object(
    {
      volumeAttachment: object(
        {
          volumeId: types.uuid,
          device: since('2.85', device),
          tag: since('2.85', types.tag),
          delete_on_termination: since('2.85', types.boolean),
          serverId: since('2.85', types.uuid),
          id: since('2.85', types.uuid),
        },
        { required: ['volumeId'] },
      ),
    },
    { required: ['volumeAttachment'] },
  ),
)

const listQuery = querySchema(
  { limit: multiple(types.queryInteger), offset: multiple(types.queryInteger) },
  { closedSince: '2.75' },
)

const behaviours = behavioursOf({
  shelved: since('2.20'),
  multiattach: since('2.60'),
})

const shown = {
  serverId: (bdm: BlockDeviceMapping) => bdm.instanceUuid,
  volumeId: (bdm: BlockDeviceMapping) => bdm.volumeId,
  device: (bdm: BlockDeviceMapping) => bdm.get('deviceName') ?? null,
}
const tagOf = (bdm: BlockDeviceMapping) => bdm.get('tag') ?? null
const goesWithServer = (bdm: BlockDeviceMapping) => bdm.get('deleteOnTermination') ?? false

const attachmentView = view<BlockDeviceMapping>({
  id: [bdm => bdm.volumeId, until('2.88')],
  ...shown,
  tag: [tagOf, since('2.70')],
  delete_on_termination: [goesWithServer, since('2.79')],
  attachment_id: [bdm => bdm.get('attachmentId') ?? null, since('2.89')],
  bdm_uuid: [bdm => bdm.uuid, since('2.89')],
})

/** A new one is known by its volume to the end. */
const newView = view<BlockDeviceMapping>({
  id: bdm => bdm.volumeId,
  ...shown,
  tag: [tagOf, between('2.70', '2.100')],
  delete_on_termination: [goesWithServer, between('2.79', '2.100')],
})

const attaching = translating({
  400: [
    'InvalidVolume',
    'InvalidInput',
    'InvalidDevicePath',
    'VolumeTaggedAttachNotSupported',
    'MultiattachNotSupportedOldMicroversion',
    'MultiattachToShelvedNotSupported',
  ],
  403: ['TooManyDiskDevices'],
})
const changing = translating({ 400: ['InvalidVolume', 'InvalidInput'] })

const rule = (name: string): string => `os_compute_api:os-volumes-attachments:${name}`

/** /servers/{server_id}/os-volume_attachments: `{id}` is the volume's. */
export class VolumeAttachmentController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  get #volumes(): VolumeApi {
    return this.#runtime.volumes
  }

  @query(listQuery)
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    const instance = await this.#server(req, 'index')
    const all = await this.#compute.attachments.list(instance)
    const { max_limit } = this.#runtime.conf.api
    const offset = Number(req.query.offset ?? 0)
    const limit = Math.min(Number(req.query.limit ?? 0) || max_limit, max_limit)
    const page = all.slice(offset, offset + limit)
    return { volumeAttachments: page.map(attachmentView.bind(req.version, null)) }
  }

  // Unlike most, nova never closed this one.
  @query({ type: 'object' })
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const instance = await this.#server(req, 'show')
    const bdm = await this.#attachment(instance, req.params.id)
    return { volumeAttachment: attachmentView.at(req.version)(bdm, null) }
  }

  @apiVersion('2.1', '2.100')
  @body(attachBody)
  @expectedErrors(400, 403, 404, 409)
  async create(req: Req<AttachBody>): Promise<object> {
    const bdm = await this.#attach(req)
    return { volumeAttachment: newView.at(req.version)(bdm, null) }
  }

  @serves('create')
  @apiVersion('2.101')
  @body(attachBody)
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async createLater(req: Req<AttachBody>): Promise<void> {
    await this.#attach(req)
  }

  async #attach(req: Req<AttachBody>): Promise<BlockDeviceMapping> {
    const instance = await this.#server(req, 'create')
    const { volumeId, ...wanted } = req.body.volumeAttachment
    return attaching(() =>
      this.#compute.attachments.attach(
        instance,
        volumeId,
        {
          device: wanted.device ?? null,
          tag: wanted.tag ?? null,
          deleteOnTermination: boolFromString(wanted.delete_on_termination ?? false),
        },
        behaviours.at(req.version),
      ),
    )
  }

  @apiVersion('2.1', '2.84')
  @body(updateBody)
  @response(202)
  @expectedErrors(400, 404, 409)
  async update(req: Req<UpdateBody>): Promise<void> {
    await this.#swap(req)
  }

  /** Of an attachment to itself something may be changed; to another volume it is swapped. */
  @serves('update')
  @apiVersion('2.85')
  @body(updateBody)
  @response(202)
  @expectedErrors(400, 404, 409)
  async updateOrSwap(req: Req<UpdateBody>): Promise<void> {
    const { volumeAttachment: given } = req.body
    if (given.volumeId !== req.params.id) return this.#swap(req)
    const instance = await this.#server(req, 'update')
    const bdm = await this.#attachment(instance, req.params.id)
    await changing(async () =>
      checkUnchanged(
        { ...given },
        {
          device: bdm.get('deviceName') ?? null,
          tag: bdm.get('tag') ?? null,
          serverId: instance.uuid,
          id: bdm.volumeId,
        },
      ),
    )
    const { delete_on_termination: goes } = given
    if (goes === undefined) return
    await this.#compute.attachments.keepOrDelete(bdm, boolFromString(goes))
  }

  async #swap(req: Req<UpdateBody>): Promise<void> {
    const instance = await this.#server(req, 'swap')
    const { id } = req.params
    const old = await this.#volumes.get(req.context, id)
    await this.#attachment(instance, id)
    if (old.migrationStatus === null || ['success', 'error'].includes(old.migrationStatus)) {
      throw errors.conflict(`volume ${id} is not migrating: only then it can be swapped`)
    }
    const next = await this.#newVolume(req)
    await changing(() => this.#compute.attachments.swap(instance, old, next))
  }

  /** One that is not there is a mistake of the body. */
  async #newVolume({ context, body }: Req<UpdateBody>): Promise<Volume> {
    try {
      return await this.#volumes.get(context, body.volumeAttachment.volumeId)
    } catch (error) {
      if (!(error instanceof VolumeNotFound)) throw error
      throw errors.badRequest(error.message)
    }
  }

  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async delete(req: Req): Promise<void> {
    const instance = await this.#server(req, 'delete')
    const rules = behaviours.at(req.version)
    await changing(() => this.#compute.attachments.detach(instance, req.params.id, rules))
  }

  async #server(req: Req<unknown>, name: string): Promise<Instance> {
    const instance = await this.#compute.get(req.context, req.params.server_id ?? '')
    req.context.can(rule(name), instance)
    return instance
  }

  async #attachment(instance: Instance, volumeId: string): Promise<BlockDeviceMapping> {
    return this.#compute.attachments.find(instance, volumeId)
  }
}

export const extension = {
  alias: 'os-volume_attachments',
  name: 'VolumeAttachments',
  description: 'Volumes of servers: attached, detached, swapped.',
  // nova's list has no alias for it
  listed: false,
  resources: [
    {
      collection: 'os-volume_attachments',
      memberName: 'volume_attachment',
      controller: VolumeAttachmentController,
      parent: { memberName: 'server', collectionName: 'servers' },
    },
  ],
}
