import {
  PortBindingActivationFailed,
  PortBindingDeletionFailed,
  PortBindingFailed,
} from '../exception/index.js'
import type { PortDict } from './api.js'
import { type NeutronClient, NeutronFault, type Scope } from './neutron-client.js'

/** Milliseconds that what the network service can do is taken to stay as it is. */
const KNOWN_FOR = 600_000

const pathOf = (portId: string, host?: string): string => {
  const path = `/v2.0/ports/${encodeURIComponent(portId)}/bindings`
  return host === undefined ? path : `${path}/${encodeURIComponent(host)}`
}

/**
 * Bindings of ports to hosts beside the one that counts (Neutron's `binding-extended`): made at the host where a
 * server is going, and activated when it is there. All by an administrator.
 */
export class PortBindings {
  readonly #client: NeutronClient
  #known: { readonly isThere: boolean; readonly until: number } | undefined

  constructor(client: NeutronClient) {
    this.#client = client
  }

  /** Whether the network service has them. */
  async areThere(scope: Scope): Promise<boolean> {
    const now = performance.now()
    if (this.#known && this.#known.until > now) return this.#known.isThere
    const isThere = await this.#has(scope)
    this.#known = { isThere, until: now + KNOWN_FOR }
    return isThere
  }

  async #has(scope: Scope): Promise<boolean> {
    try {
      await this.#client.call(scope, 'GET', '/v2.0/extensions/binding-extended')
      return true
    } catch (error) {
      if (statusOf(error) === 404) return false
      throw error
    }
  }

  /** All or none. @throws PortBindingFailed */
  async create(scope: Scope, ports: readonly PortDict[], host: string): Promise<void> {
    const made: string[] = []
    for (const port of ports) {
      const binding = {
        host,
        vnic_type: port['binding:vnic_type'] ?? 'normal',
        profile: port['binding:profile'] ?? {},
      }
      try {
        await this.#client.call(scope, 'POST', pathOf(port.id), { json: { binding } })
        made.push(port.id)
      } catch (error) {
        // Left by an earlier attempt: it is what is wanted.
        if (statusOf(error) === 409) continue
        for (const id of made) await this.remove(scope, id, host)
        const failure = new PortBindingFailed({ port_id: port.id })
        failure.cause = error
        throw failure
      }
    }
  }

  /** Makes it the one that counts; one that does already, or is not there, is no error. */
  async activate(scope: Scope, portId: string, host: string): Promise<void> {
    try {
      await this.#client.call(scope, 'PUT', `${pathOf(portId, host)}/activate`)
    } catch (error) {
      const status = statusOf(error)
      if (status === 404 || status === 409) return
      const failure = new PortBindingActivationFailed({ port_id: portId, host })
      failure.cause = error
      throw failure
    }
  }

  /** One that is not there is no error. @throws PortBindingDeletionFailed */
  async remove(scope: Scope, portId: string, host: string): Promise<void> {
    try {
      await this.#client.call(scope, 'DELETE', pathOf(portId, host))
    } catch (error) {
      if (statusOf(error) === 404) return
      const failure = new PortBindingDeletionFailed({ port_id: portId, host })
      failure.cause = error
      throw failure
    }
  }
}

const statusOf = (error: unknown): number | null =>
  error instanceof NeutronFault ? error.status : null
