import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { isRecord } from '../lib/util/is-record.js'
import {
  body,
  errors,
  expectedErrors,
  multiple,
  object,
  query,
  querySchema,
  response,
  types,
} from '../lib/wsgi/index.js'

interface CreateBody {
  readonly snapshot: {
    readonly volume_id: string
    readonly create_info: {
      readonly snapshot_id: string
      readonly type: 'qcow2'
      readonly new_file: string
      readonly id?: string
    }
  }
}

const text = { type: 'string', minLength: 1 }

const create = object(
  {
    snapshot: object(
      {
        volume_id: text,
        create_info: object(
          {
            snapshot_id: text,
            type: { type: 'string', enum: ['qcow2'] },
            new_file: text,
            id: text,
          },
          { required: ['snapshot_id', 'type', 'new_file'] },
        ),
      },
      { required: ['volume_id', 'create_info'] },
    ),
  },
  { required: ['snapshot'] },
)

const mistakes = translating({
  400: [
    'VolumeBDMNotFound',
    'VolumeBDMIsMultiAttach',
    'InvalidVolume',
    'InstanceInvalidState',
    'InstanceNotReady',
  ],
})

/** /os-assisted-volume-snapshots: a volume service has a host take its part in a snapshot. */
export class AssistedVolumeSnapshotsController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @body(create)
  @expectedErrors(400)
  async create(req: Req<CreateBody>): Promise<object> {
    req.context.can('os_compute_api:os-assisted-volume-snapshots:create', {})
    const { volume_id: volumeId, create_info: info } = req.body.snapshot
    await mistakes(() => this.#compute.assistedSnapshots.create(req.context, volumeId, { ...info }))
    return { snapshot: { id: info.id ?? null, volumeId } }
  }

  /** `delete_info` is JSON with the volume's id in it. */
  @query(querySchema({ delete_info: multiple(types.string) }, { closedSince: '2.75' }))
  @response(204)
  @expectedErrors(400, 404)
  async delete(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-assisted-volume-snapshots:delete', {})
    const info = deleteInfo(req.query.delete_info)
    await mistakes(() =>
      this.#compute.assistedSnapshots.delete(req.context, info.volumeId, req.params.id, info.all),
    )
  }
}

/** @throws Fault 400 */
const deleteInfo = (
  json = '',
): { readonly volumeId: string; readonly all: Readonly<Record<string, unknown>> } => {
  let all: unknown
  try {
    all = JSON.parse(json)
  } catch {
    throw errors.badRequest('delete_info is not JSON')
  }
  const volumeId = isRecord(all) ? all.volume_id : undefined
  if (!isRecord(all) || typeof volumeId !== 'string') {
    throw errors.badRequest("delete_info has no 'volume_id'")
  }
  return { volumeId, all }
}

export const extension = {
  alias: 'os-assisted-volume-snapshots',
  name: 'AssistedVolumeSnapshots',
  description: 'Assisted volume snapshots.',
  resources: [
    {
      collection: 'os-assisted-volume-snapshots',
      controller: AssistedVolumeSnapshotsController,
    },
  ],
}
