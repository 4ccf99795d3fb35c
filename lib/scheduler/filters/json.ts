import { hostAttribute } from '../host-attributes.js'
import type { HostState } from '../host-state.js'
import { hint, type SchedulerRequest } from '../request.js'
import { type FilterFactory, perInstance } from './filter.js'

/** Deeper queries are refused: they are users' texts. */
const DEPTH = 50

/** Hint `query`, JSON: `["and", [">=", "$free_ram_mb", 1024], [">=", "$free_disk_mb", 10240]]`. */
export const jsonFilter: FilterFactory = () => ({
  name: 'JsonFilter',
  ...perInstance,
  concerns: request => hint(request, 'query') !== null,
  hostPasses(host, request) {
    const query = queryOf(request)
    if (query === undefined) return false
    if (query === null) return true
    const result = evaluate(query, host)
    return Array.isArray(result) ? result.some(isTrue) : isTrue(result)
  },
  why: (_host, request) =>
    queryOf(request) === undefined
      ? 'the hint query is no JSON'
      : `is not as the hint query wants: ${hint(request, 'query')?.slice(0, 100)}`,
})

const known = new WeakMap<SchedulerRequest['hints'], { readonly query: unknown }>()

/** @returns null when there is none, undefined when it is no JSON */
const queryOf = ({ hints }: SchedulerRequest): unknown => {
  let found = known.get(hints)
  if (!found) {
    found = { query: parse(hints.query?.[0] ?? '') }
    known.set(hints, found)
  }
  return found.query
}

const parse = (text: string): unknown => {
  if (text === '') return null
  try {
    const query: unknown = JSON.parse(text)
    return depth(query) > DEPTH ? undefined : query
  } catch {
    return undefined
  }
}

const depth = (value: unknown, above = 0): number => {
  if (!Array.isArray(value) || above > DEPTH) return above
  return value.reduce<number>((most, item) => Math.max(most, depth(item, above + 1)), above + 1)
}

/** Python's notion of truth. */
const isTrue = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : Boolean(value)

type Compare = (first: unknown, other: unknown) => boolean

/** The first against each of the rest. */
const compared =
  (compare: Compare) =>
  (args: readonly unknown[]): boolean => {
    const [first, ...rest] = args
    return rest.length > 0 && rest.every(other => compare(first, other))
  }

const ordered =
  (compare: (sign: number) => boolean): Compare =>
  (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return compare(a - b)
    if (typeof a === 'string' && typeof b === 'string') return compare(a < b ? -1 : a > b ? 1 : 0)
    return false
  }

const operators: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  '=': compared((a, b) => a === b),
  '<': compared(ordered(sign => sign < 0)),
  '>': compared(ordered(sign => sign > 0)),
  '<=': compared(ordered(sign => sign <= 0)),
  '>=': compared(ordered(sign => sign >= 0)),
  in: ([first, ...rest]) => rest.length > 0 && rest.includes(first),
  not: args => args.map(value => !isTrue(value)),
  or: args => args.some(isTrue),
  and: args => args.every(isTrue),
}

const evaluate = (query: unknown, host: HostState): unknown => {
  if (!Array.isArray(query)) return query
  // An empty query asks nothing.
  if (query.length === 0) return true
  const [name, ...rest] = query
  const operator =
    typeof name === 'string' && Object.hasOwn(operators, name) ? operators[name] : undefined
  if (!operator) return false
  return operator(
    rest.flatMap((arg: unknown) => {
      if (Array.isArray(arg)) return [evaluate(arg, host)]
      if (typeof arg !== 'string' || !arg.startsWith('$')) return [arg]
      const value = hostAttribute(host, arg.slice(1).split('.'))
      return value === undefined || value === null ? [] : [value]
    }),
  )
}
