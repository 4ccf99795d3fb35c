import { placed } from '../util/source-places.js'
import type { Ranged } from './metadata.js'
import type { ApiRequest } from './request.js'
import type { JsonSchema } from './schema.js'
import type { Validator } from './validation.js'
import { type Window, windowText, within } from './window.js'

/** A method of a controller, bound to it. */
export type Handler = (req: ApiRequest) => unknown

/** Where a method comes from, for those who ask what answers. */
export interface MethodSource {
  /** Of the extension that brought it; null: the core. */
  readonly alias: string | null
  /** As its author wrote it; null for a placeholder. */
  readonly method: ((...args: unknown[]) => unknown) | null
}

/** A method that runs around a handler. */
export interface Extender {
  /** `Class.method`, for people. */
  readonly label: string
  readonly source: MethodSource
  readonly window: Window
  /** Statuses it declares; null: none, all pass. */
  readonly expected: ReadonlySet<number> | null
  /** A generator has a phase before the handler; a plain method only one after. */
  readonly run:
    | { readonly kind: 'plain'; readonly call: (...args: unknown[]) => unknown }
    | {
        readonly kind: 'generator'
        readonly call: (...args: unknown[]) => Iterator<unknown> | AsyncIterator<unknown>
      }
}

/** Everything about a call that its version decides. */
export interface Overload {
  /** `Class.method`, for people. */
  readonly label: string
  readonly source: MethodSource
  readonly handler: Handler
  /** Status of a success. */
  readonly code: number
  readonly expected: ReadonlySet<number> | null
  readonly body: Validator | null
  readonly query: Validator | null
  /** What the validators hold requests against. */
  readonly schemas: { readonly body: JsonSchema | null; readonly query: JsonSchema | null }
  readonly extenders: readonly Extender[]
  /** Still there, and not for new clients. */
  readonly deprecated?: boolean
  /** Answers 410 and nothing else. */
  readonly removed?: boolean
}

/** A verb or an action: what serves it at each minor version; 0 is /v2. A hole: not there. */
export interface Operation {
  /** False: a placeholder of a route that is not built. */
  readonly built: boolean
  /** A placeholder that answers 410 and nothing else. */
  readonly gone?: boolean
  readonly overloads: readonly (Overload | undefined)[]
}

/** `Class.method (file:line)` of what serves first: for the message of a clash. */
export const whoServes = ({ overloads }: Operation): string => {
  const first = overloads.find(overload => overload !== undefined)
  return first ? placed(first.label, first.source.method) : 'nothing'
}

/**
 * The value whose window holds, for each minor of a method's window.
 *
 * @throws TypeError when two overlap, or some minors have none: what a method needs at one version it
 *   needs at all it serves
 */
export const rangedAt = <T>(
  what: string,
  label: string,
  ranged: readonly Ranged<T>[],
  served: Window,
): ((minor: number) => T | undefined) => {
  if (ranged.length === 0) return () => undefined
  ranged.forEach((one, index) => {
    const other = ranged.slice(0, index).find(({ window }) => overlap(window, one.window))
    if (other) {
      throw new TypeError(
        `${label}: two of @${what} overlap: ${windowText(other.window)} and ${windowText(one.window)}`,
      )
    }
  })
  for (let minor = Math.max(1, served.min); minor <= served.max; minor++) {
    if (!ranged.some(({ window }) => within(window, minor))) {
      throw new TypeError(
        `${label} serves 2.${minor}, but no @${what} of it does: ` +
          ranged.map(({ window }) => windowText(window)).join(', '),
      )
    }
  }
  return minor => ranged.find(({ window }) => within(window, minor))?.value
}

export const overlap = (a: Window, b: Window): boolean => a.min <= b.max && b.min <= a.max
