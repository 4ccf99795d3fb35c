import type { Req } from '../controllers/req.js'
import { checkImageMetadata, madeImage } from '../controllers/servers/made-image.js'
import { createBackup } from '../controllers/servers/schemas.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { Runtime } from '../lib/runtime/index.js'
import { action, body, expectedErrors, type ResponseObject, response } from '../lib/wsgi/index.js'

interface CreateBackupBody {
  readonly createBackup: {
    readonly name: string
    readonly backup_type: string
    readonly rotation: number | string
    readonly metadata?: Readonly<Record<string, string>>
  }
}

/** The action `createBackup` of POST /servers/{id}/action. */
export class CreateBackupController {
  readonly #compute: ComputeApi
  readonly #runtime: Runtime

  constructor({ compute, runtime }: ApiServices) {
    this.#compute = compute
    this.#runtime = runtime
  }

  @action('createBackup')
  @body(createBackup)
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async createBackup(req: Req<CreateBackupBody>): Promise<ResponseObject<object | null>> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-create-backup', instance)
    const { name, backup_type: backupType, metadata = {} } = req.body.createBackup
    const rotation = Number(req.body.createBackup.rotation)
    await checkImageMetadata(req, this.#compute, metadata)
    const wanted = { name: name.trim(), metadata, backupType, rotation }
    const image = await this.#compute.backup(instance, wanted)
    // With a rotation of 0 there will be no such image.
    return madeImage(req, this.#runtime, image.id, rotation > 0)
  }
}

export const extension = {
  alias: 'os-create-backup',
  name: 'CreateBackup',
  description: 'Create a backup of a server.',
  controllerExtensions: { servers: CreateBackupController },
}
