import type { RequestContext } from '../context/index.js'
import { extrasOf } from '../db/queries/cell/instance-parts.js'
import { cellOf } from './access.js'

/** Columns of `instance_extra` that hold an object of their own as JSON. */
export type ExtraColumn =
  | 'device_metadata'
  | 'migration_context'
  | 'numa_topology'
  | 'pci_requests'
  | 'resources'
  | 'trusted_certs'
  | 'vcpu_model'

/**
 * One column of a server's `instance_extra`, for computes that ask for it alone.
 *
 * @returns the text, null when there is none; undefined without a row
 */
export const extraText = async (
  context: RequestContext,
  instanceUuid: string,
  column: ExtraColumn,
): Promise<string | null | undefined> => {
  const [row] = await extrasOf(cellOf(context).kysely, [instanceUuid], [column])
  return row && (row[column] ?? null)
}

/** @returns the primitive of the object in that column; null without one, or without a row */
export const extraPrimitive = async (
  context: RequestContext,
  instanceUuid: string,
  column: ExtraColumn,
): Promise<unknown> => {
  const text = await extraText(context, instanceUuid, column)
  return text ? JSON.parse(text) : null
}
