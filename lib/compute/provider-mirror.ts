import type { RequestContext } from '../context/index.js'
import {
  ComputeHostNotFound,
  NovaException,
  PlacementAPIConnectFailure,
  ResourceProviderDeletionFailed,
  ResourceProviderInUse,
} from '../exception/index.js'
import type { Log } from '../log/index.js'
import { type ComputeNode, ComputeNodeList, MigrationList, type Service } from '../objects/index.js'
import type { Claims, ReportClient } from '../placement/index.js'
import type { ComputeRpcApi } from './rpcapi.js'
import { isServiceUp } from './service-up.js'

/** What administrators change of hosts at the API, as whoever chooses hosts has to know it too. */
export interface ProviderMirror {
  /** @param inCell  of the host */
  addToAggregate(inCell: RequestContext, host: string, aggregate: string): Promise<void>
  removeFromAggregate(inCell: RequestContext, host: string, aggregate: string): Promise<void>
  /** A nova-compute was enabled or disabled. */
  statusChanged(service: Service): Promise<void>
  /** A nova-compute goes, and its nodes with it: to be called while they are there. */
  serviceRemoved(service: Service): Promise<void>
  /** What is said there of what a node can do. null: nothing is said there of nodes. */
  traitsOf(inCell: RequestContext, nodeUuid: string): Promise<ReadonlySet<string> | null>
}

/** Without Placement our schedulers read the rows themselves. */
export const nothingMirrored: ProviderMirror = {
  addToAggregate: async () => {},
  removeFromAggregate: async () => {},
  statusChanged: async () => {},
  serviceRemoved: async () => {},
  traitsOf: async () => null,
}

export interface PlacementMirrorParts {
  readonly reports: ReportClient
  readonly claims: Pick<Claims, 'removeAllocations'>
  readonly compute: Pick<ComputeRpcApi, 'setHostEnabled'>
  readonly log: Log
  /** `[DEFAULT] service_down_time`, seconds */
  readonly serviceDownTime: number
}

const SYNC = 'nova-manage placement sync_aggregates puts it right'

/** Tells Placement (contract: captures aggregate-add-host, service-disable). */
export class PlacementMirror implements ProviderMirror {
  readonly #parts: PlacementMirrorParts

  constructor(parts: PlacementMirrorParts) {
    this.#parts = parts
  }

  traitsOf(inCell: RequestContext, nodeUuid: string): Promise<ReadonlySet<string>> {
    return this.#parts.reports.traitsOf(inCell, nodeUuid)
  }

  /** The host is in the aggregate already; what fails here is told, and can be made good. */
  async addToAggregate(inCell: RequestContext, host: string, aggregate: string): Promise<void> {
    try {
      await this.#change(inCell, host, aggregate, true)
    } catch (error) {
      if (!(error instanceof NovaException)) throw error
      this.#parts.log.warn({ err: error, host }, `cannot tell Placement of an aggregate: ${SYNC}`)
    }
  }

  /** @throws ResourceProviderUpdateConflict, PlacementAPIConnectFailure: then the host is in it still */
  removeFromAggregate(inCell: RequestContext, host: string, aggregate: string): Promise<void> {
    return this.#change(inCell, host, aggregate, false)
  }

  async #change(
    inCell: RequestContext,
    host: string,
    aggregate: string,
    isMember: boolean,
  ): Promise<void> {
    const { reports, log } = this.#parts
    for (const { hypervisorHostname: name } of await nodesOf(inCell, host)) {
      const uuid = name ? await reports.providerNamed(inCell, name) : null
      if (uuid) await reports.changeAggregate(inCell, uuid, aggregate, isMember)
      else log.warn({ host, node: name }, `Placement knows no such node: ${SYNC}`)
    }
  }

  /** A host that is down says so itself when it is back; so does one that fails to do it now. */
  async statusChanged(service: Service): Promise<void> {
    const { compute, log, serviceDownTime } = this.#parts
    const { host } = service
    if (!host || !isServiceUp(service, serviceDownTime)) return
    try {
      await compute.setHostEnabled(service.requireContext('update'), host, !service.disabled)
    } catch (error) {
      log.warn({ err: error, host }, 'a host did not tell Placement whether it takes servers')
    }
  }

  async serviceRemoved(service: Service): Promise<void> {
    const { reports, claims, log } = this.#parts
    const { host } = service
    if (!host) return
    const inCell = service.requireContext('destroy')
    const evacuated = await MigrationList.getByFilters(inCell, {
      source_compute: host,
      status: 'done',
      migration_type: 'evacuation',
    })
    for (const { uuid } of await nodesOf(inCell, host)) {
      try {
        // What was evacuated from here is claimed here until the host is back, which it will not be.
        for (const { instanceUuid } of evacuated.objects) {
          if (instanceUuid) await claims.removeAllocations(inCell, instanceUuid, uuid)
        }
        await reports.deleteProviderTree(inCell, uuid)
      } catch (error) {
        if (!isLeftOver(error)) throw error
        log.error({ err: error, host, provider: uuid }, 'cannot delete a node from Placement')
      }
    }
  }
}

/** The service goes all the same, as in nova; `nova-manage placement audit` finds what is left. */
const isLeftOver = (error: unknown): boolean =>
  error instanceof ResourceProviderInUse ||
  error instanceof ResourceProviderDeletionFailed ||
  error instanceof PlacementAPIConnectFailure

const nodesOf = async (inCell: RequestContext, host: string): Promise<readonly ComputeNode[]> => {
  try {
    return (await ComputeNodeList.getAllByHost(inCell, host)).objects
  } catch (error) {
    if (error instanceof ComputeHostNotFound) return []
    throw error
  }
}
