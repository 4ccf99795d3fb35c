import type { RequestContext } from '../context/index.js'
import { AllocationUpdateFailed } from '../exception/index.js'
import type { Instance, RequestSpec, Selection } from '../objects/index.js'
import type { AllocationRequest, Claims } from '../placement/allocations.js'
import { isRecord } from '../util/is-record.js'

/** @returns the first host that still has room, claimed, and those after it; empty: none has */
export const claimFirst = async (
  context: RequestContext,
  claims: Claims,
  hosts: readonly Selection[],
  instance: Instance,
  spec: RequestSpec,
): Promise<readonly Selection[]> => {
  const consumer = {
    uuid: instance.uuid,
    projectId: spec.get('projectId') ?? instance.projectId,
    userId: spec.get('userId') ?? instance.userId,
  }
  for (const [at, host] of hosts.entries()) {
    try {
      // Those of a scheduler that claims nothing are taken as they are.
      const version = host.get('allocationRequestVersion')
      const request = requestOf(host)
      if (!version || !request) return hosts.slice(at)
      if (await claims.claimResources(context, consumer, request, version)) return hosts.slice(at)
    } catch (error) {
      if (!(error instanceof AllocationUpdateFailed)) throw error
    }
  }
  return []
}

const requestOf = (selection: Selection): AllocationRequest | null => {
  const text = selection.get('allocationRequest')
  const document: unknown = text ? JSON.parse(text) : null
  return isRecord(document) && isRecord(document.allocations)
    ? (document as unknown as AllocationRequest)
    : null
}
