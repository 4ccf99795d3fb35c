import type { LocalConf } from './types.js'

/** Something in the options of a section that is allowed, and probably not meant. */
export interface OptionDoubt {
  /** The option that it is about; of none where one is missing. */
  readonly key?: string | undefined
  readonly reason: string
  readonly suggestion?: string | undefined
}

/** Looks at a section's options together, as texts; told as warnings, nothing is refused. */
export type Review = (localConf: LocalConf) => Iterable<OptionDoubt>

export const reviewOf = (factory: unknown): Review => {
  const review: unknown = typeof factory === 'function' ? Reflect.get(factory, 'review') : undefined
  return typeof review === 'function' ? (review as Review) : () => []
}
