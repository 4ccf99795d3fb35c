import { randomUUID } from 'node:crypto'
import type { ServiceClient } from '../../util/service-client.js'

/** What compute is to know of what a server has. */
export interface ServerEvent {
  readonly name:
    | 'network-changed'
    | 'network-vif-deleted'
    | 'network-vif-plugged'
    | 'volume-extended'
    | 'volume-reimaged'
  readonly serverUuid: string
  /** A port, or a volume. */
  readonly tag: string
  /** Default completed. */
  readonly status?: 'completed' | 'failed'
}

export interface ComputeNotifierOptions {
  /** Of service type `compute`, with a session of a service. */
  readonly client: Pick<ServiceClient, 'json' | 'close'>
  /** What could not be told, for the operator: compute finds it out by itself, later. */
  readonly onError: (error: unknown) => void
}

/** Events that wait for their turn; beyond that, the oldest are dropped. */
const MAX_WAITING = 10_000
/** The first that knows all events that are told here: of volumes that an image was written over. */
const MICROVERSION = 'compute 2.93'
/** Events in one request. */
const MAX_AT_ONCE = 100

/**
 * Tells compute of servers' ports and volumes, as Neutron and Cinder do: POST /os-server-external-events. One request at a
 * time; what comes meanwhile goes with the next.
 */
export class ComputeNotifier {
  readonly #options: ComputeNotifierOptions
  #waiting: ServerEvent[] = []
  #sending: Promise<void> | undefined
  #isClosed = false

  constructor(options: ComputeNotifierOptions) {
    this.#options = options
  }

  readonly tell = (events: readonly ServerEvent[]): void => {
    if (this.#isClosed) return
    this.#waiting = [...this.#waiting, ...events].slice(-MAX_WAITING)
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
  }

  /** Resolves when all has been told, or could not be. */
  async idle(): Promise<void> {
    while (this.#sending) await this.#sending
  }

  /** What has not been told yet is not told any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#waiting = []
    await this.idle()
    await this.#options.client.close()
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const events = this.#waiting.splice(0, MAX_AT_ONCE)
      try {
        await this.#options.client.json(nobody(), 'POST', '/v2.1/os-server-external-events', {
          asService: true,
          headers: { 'openstack-api-version': MICROVERSION },
          json: {
            events: events.map(({ name, serverUuid, tag, status = 'completed' }) => ({
              name,
              server_uuid: serverUuid,
              tag,
              status,
            })),
          },
        })
      } catch (error) {
        this.#options.onError(error)
      }
    }
  }
}

/** No user asked for it. */
const nobody = () => ({
  authToken: null,
  serviceCatalog: [],
  requestId: `req-${randomUUID()}`,
  globalRequestId: null,
})
