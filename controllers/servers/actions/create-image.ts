import type { ComputeApi } from '../../../lib/compute/api.js'
import type { Runtime } from '../../../lib/runtime/index.js'
import {
  action,
  body,
  expectedErrors,
  type ResponseObject,
  response,
} from '../../../lib/wsgi/index.js'
import type { Req } from '../../req.js'
import type { ApiServices } from '../../services.js'
import { checkImageMetadata, madeImage } from '../made-image.js'
import * as schemas from '../schemas.js'

interface CreateImageBody {
  readonly createImage: { readonly name: string; readonly metadata?: Record<string, string> }
}

/** The action `createImage` of POST /servers/{id}/action. */
export class ServerImageController {
  readonly #compute: ComputeApi
  readonly #runtime: Runtime

  constructor({ compute, runtime }: ApiServices) {
    this.#compute = compute
    this.#runtime = runtime
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
}
