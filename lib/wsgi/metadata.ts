import type { SchemaLike } from './schema.js'
import type { Window } from './window.js'

// No runtime has it yet; decorators compiled by TypeScript use it if it is there.
Object.defineProperty(Symbol, 'metadata', {
  value: Symbol.metadata ?? Symbol.for('Symbol.metadata'),
  configurable: true,
})

/** A fact about a method that holds in some versions. */
export interface Ranged<T> {
  readonly window: Window
  readonly value: T
}

/** Which method or action another one runs around. */
export interface ExtendsTarget {
  readonly kind: 'method' | 'action'
  readonly name: string
}

/** What is declared about one method, in the order of declaration. */
export interface MethodMeta {
  readonly action: string | null
  readonly serves: string | null
  readonly extends: ExtendsTarget | null
  readonly window: Window | null
  /** Still there, and not for new clients. */
  readonly deprecated: Window | null
  /** Answers 410 and nothing else. */
  readonly removed: Window | null
  readonly codes: readonly Ranged<number>[]
  readonly expected: readonly Ranged<readonly number[]>[]
  readonly bodies: readonly Ranged<SchemaLike>[]
  readonly queries: readonly Ranged<SchemaLike>[]
}

export const noMeta: MethodMeta = {
  action: null,
  serves: null,
  extends: null,
  window: null,
  deprecated: null,
  removed: null,
  codes: [],
  expected: [],
  bodies: [],
  queries: [],
}

const KEY = Symbol('kilonova.wsgi')

/** By name of the method. */
type ClassMeta = Map<string, MethodMeta>

interface OwnMeta {
  readonly methods: ClassMeta
  /** Methods declared anew in this class: what a parent said about them is void. */
  readonly own: Set<string>
}

/**
 * Changes what is known about a method. Metadata of a class inherits from its parent's, so it is
 * copied before the first write: else a subclass would write into its parent.
 */
export const declare = (
  metadata: DecoratorMetadataObject,
  method: string,
  change: (meta: MethodMeta) => MethodMeta,
): void => {
  const inherited = metadata[KEY] as OwnMeta | undefined
  let mine = inherited
  if (!mine || !Object.hasOwn(metadata, KEY)) {
    mine = { methods: new Map(inherited?.methods), own: new Set() }
    metadata[KEY] = mine
  }
  const known = mine.own.has(method) ? mine.methods.get(method) : undefined
  mine.own.add(method)
  mine.methods.set(method, change(known ?? noMeta))
}

/** Everything that decorators said about the methods of a class and of its parents. */
export const declaredMethods = (type: object): ReadonlyMap<string, MethodMeta> => {
  const metadata = (type as { [Symbol.metadata]?: DecoratorMetadataObject | null })[Symbol.metadata]
  return (metadata?.[KEY] as OwnMeta | undefined)?.methods ?? new Map()
}

/** Ends what is known about a class, of its parents too, with a version; what begins later is gone. */
export const clip = (metadata: DecoratorMetadataObject, max: number): void => {
  const inherited = metadata[KEY] as OwnMeta | undefined
  const methods = [...(inherited?.methods ?? [])].map(
    ([name, meta]) => [name, clipped(meta, max)] as const,
  )
  metadata[KEY] = { methods: new Map(methods), own: new Set(methods.map(([name]) => name)) }
}

const clipped = (meta: MethodMeta, max: number): MethodMeta => {
  const window = meta.window ?? { min: 0, max }
  // A method without declarations serves no verb unless it is named after one.
  if (window.min > max) return noMeta
  const cut = <T>(list: readonly Ranged<T>[]): Ranged<T>[] =>
    list
      .filter(one => one.window.min <= max)
      .map(({ window: { min, max: last }, value }) => ({
        window: { min, max: Math.min(last, max) },
        value,
      }))
  return {
    ...meta,
    window: { min: window.min, max: Math.min(window.max, max) },
    codes: cut(meta.codes),
    expected: cut(meta.expected),
    bodies: cut(meta.bodies),
    queries: cut(meta.queries),
  }
}
