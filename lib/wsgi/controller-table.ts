import { placed } from '../util/source-places.js'
import { errors } from './fault.js'
import { declaredMethods, type MethodMeta, noMeta, type Ranged } from './metadata.js'
import { metaOfTable, type WsgiTable } from './method-table.js'
import {
  type Extender,
  type Handler,
  type MethodSource,
  type Operation,
  type Overload,
  overlap,
  rangedAt,
} from './operation.js'
import { type JsonSchema, type SchemaLike, SchemaTable } from './schema.js'
import type { Validation } from './validation.js'
import { type Window, windowText, within } from './window.js'

/** The versions of an API, by minor. */
export interface Span {
  readonly min: number
  readonly max: number
}

/** A controller, read once: what serves which verb or action at which version. */
export interface ControllerTable {
  /** Name of the class, for people. */
  readonly name: string
  readonly methods: ReadonlyMap<string, Operation>
  readonly actions: ReadonlyMap<string, Operation>
  readonly extenders: readonly {
    readonly kind: 'method' | 'action'
    readonly target: string
    readonly extender: Extender
  }[]
}

interface Declared {
  readonly label: string
  readonly meta: MethodMeta
  readonly window: Window
  readonly source: MethodSource
  readonly call: (...args: unknown[]) => unknown
}

/**
 * @param controller  an instance; or a prototype, when only its declarations are asked for
 * @param alias  of the extension that brings it; null: the core
 * @throws TypeError naming class and methods, when declarations clash, leave a gap, or name a version
 *   that the API does not have
 */
export const readController = (
  controller: object,
  span: Span,
  validation: Validation,
  alias: string | null = null,
): ControllerTable => {
  const type = controller.constructor
  const methods = new Map<string, Declared[]>()
  const actions = new Map<string, Declared[]>()
  const extenders: { kind: 'method' | 'action'; target: string; extender: Extender }[] = []

  for (const [name, meta, method] of methodsOf(controller)) {
    const label = `${type.name}.${name}`
    const window = locating(method, () => servedWindow(label, meta, span))
    const call = (...args: unknown[]): unknown => method.apply(controller, args)
    const declared = { label, meta, window, source: { alias, method }, call }
    if (meta.extends) {
      if (meta.action || meta.serves) {
        throw new TypeError(
          placed(`${label} extends another method and cannot also serve one`, method),
        )
      }
      extenders.push({
        kind: meta.extends.kind,
        target: meta.extends.name,
        extender: locating(method, () => extenderOf(declared)),
      })
    } else if (meta.action !== null) {
      push(actions, meta.action, declared)
    } else {
      push(methods, meta.serves ?? name, declared)
    }
  }

  const compile = (group: ReadonlyMap<string, Declared[]>, what: string) =>
    new Map(
      [...group].map(([name, list]) => [
        name,
        operationOf(`${what} '${name}' of ${type.name}`, list, span, validation),
      ]),
    )
  return {
    name: type.name,
    methods: compile(methods, 'method'),
    actions: compile(actions, 'action'),
    extenders,
  }
}

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

function* methodsOf(
  controller: object,
): Generator<[name: string, meta: MethodMeta, method: (...args: unknown[]) => unknown]> {
  const type = controller.constructor
  const declared = declaredMethods(type)
  const table = (type as { wsgi?: WsgiTable }).wsgi ?? {}
  const seen = new Set(['constructor'])
  for (
    let at: object | null = controller;
    at && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (seen.has(name) || typeof property.value !== 'function') continue
      seen.add(name)
      const fromTable = Object.hasOwn(table, name) ? table[name] : undefined
      if (fromTable && declared.has(name)) {
        throw new TypeError(
          placed(
            `${type.name}.${name} has both decorators and a line in static wsgi`,
            property.value,
          ),
        )
      }
      const meta = fromTable
        ? locating(property.value, () => metaOfTable(type.name, name, fromTable))
        : (declared.get(name) ?? noMeta)
      const method: (...args: unknown[]) => unknown = property.value
      yield [name, meta, method]
    }
  }
  for (const name of Object.keys(table)) {
    if (!seen.has(name)) {
      throw new TypeError(
        placed(`${type.name}.wsgi names '${name}', but there is no such method`, type),
      )
    }
  }
}

/** An error of what was declared about a method, with the place of the method. */
const locating = <T>(method: unknown, run: () => T): T => {
  try {
    return run()
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new TypeError(placed(cause.message, method), { cause })
  }
}

const isGenerator = ({ method }: MethodSource): boolean =>
  /^(Async)?GeneratorFunction$/.test(method?.constructor.name ?? '')

const servedWindow = (label: string, meta: MethodMeta, span: Span): Window => {
  const ranged = [...meta.codes, ...meta.expected, ...meta.bodies, ...meta.queries]
  const own = [meta.window, meta.deprecated, meta.removed].filter(window => window !== null)
  for (const window of [...own, ...ranged.map(r => r.window)]) {
    if (window.min > span.max || (Number.isFinite(window.max) && window.max > span.max)) {
      throw new TypeError(
        `${label} speaks of ${windowText(window)}, but the API ends with 2.${span.max}`,
      )
    }
  }
  return {
    min: Math.max(span.min, meta.window?.min ?? span.min),
    max: Math.min(span.max, meta.window?.max ?? span.max),
  }
}

