/**
 * Where a filter wants to stand on the way from the root to an application. The words are tags that
 * filters (and applications, for `needs`) choose freely; `provides` says which one carries.
 */
export interface OrderRules {
  /** What it gives to everything further in. */
  readonly provides?: readonly string[] | undefined
  /** What something further out must provide. */
  readonly needs?: readonly string[] | undefined
  /** Nothing that provides one of these may stand further out. */
  readonly before?: readonly string[] | undefined
  /** Nothing that provides one of these may stand further in. */
  readonly after?: readonly string[] | undefined
  /** Nothing stands further out. */
  readonly first?: boolean | undefined
  /** Only the application stands further in. */
  readonly last?: boolean | undefined
  /** Twice on one way is once too often. */
  readonly once?: boolean | undefined
}

const isStrings = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every(one => typeof one === 'string'))

export const orderOf = (factory: unknown): OrderRules => {
  const order: unknown = typeof factory === 'function' ? Reflect.get(factory, 'order') : undefined
  if (typeof order !== 'object' || order === null) return {}
  const lists = ['provides', 'needs', 'before', 'after']
  return lists.every(key => isStrings(Reflect.get(order, key))) ? order : {}
}
