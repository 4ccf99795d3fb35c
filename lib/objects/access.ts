import type { DirectAccess, RequestContext } from '../context/index.js'
import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import type { CellSchema } from '../db/schema/cell.js'
import { NovaException } from '../exception/index.js'

/** The databases behind a context. @throws NovaException when only the conductor reaches them */
export const directOf = (context: RequestContext): DirectAccess => {
  const { data } = context
  if (data.kind !== 'direct') {
    throw new NovaException('a database is needed here, and this process opens none')
  }
  return data
}

/** The database of the cell that the context is aimed at. */
export const cellOf = (context: RequestContext): Database<CellSchema> => directOf(context).cell

/** The API database. @throws NovaException in a cell conductor that was given none */
export const apiOf = (context: RequestContext): Database<ApiSchema> => {
  const { api } = directOf(context)
  if (!api) throw new NovaException('the API database is needed here, and none is configured')
  return api
}

/**
 * `deleted` of a row is an id; of an object, yes or no.
 *
 * @param row  just read, nobody else's: it is changed, for a copy of each row costs as much as reading it
 */
export const withDeletedFlag = <R extends { readonly id: number; readonly deleted: number | null }>(
  row: R,
): Omit<R, 'deleted'> & { readonly deleted: boolean } => {
  const values: Omit<R, 'deleted'> & { deleted: unknown } = row
  values.deleted = row.deleted !== null && row.deleted !== 0
  return values as Omit<R, 'deleted'> & { readonly deleted: boolean }
}
