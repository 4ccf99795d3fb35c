import type { ComputeApi } from '../../../lib/compute/api.js'
import type { Runtime } from '../../../lib/runtime/index.js'
import { action, body, expectedErrors, ResponseObject, response } from '../../../lib/wsgi/index.js'
import { asBadRequest, asForbidden, translating } from '../../faults.js'
import type { Req } from '../../req.js'
import { memberLinks } from '../../resource-links.js'
import type { ApiServices } from '../../services.js'
import { type RebuildBody, rebuildRequestOf } from '../rebuild-body.js'
import * as schemas from '../schemas.js'
import { COLLECTION, ServerDocuments, shownParts } from '../server-documents.js'
import { rebuildView } from '../view.js'

/** What a rebuild names in vain is its own fault; the server's state is not. */
const rebuildFaults = translating({
  400: [...asBadRequest, 'CertificateValidationFailed'],
  403: asForbidden,
  404: ['InstanceNotFound'],
  409: ['InstanceInvalidState'],
})

/** The action `rebuild` of POST /servers/{id}/action. */
export class ServerRebuildController {
  readonly #compute: ComputeApi
  readonly #runtime: Runtime
  readonly #documents: ServerDocuments

  constructor({ compute, runtime }: ApiServices) {
    this.#compute = compute
    this.#runtime = runtime
    this.#documents = new ServerDocuments(runtime)
  }

  @action('rebuild')
  @body(schemas.rebuild)
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async rebuild(req: Req<RebuildBody>): Promise<ResponseObject<object>> {
    const { context, version } = req
    const { conf } = this.#runtime
    const instance = await this.#compute.get(context, req.params.id)
    context.can('os_compute_api:servers:rebuild', instance)
    if (req.body.rebuild.trusted_image_certificates !== undefined) {
      context.can('os_compute_api:servers:rebuild:trusted_certs', instance)
    }
    const wanted = rebuildRequestOf(req.body, {
      version,
      passwordLength: conf.DEFAULT.password_length,
    })
    await rebuildFaults(() => this.#compute.rebuild(context, instance, wanted))
    const rebuilt = await this.#compute.get(context, instance.uuid, shownParts.namesAt(version))
    req.subject = rebuilt
    const links = memberLinks(this.#documents.links(req), COLLECTION, rebuilt.uuid)
    const password = conf.api.enable_instance_password ? { adminPass: wanted.adminPassword } : {}
    return new ResponseObject(
      { server: { ...(await this.#documents.one(req, rebuilt, rebuildView)), ...password } },
      { headers: { location: links[0]?.href ?? '' } },
    )
  }
}
