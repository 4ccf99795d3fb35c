import { likeness } from '../../meant.js'
import type { Session } from '../../session.js'

/**
 * A module that the program itself gave, with that of its exports whose name is likest.
 *
 * @param name  of the section
 */
export const withExport = async (
  module: string,
  name: string,
  { modules }: Session,
): Promise<string> => {
  const given = modules[module]
  if (!given) return module
  const exports: object = typeof given === 'function' ? await given() : given
  const [best] = Object.entries(exports)
    .flatMap(([outer, inner]) =>
      typeof inner === 'function'
        ? [outer]
        : Object.keys(Object(inner)).map(key => `${outer}.${key}`),
    )
    .toSorted((a, b) => likeness(b, name) - likeness(a, name))
  return best === undefined ? module : `${module}:${best}`
}
