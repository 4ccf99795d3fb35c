import type { Chain, Source } from './errors.js'
import type { Protocol, Want } from './kinds.js'
import type { Scope } from './scope.js'
import type { Globals, Options } from './settings.js'

/**
 * What every plan has; `globals` and `options` may be one object in several plans, as in the original. A section
 * that uses something from a package becomes the section of that plan.
 */
interface Common {
  readonly want: Want
  /** The section; absent for what comes straight from a package or a `call:`. */
  section?: Source | undefined
  readonly globals: Globals
  readonly options: Options
  chain: Chain
}

/** Something that a factory makes. */
export interface FactoryPlan extends Common {
  readonly type: 'factory'
  /** As written: `module:attribute`, `egg:package#name`, `call:module:attribute`. */
  readonly reference: string
  /** The option that holds the reference. */
  readonly at: Source | undefined
  /** Imported, not called; checked to be callable only when it is. */
  readonly factory: unknown
  /** Null for a `call:` until a section that uses it says what it is. */
  protocol: Protocol | null
  /** Whom a composite asks for its children. */
  scope: Scope
}

export interface PipelinePlan extends Common {
  readonly type: 'pipeline'
  /** Outermost first. */
  readonly filters: readonly Plan[]
  readonly app: Plan
}

/** `filter-app`: one filter around one app. */
export interface FilterAppPlan extends Common {
  readonly type: 'filter-app'
  readonly filter: Plan
  readonly next: Plan
}

/** `filter-with`: a filter around an app, or around another filter. */
export interface FilterWithPlan extends Common {
  readonly type: 'filter-with'
  readonly filter: Plan
  readonly next: Plan
}

/**
 * What a section comes to before anything is made: references followed, options and globals laid
 * over one another with their places, factories imported. A composite's children are not part of
 * it, for its factory alone knows them.
 */
export type Plan = FactoryPlan | PipelinePlan | FilterAppPlan | FilterWithPlan