const setOf = (codes: readonly number[] | undefined): ReadonlySet<number> | null =>
  codes ? new Set(codes) : null

const extenderOf = ({ label, meta, window, source, call }: Declared): Extender => {
  if (meta.deprecated || meta.removed) {
    throw new TypeError(`${label} extends another method: whether that is there it cannot say`)
  }
  if (meta.bodies.length || meta.queries.length || meta.codes.length) {
    throw new TypeError(`${label} extends another method: body, query and response are that one's`)
  }
  const expected = meta.expected.flatMap(({ value }) => value)
  return {
    label,
    source,
    window,
    expected: meta.expected.length ? new Set(expected) : null,
    run: isGenerator(source)
      ? { kind: 'generator', call: call as (...args: unknown[]) => Iterator<unknown> }
      : { kind: 'plain', call },
  }
}

const operationOf = (
  what: string,
  list: readonly Declared[],
  span: Span,
  validation: Validation,
): Operation => {
  const sorted = [...list].sort((a, b) => a.window.min - b.window.min)
  sorted.forEach((one, index) => {
    const before = sorted[index - 1]
    if (!before) return
    const overlaps = overlap(before.window, one.window)
    if (!overlaps && one.window.min === before.window.max + 1) return
    const both = [before, one].map(({ label, window, source }) =>
      placed(`${label} (${windowText(window)})`, source.method),
    )
    throw new TypeError(
      `${what}: ${both.join(' and ')} ${overlaps ? 'overlap' : 'leave a gap between them'}`,
    )
  })
  const overloads: (Overload | undefined)[] = []
  for (const declared of sorted) {
    const make = locating(declared.source.method, () => overloadsOf(declared, validation))
    for (let minor = declared.window.min; minor <= declared.window.max; minor++) {
      overloads[minor] = make(minor, minor)
      if (minor === span.min) overloads[0] = make(0, minor)
    }
  }
  return { built: true, overloads }
}

/** Makes the overload of a method at a minor; `as` is the version that /v2 (0) is treated as. */
const overloadsOf = (
  { label, meta, window, source, call }: Declared,
  validation: Validation,
): ((minor: number, as: number) => Overload) => {
  const code = rangedAt('response', label, meta.codes, window)
  const expected = rangedAt('expectedErrors', label, meta.expected.map(toSet), window)
  const body = rangedAt('body', label, meta.bodies.map(toTable), window)
  const query = rangedAt('query', label, meta.queries.map(toTable), window)
  const handler: Handler = req => call(req)
  let last: Overload | undefined
  const gone = goneOverload(label, source)
  const isRemoved = (as: number): boolean => meta.removed !== null && within(meta.removed, as)
  const isDeprecated = (as: number): boolean =>
    meta.deprecated !== null && within(meta.deprecated, as)
  return (minor, as) => {
    if (isRemoved(as)) return gone
    const schemas = { body: schemaAt(minor, as, body), query: schemaAt(minor, as, query) }
    const overload: Overload = {
      label,
      source,
      handler,
      code: code(as) ?? 200,
      expected: expected(as) ?? null,
      body: schemas.body && validation.body(schemas.body, minor === 0),
      query: schemas.query && validation.query(schemas.query),
      schemas,
      extenders: [],
      ...(isDeprecated(as) ? { deprecated: true } : {}),
    }
    // Most versions of a method are alike: they share one overload.
    if (last && same(last, overload)) return last
    last = overload
    return overload
  }
}

/** What is given up looks at nothing that it is sent. */
const goneOverload = (label: string, source: MethodSource): Overload => ({
  label,
  source,
  handler: () => {
    throw errors.gone()
  },
  code: 410,
  expected: null,
  body: null,
  query: null,
  schemas: { body: null, query: null },
  extenders: [],
  removed: true,
})

const toSet = ({ window, value }: Ranged<readonly number[]>) => ({ window, value: setOf(value) })

const toTable = ({ window, value }: Ranged<SchemaLike>) => ({
  window,
  value: value instanceof SchemaTable ? value : new SchemaTable(value),
})

const schemaAt = (
  minor: number,
  as: number,
  tableAt: (minor: number) => SchemaTable | undefined,
): JsonSchema | null => (tableAt(minor) ?? tableAt(as))?.at(minor) ?? null

const same = (a: Overload, b: Overload): boolean =>
  a.deprecated === b.deprecated &&
  a.code === b.code &&
  a.expected === b.expected &&
  a.body === b.body &&
  a.query === b.query

/** The operation with what extends it; at each version those whose windows hold. */
export const extended = (operation: Operation, extenders: readonly Extender[]): Operation => {
  if (extenders.length === 0) return operation
  const made = new Map<string, Overload>()
  const ids = new Map<Overload, number>()
  return {
    ...operation,
    overloads: operation.overloads.map((overload, minor) => {
      if (!overload || overload.removed) return overload
      const here = extenders.map(({ window }) => within(window, Math.max(1, minor)))
      if (!ids.has(overload)) ids.set(overload, ids.size)
      const key = `${ids.get(overload)} ${here.join()}`
      let found = made.get(key)
      if (!found) {
        found = { ...overload, extenders: extenders.filter((_, index) => here[index]) }
        made.set(key, found)
      }
      return found
    }),
  }
}
