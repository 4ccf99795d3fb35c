import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import type { CellSchema } from '../db/schema/cell.js'
import type { Transport } from '../rpc/transport.js'

/** Rows at hand: api, conductor, scheduler. */
export interface DirectAccess {
  readonly kind: 'direct'
  /** Absent in a cell conductor that has no `[api_database]`. */
  readonly api?: Database<ApiSchema> | undefined
  /** The cell this context is aimed at (`[database]` unless targeted elsewhere). */
  readonly cell: Database<CellSchema>
  /** The message bus of that cell; null for cell0, which has none. */
  readonly transport?: Transport | null | undefined
  /** Null for the process's own default cell. */
  readonly cellUuid?: string | null | undefined
  /** How other cells are reached; absent in a process that serves one cell only. */
  readonly cells?: CellDirectory | undefined
}

/** What has to be known of a cell to reach it: a CellMapping. */
export interface CellAddress {
  readonly uuid: string
  /** `{…}` in these stands for a part of the process's own URL. */
  readonly databaseConnection: string
  readonly transportUrl: string
}

/** The databases and message buses of all cells. Implemented by `lib/objects`' CellConnections. */
export interface CellDirectory {
  access(cell: CellAddress): DirectAccess
}

/**
 * Rows behind the conductor: compute, network. Implemented by `lib/conductor/rpcapi`
 * (`object_action`, `object_class_action_versions`, `object_backport_versions`).
 */
export interface IndirectAccess {
  readonly kind: 'indirect'
  readonly indirection: IndirectionApi
}

export type DataAccess = DirectAccess | IndirectAccess

/** Values here are primitives already: `lib/objects` wraps and unwraps. `context` is a RequestContext. */
export interface IndirectionApi {
  /** @returns `[updates, result]` */
  objectAction(
    context: object,
    objinst: unknown,
    objmethod: string,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
  ): Promise<readonly [Readonly<Record<string, unknown>>, unknown]>
  objectClassActionVersions(
    context: object,
    objname: string,
    objmethod: string,
    objectVersions: Readonly<Record<string, string>>,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
  ): Promise<unknown>
  objectBackportVersions(
    context: object,
    objinst: unknown,
    objectVersions: Readonly<Record<string, string>>,
  ): Promise<unknown>
}
