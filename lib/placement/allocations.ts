import type { RequestContext } from '../context/index.js'

/** Amounts by resource class: `{ VCPU: 1, MEMORY_MB: 512 }`. */
export type ResourceAmounts = Readonly<Record<string, number>>

/** provider uuid → `{ resources: { VCPU: 1 } }` */
export type AllocationsByProvider = Readonly<
  Record<string, { readonly resources: ResourceAmounts }>
>

/** What is to be claimed: one of Placement's `allocation_requests`, or a document like it. */
export interface AllocationRequest {
  readonly allocations: AllocationsByProvider
  /** Suffix of a request group → the providers that give it what it asks for. */
  readonly mappings?: Readonly<Record<string, readonly string[]>>
}

/** Who claims: an instance, or a migration. */
export interface Consumer {
  readonly uuid: string
  readonly projectId: string | null
  readonly userId: string | null
}

/**
 * What servers and their migrations have claimed of hosts: at Placement, or in the API database's own tables
 * where there is none.
 */
export interface Allocations {
  /** @returns empty when nothing is claimed */
  getAllocations(context: RequestContext, consumerUuid: string): Promise<AllocationsByProvider>
  /**
   * Gives back all that is claimed, or what is claimed of one host (with all that is below it).
   *
   * @returns whether there was anything
   */
  removeAllocations(
    context: RequestContext,
    consumerUuid: string,
    providerUuid?: string,
  ): Promise<boolean>
  /**
   * Gives back all that is claimed; where somebody changes it at that moment, his word counts.
   *
   * @returns whether there was anything
   * @throws AllocationDeleteFailed
   */
  releaseAllocations(context: RequestContext, consumerUuid: string): Promise<boolean>
  /**
   * Makes all that one consumer has claimed another's, in place of what that one has. A migration holds the
   * room of the host that its server leaves, so that the way back stays open.
   *
   * @returns false when there is nothing to move
   * @throws AllocationMoveFailed
   */
  moveAllocations(context: RequestContext, sourceUuid: string, target: Consumer): Promise<boolean>
}

/** The same for those who choose hosts. */
export interface Claims extends Allocations {
  /**
   * Claims room, all or nothing. What the consumer has claimed elsewhere it keeps: a move claims both hosts.
   *
   * @param version  Placement's microversion that the request is a document of
   * @returns false when there is no such room
   * @throws AllocationUpdateFailed when the consumer's claims were changed meanwhile
   */
  claimResources(
    context: RequestContext,
    consumer: Consumer,
    request: AllocationRequest,
    version: string,
  ): Promise<boolean>
}
