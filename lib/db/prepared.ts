import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import { LRUCache } from 'lru-cache'

/** Texts kept of one query and engine: as many as it has shapes in use. */
const TEXTS = 50

type Values = Readonly<Record<string, unknown>>

/** Other things that a query's text depends on: columns, an order, a condition more. */
type Shape = readonly (string | boolean | readonly string[])[]

/** Stands for a value while a text is made. */
class StandIn {
  constructor(
    readonly name: string,
    /** Of a list; null: the value itself. */
    readonly index: number | null,
  ) {}
}

/**
 * A query that is built and compiled once for each shape, and then only given values: building one costs
 * more than SQLite needs to answer it. Its shape is which values there are (not `undefined`), how long lists
 * are, and what is said besides.
 *
 *     const select = prepared((db: CellDb, { uuid }: { uuid: string }, withDeleted: boolean) => {
 *       const query = db.selectFrom('instances').selectAll().where('uuid', '=', uuid)
 *       return withDeleted ? query : query.where('deleted', '=', 0)
 *     })
 *     const rows = await select(db, { uuid }, false)
 *
 * @param build  is given stand-ins: it puts values into the query, and must not look at what they are, but
 *   whether they are `undefined`
 */
export const prepared = <Schema, V extends object, Row, S extends Shape = []>(
  build: (db: Kysely<Schema>, values: V, ...shape: S) => Compilable<Row>,
): ((db: Kysely<Schema>, values: V, ...shape: S) => Promise<Row[]>) => {
  // An engine's adapter is the same in and out of transactions, and gone with its database.
  const engines = new WeakMap<object, LRUCache<string, CompiledQuery<Row>>>()
  return async (db, values, ...shape) => {
    const { adapter } = db.getExecutor()
    let texts = engines.get(adapter)
    if (!texts) {
      texts = new LRUCache({ max: TEXTS })
      engines.set(adapter, texts)
    }
    const key = keyOf(values as Values, shape)
    let text = texts.get(key)
    if (!text) {
      text = build(db, standIns(values as Values) as V, ...shape).compile()
      texts.set(key, text)
    }
    const parameters = text.parameters.map(one =>
      one instanceof StandIn ? given(values as Values, one) : one,
    )
    const { rows } = await db.executeQuery<Row>({ ...text, parameters })
    return rows
  }
}

const keyOf = (values: Values, shape: Shape): string => {
  let key = shape.length === 0 ? '' : JSON.stringify(shape)
  for (const name in values) {
    const value = values[name]
    if (value === undefined) continue
    key += Array.isArray(value) ? ` ${name}*${value.length}` : ` ${name}`
  }
  return key
}

const standIns = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value === undefined
        ? undefined
        : Array.isArray(value)
          ? value.map((_, index) => new StandIn(name, index))
          : new StandIn(name, null),
    ]),
  )

const given = (values: Values, { name, index }: StandIn): unknown => {
  const value = values[name]
  return index === null ? value : (value as readonly unknown[])[index]
}
