import type { Kysely } from 'kysely'
import type { ApiSchema } from '../../schema/api.js'

export interface HostAggregateRow {
  readonly host: string
  readonly uuid: string
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
}

/** The aggregates of every host that is in one; two queries. */
export const hostAggregates = async (db: Kysely<ApiSchema>): Promise<HostAggregateRow[]> => {
  const metadata = new Map<number, Record<string, string>>()
  const pairs = await db
    .selectFrom('aggregate_metadata')
    .select(['aggregate_id', 'key', 'value'])
    .execute()
  for (const pair of pairs) {
    const known = metadata.get(pair.aggregate_id) ?? {}
    known[pair.key] = pair.value
    metadata.set(pair.aggregate_id, known)
  }
  const rows = await db
    .selectFrom('aggregate_hosts as h')
    .innerJoin('aggregates as a', 'a.id', 'h.aggregate_id')
    .select(['h.host', 'a.id', 'a.uuid', 'a.name'])
    .execute()
  return rows.flatMap(({ host, id, uuid, name }) =>
    host === null
      ? []
      : [{ host, uuid: uuid ?? '', name: name ?? '', metadata: metadata.get(id) ?? {} }],
  )
}
