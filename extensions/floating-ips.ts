import { isIPv4 } from 'node:net'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { RequestContext } from '../lib/context/index.js'
import { NovaException } from '../lib/exception/index.js'
import type { FloatingIp } from '../lib/network/floating-ips.js'
import { fixedIps, networkInfoFromJson } from '../lib/network/model.js'
import type { Instance } from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import {
  action,
  apiVersion,
  body,
  errors,
  expectedErrors,
  isException,
  object,
  query,
  response,
  types,
} from '../lib/wsgi/index.js'

interface AddBody {
  readonly addFloatingIp: { readonly address: string; readonly fixed_address?: string }
}

interface RemoveBody {
  readonly removeFloatingIp: { readonly address: string }
}

const anyQuery = { type: 'object' }

const create = object({ pool: { type: ['string', 'null'] } }, { open: true, nullable: true })

const addFloatingIp = object(
  {
    addFloatingIp: object(
      { address: types.ip, fixed_address: types.ip },
      { required: ['address'] },
    ),
  },
  { required: ['addFloatingIp'] },
)

const removeFloatingIp = object(
  { removeFloatingIp: object({ address: types.ip }, { required: ['address'] }) },
  { required: ['removeFloatingIp'] },
)

const documentOf = (ip: FloatingIp): object => ({
  id: ip.id,
  ip: ip.address,
  pool: ip.pool,
  fixed_ip: ip.fixedAddress,
  instance_id: ip.deviceId,
})

/** /os-floating-ips, up to 2.35: addresses that the project has taken from a pool. */
export class FloatingIpController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors()
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-floating-ips:list')
    const ips = await this.#runtime.network.floatingIps.list(req.context)
    return { floating_ips: ips.map(documentOf) }
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors(400, 404)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-floating-ips:show')
    const ip = await this.#runtime.network.floatingIps.get(req.context, req.params.id)
    return { floating_ip: documentOf(ip) }
  }

  @apiVersion('2.1', '2.35')
  @body(create)
  @expectedErrors(400, 403, 404)
  async create(req: Req<{ readonly pool?: string | null } | null>): Promise<object> {
    req.context.can('os_compute_api:os-floating-ips:create')
    const pool = req.body?.pool ?? null
    try {
      const ip = await this.#runtime.network.floatingIps.allocate(req.context, pool)
      return { floating_ip: documentOf(ip) }
    } catch (error) {
      if (isException(error, 'NoMoreFloatingIps')) {
        throw errors.notFound(
          pool ? `No more floating IPs in pool ${pool}.` : 'No more floating IPs available.',
        )
      }
      if (isException(error, 'FloatingIpLimitExceeded')) {
        throw errors.forbidden(
          pool ? `IP allocation over quota in pool ${pool}.` : 'IP allocation over quota.',
        )
      }
      throw error
    }
  }

  @apiVersion('2.1', '2.35')
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async delete(req: Req): Promise<void> {
    const { context } = req
    context.can('os_compute_api:os-floating-ips:delete')
    const ip = await this.#runtime.network.floatingIps.get(context, req.params.id)
    const instance = ip.deviceId === null ? null : await this.#compute.get(context, ip.deviceId)
    await this.#runtime.network.floatingIps.release(context, ip)
    if (instance) await this.#compute.refreshNetworkInfo(instance)
  }
}

/** The actions `addFloatingIp` and `removeFloatingIp` of POST /servers/{id}/action, up to 2.43. */
export class FloatingIpActionController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @action('addFloatingIp')
  @apiVersion('2.1', '2.43')
  @body(addFloatingIp)
  @response(202)
  @expectedErrors(400, 403, 404)
  async add(req: Req<AddBody>): Promise<void> {
    const { context } = req
    const { address, fixed_address: wanted } = req.body.addFloatingIp
    const instance = await this.#compute.get(context, req.params.id)
    context.can('os_compute_api:os-floating-ips:add', instance)
    const fixed = fixedAddressOf(instance, address, wanted)
    const before = await this.#associate(context, instance, address, fixed)
    await this.#compute.refreshNetworkInfo(instance)
    if (before !== null && before !== instance.uuid) await this.#forget(context, before)
  }

  async #associate(
    context: RequestContext,
    { uuid }: Instance,
    address: string,
    fixed: string,
  ): Promise<string | null> {
    try {
      return await this.#runtime.network.floatingIps.associate(context, uuid, address, fixed)
    } catch (error) {
      if (isException(error, 'FloatingIpAssociateFailed')) throw errors.badRequest(reasonOf(error))
      if (isException(error, 'FloatingIpNotFoundForAddress')) {
        throw errors.notFound('floating IP not found')
      }
      if (!(error instanceof NovaException) || error.code === 403 || error.code >= 502) throw error
      throw errors.badRequest(
        `Unable to associate floating IP ${address} to fixed IP ${fixed} for instance ${uuid}. Error: ${error.message}`,
        { cause: error },
      )
    }
  }

  /** The server that had the address shows it no more; if that fails, a later refresh will tell. */
  async #forget(context: RequestContext, uuid: string): Promise<void> {
    try {
      await this.#compute.refreshNetworkInfo(await this.#compute.get(context, uuid))
    } catch (error) {
      this.#runtime.log.warn(
        { err: error, instance: uuid },
        'cannot refresh who had a floating IP before',
      )
    }
  }

  @action('removeFloatingIp')
  @apiVersion('2.1', '2.43')
  @body(removeFloatingIp)
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async remove(req: Req<RemoveBody>): Promise<void> {
    const { context } = req
    const { address } = req.body.removeFloatingIp
    const ip = await this.#runtime.network.floatingIps.getByAddress(context, address)
    // As in nova, the address says which server is meant, and the path only has to agree.
    const instance = ip.deviceId === null ? null : await this.#compute.get(context, ip.deviceId)
    context.can('os_compute_api:os-floating-ips:remove', instance ?? {})
    if (instance?.uuid !== req.params.id) {
      throw errors.conflict(
        `Floating IP ${address} is not associated with instance ${req.params.id}.`,
      )
    }
    await this.#runtime.network.floatingIps.disassociate(context, ip)
    await this.#compute.refreshNetworkInfo(instance)
  }
}

/** The server's address that a floating one is to lead to: the one asked for, else its first of IPv4. */
const fixedAddressOf = (instance: Instance, address: string, wanted?: string): string => {
  const info = networkInfoFromJson(instance.infoCache?.get('networkInfo'))
  if (info.length === 0) throw errors.badRequest('Instance network is not ready yet')
  const fixed = info.flatMap(fixedIps)
  if (fixed.length === 0) throw errors.badRequest('No fixed IPs associated to instance')
  if (wanted !== undefined) {
    if (fixed.some(ip => ip.address === wanted)) return wanted
    throw errors.badRequest('Specified fixed address not assigned to instance')
  }
  const first = fixed.find(ip => isIPv4(ip.address))
  if (first) return first.address
  throw errors.badRequest(
    `Unable to associate floating IP ${address} to any fixed IPs for instance ${instance.uuid}. Instance has no fixed IPv4 addresses to associate.`,
  )
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : '')

export const extension = {
  alias: 'os-floating-ips',
  name: 'FloatingIps',
  description: 'Floating addresses, taken from a pool and led to servers.',
  resources: [{ collection: 'os-floating-ips', controller: FloatingIpController }],
  controllerExtensions: { servers: FloatingIpActionController },
}
