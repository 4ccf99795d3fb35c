import type { Written } from '../../../util/source-places.js'
import type { JsonSchema, Overload, ServedRoute } from '../../../wsgi/index.js'
import { policiesOf, type RoutePolicy } from './route-policies.js'

/** A method that takes part in an answer. */
export interface Step {
  /** `before` and `after` are an extension's, around the one that `serves`. */
  readonly phase: 'before' | 'serves' | 'after'
  /** `Class.method` */
  readonly method: string
  /** Alias; null: the core. */
  readonly extension: string | null
  readonly place: string | null
}

/** Versions in which a route is one and the same. */
export interface RouteRange {
  /** Whether /v2 is among them. */
  readonly v2: boolean
  /** `2.1`; null: only /v2. */
  readonly min: string | null
  /** Null: still there at the newest. */
  readonly max: string | null
  readonly success: number
  /** Statuses that its methods declare; null: any may pass. */
  readonly errors: readonly number[] | null
  readonly body: JsonSchema | null
  readonly query: JsonSchema | null
  /** In the order in which they run. */
  readonly steps: readonly Step[]
}

/** All about a route, as `--json` prints it. */
export interface RouteDescription {
  readonly method: string
  /** `/servers/{id}/action` */
  readonly path: string
  readonly action: string | null
  readonly resource: string | null
  readonly controller: string | null
  /** `not built`: answers 501. `gone`: answers 410, as nova does. */
  readonly status: 'built' | 'not built' | 'gone'
  readonly policies: readonly RoutePolicy[]
  readonly ranges: readonly RouteRange[]
}

/** `/servers/:id` as it is written in nova's documents. */
export const braced = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}')

/** Functions whose places a description tells. */
export const methodsOf = (routes: readonly ServedRoute[]): readonly Written[] =>
  routes
    .flatMap(({ operation }) => [...new Set(operation.overloads)])
    .flatMap(overload => (overload ? [overload, ...overload.extenders] : []))
    .flatMap(({ source }) => source.method ?? [])

/** @param newest  the last minor version of the API */
export const describeRoute = (
  route: ServedRoute,
  places: ReadonlyMap<Written, string>,
  newest: number,
): RouteDescription => {
  const { built, gone } = route.operation
  return {
    method: route.method,
    path: braced(route.path),
    action: route.action,
    resource: route.resource,
    controller: route.controller,
    status: built ? 'built' : gone ? 'gone' : 'not built',
    policies: built ? policiesOf(route) : [],
    ranges: rangesOf(route, places, newest),
  }
}

const rangesOf = (
  { operation }: ServedRoute,
  places: ReadonlyMap<Written, string>,
  newest: number,
): readonly RouteRange[] => {
  const ranges: RouteRange[] = []
  let [first, before]: [number, Overload | undefined] = [0, undefined]
  const close = (last: number): void => {
    if (!before) return
    const { expected, code, schemas } = before
    ranges.push({
      v2: first === 0,
      min: last === 0 ? null : `2.${Math.max(1, first)}`,
      max: last === 0 || last >= newest ? null : `2.${last}`,
      success: code,
      errors: expected && [...expected].sort((a, b) => a - b),
      ...schemas,
      steps: operation.built ? stepsOf(before, places) : [],
    })
  }
  for (let minor = 0; minor <= newest; minor++) {
    const overload = operation.overloads[minor]
    if (same(before, overload)) continue
    close(minor - 1)
    ;[first, before] = [minor, overload]
  }
  close(newest)
  return ranges
}

const same = (a: Overload | undefined, b: Overload | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.label === b.label &&
    a.code === b.code &&
    a.expected === b.expected &&
    a.schemas.body === b.schemas.body &&
    a.schemas.query === b.schemas.query &&
    a.extenders.length === b.extenders.length &&
    a.extenders.every((extender, index) => extender === b.extenders[index]))

const stepsOf = (overload: Overload, places: ReadonlyMap<Written, string>): readonly Step[] => {
  const step = (
    phase: Step['phase'],
    { label, source }: Pick<Overload, 'label' | 'source'>,
  ): Step => ({
    phase,
    method: label,
    extension: source.alias,
    place: (source.method && places.get(source.method)) ?? null,
  })
  const { extenders } = overload
  return [
    ...extenders.filter(({ run }) => run.kind === 'generator').map(one => step('before', one)),
    step('serves', overload),
    // What wraps first is heard last.
    ...extenders.toReversed().map(one => step('after', one)),
  ]
}
