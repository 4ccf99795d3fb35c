import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ConsoleApi } from '../lib/compute/console-api.js'
import type { ConsoleAuthToken } from '../lib/objects/index.js'
import {
  apiVersion,
  errors,
  expectedErrors,
  query,
  querySchema,
  serves,
  since,
  view,
} from '../lib/wsgi/index.js'

const rule = 'os_compute_api:os-console-auth-tokens'
const noQuery = querySchema({}, { closedSince: '2.99' })

const tokenView = view<ConsoleAuthToken>({
  instance_uuid: token => token.instanceUuid,
  host: token => token.host,
  port: token => token.port,
  internal_access_path: token => token.internalAccessPath,
  // Zed's computes, beside which ours can stand, write none down.
  tls_port: [token => (token.consoleType === 'spice-direct' ? null : undefined), since('2.99')],
})

/** /os-console-auth-tokens/{token}: what a console's token opens, for who runs a proxy of his own. */
export class ConsoleAuthTokensController {
  readonly #consoles: ConsoleApi

  constructor({ compute }: ApiServices) {
    this.#consoles = compute.consoles
  }

  /** Only RDP consoles were told of, and there are none any more. */
  @apiVersion('2.1', '2.30')
  @query(noQuery)
  @expectedErrors(400, 401, 404)
  async show(req: Req): Promise<object> {
    req.context.can(rule, {})
    throw errors.badRequest('RDP consoles are not served any more.')
  }

  @serves('show')
  @apiVersion('2.31')
  @query(noQuery)
  @expectedErrors(400, 404)
  async showAnyType(req: Req): Promise<object> {
    req.context.can(rule, {})
    const token = await this.#consoles.tokenInfo(req.context, req.params.id)
    if (!token) throw errors.notFound('Token not found')
    return { console: tokenView.at(req.version)(token, null) }
  }
}

export const extension = {
  alias: 'os-console-auth-tokens',
  name: 'ConsoleAuthTokens',
  description: 'Console token authentication support.',
  resources: [{ collection: 'os-console-auth-tokens', controller: ConsoleAuthTokensController }],
}
