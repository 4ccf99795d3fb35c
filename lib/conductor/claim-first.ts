import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import { AllocationUpdateFailed } from '../exception/index.js'
import type { Instance, RequestSpec, Selection } from '../objects/index.js'
import { claimResources } from '../scheduler/claims.js'

/** @returns the first host that still has room, claimed, and those after it; empty: none has */
export const claimFirst = async (
  api: Database<ApiSchema>,
  hosts: readonly Selection[],
  instance: Instance,
  spec: RequestSpec,
): Promise<readonly Selection[]> => {
  const owner = {
    consumerUuid: instance.uuid,
    projectId: spec.get('projectId') ?? instance.projectId ?? '',
    userId: spec.get('userId') ?? instance.userId ?? '',
  }
  for (const [at, host] of hosts.entries()) {
    try {
      const { providerUuid, resources } = requestOf(host)
      if (await claimResources(api, providerUuid, resources, owner)) return hosts.slice(at)
    } catch (error) {
      if (!(error instanceof AllocationUpdateFailed)) throw error
    }
  }
  return []
}

/** What a Selection says to claim: its allocation request has one provider here. */
const requestOf = (
  selection: Selection,
): { readonly providerUuid: string; readonly resources: Readonly<Record<string, number>> } => {
  const text = selection.get('allocationRequest')
  const document: unknown = text ? JSON.parse(text) : null
  const allocations = (document as AllocationDocument | null)?.allocations ?? {}
  const [entry] = Object.entries(allocations)
  if (!entry) return { providerUuid: selection.computeNodeUuid, resources: {} }
  return { providerUuid: entry[0], resources: entry[1].resources }
}

interface AllocationDocument {
  readonly allocations?: Readonly<
    Record<string, { readonly resources: Readonly<Record<string, number>> }>
  >
}
