import { nearest } from '../util/nearest.js'
import { PasteError } from './errors.js'
import type { FactoryPlan } from './plan.js'
import { lay, type Options } from './settings.js'

/** What a factory says of one of its options. */
export interface OptionDeclaration {
  readonly required?: boolean
  /** Filled in where the ini is silent. */
  readonly default?: string
}

/** A factory may carry these as its property `options`; then no other option is let through. */
export type OptionDeclarations = Readonly<Record<string, OptionDeclaration>>

/**
 * The options for a factory, refused as Python's call would refuse unknown or missing keywords.
 *
 * @throws PasteError factory-signature
 */
export const checkedOptions = (factory: object, name: string, plan: FactoryPlan): Options => {
  const declared: unknown = Reflect.get(factory, 'options')
  if (!isDeclarations(declared)) return plan.options
  const names = Object.keys(declared)
  for (const [key, { source }] of plan.options) {
    if (names.includes(key)) continue
    throw new PasteError(
      'factory-signature',
      `${name} takes no option '${key}'; it takes ${names.join(', ') || 'none'}.`,
      { at: source ?? plan.section ?? plan.at, chain: plan.chain, suggestion: nearest(key, names) },
    )
  }
  const complete: Options = new Map(plan.options)
  for (const [key, { required, default: value }] of Object.entries(declared)) {
    if (complete.has(key)) continue
    if (required) {
      throw new PasteError(
        'factory-signature',
        `${name} needs the option '${key}', and it is not given`,
        {
          at: plan.section ?? plan.at,
          chain: plan.chain,
        },
      )
    }
    if (value !== undefined) lay(complete, key, { value })
  }
  return complete
}

const isDeclarations = (value: unknown): value is OptionDeclarations =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every(one => typeof one === 'object' && one !== null)
