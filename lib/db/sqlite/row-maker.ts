import { fromDatetime } from '../values.js'

export interface RowColumn {
  readonly name: string
  /** Declared as a time: its text becomes a `Date`. */
  readonly datetime: boolean
}

/** Makes a row of a statement's values, which stand in the order of its columns. */
export type RowMaker = (values: readonly unknown[]) => object

/**
 * A function with one object literal for these columns, written as source text as views are
 * (docs/decisions/0004): a list's rows then share one hidden class, and reading one costs a third of what
 * it costs to set its keys in a loop.
 */
export const rowMaker = (columns: readonly RowColumn[]): RowMaker => {
  const fields = columns.map(({ name, datetime }, index) => {
    const value = datetime ? `time(v[${index}])` : `v[${index}]`
    // In brackets `__proto__` is a key like any other; all other keys are many times faster without.
    return name === '__proto__' ? `['${name}']: ${value}` : `${JSON.stringify(name)}: ${value}`
  })
  return new Function('time', `return v => ({ ${fields.join()} })`)(timeOf) as RowMaker
}

const timeOf = (value: unknown): unknown =>
  typeof value === 'string' ? fromDatetime(value) : value
