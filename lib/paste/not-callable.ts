import { PasteError } from './errors.js'
import { likeness } from './meant.js'
import type { FactoryPlan } from './plan.js'

/** What a reference names is no function; what it holds may be. */
export const notCallable = ({
  factory,
  reference,
  at,
  section,
  chain,
  want,
}: FactoryPlan): PasteError => {
  const isWhole = !/^(egg:.*|call:.*:.*|[^:]*:.*)$/s.test(reference)
  const what =
    typeof factory === 'object' && factory !== null
      ? isWhole
        ? 'a whole module'
        : 'an object'
      : factory === null || factory === undefined
        ? `${factory}`
        : `a ${typeof factory}`
  const name = section?.section.replace(/^[^:]*:/, '') ?? ''
  const inside = leaves(factory).toSorted((a, b) => rank(b, name, want) - rank(a, name, want))
  const [first = isWhole ? 'factory' : undefined] = inside
  return new PasteError(
    'not-callable',
    `'${reference}' is ${what}, no factory${first === undefined ? '' : '; name what is in it.'}`,
    {
      at: at ?? section,
      chain,
      suggestion: first && `${reference}${isWhole ? ':' : '.'}${first}`,
    },
  )
}

/** Functions in it, and in objects in it. */
const leaves = (value: unknown): string[] =>
  Object.entries(Object(value)).flatMap(([name, inner]) =>
    typeof inner === 'function'
      ? [name]
      : typeof inner === 'object' && inner !== null
        ? Object.keys(inner).map(key => `${name}.${key}`)
        : [],
  )

/** What is called as a factory mostly is, or else like the section. */
const rank = (name: string, section: string, want: string): number =>
  name === 'factory'
    ? 3
    : name === want
      ? 2
      : likeness(name.replace(/\.\w+$/, ''), section) + (/factory$/i.test(name) ? 0.5 : 0)
