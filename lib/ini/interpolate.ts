import type { IniErrorKind } from './error.js'

/** How many texts may stand within one another before it must be a circle (configparser's own). */
const maxDepth = 10

/** What a name in a reference stands for; a text that is no template is taken as it is. */
export interface Referred {
  readonly value: string
  readonly template: boolean
}

/** Why a template has no value; `reference` is the name or the text that is wrong. */
export class InterpolationError extends Error {
  override readonly name = 'InterpolationError'
  readonly kind: IniErrorKind
  readonly reference: string

  constructor(kind: IniErrorKind, reference: string, message: string) {
    super(message)
    this.kind = kind
    this.reference = reference
  }
}

/**
 * Fills `%(name)s` in, and makes `%%` a percent sign: configparser's BasicInterpolation.
 *
 * @throws InterpolationError
 */
export const interpolate = (
  template: string,
  lookup: (name: string) => Referred | undefined,
): string => {
  /** Names on the way to the present text, for the message about a circle. */
  const fill = (text: string, way: readonly string[]): string => {
    if (way.length >= maxDepth) {
      const round = [...new Set(way)]
      throw new InterpolationError(
        'interpolation-depth',
        round[0] ?? '',
        `the references go round and never end: ${round.map(name => `%(${name})s`).join(' -> ')}`,
      )
    }
    let filled = ''
    let rest = text
    for (;;) {
      const percent = rest.indexOf('%')
      if (percent < 0) return filled + rest
      filled += rest.slice(0, percent)
      rest = rest.slice(percent)
      if (rest[1] === '%') {
        filled += '%'
        rest = rest.slice(2)
        continue
      }
      if (rest[1] !== '(') {
        throw new InterpolationError(
          'interpolation-syntax',
          rest,
          `'%' must be followed by '%' or '(', found: '${rest}'; a percent sign is written '%%'`,
        )
      }
      const reference = /^%\(([^)]+)\)s/.exec(rest)
      const name = reference?.[1]
      if (!reference || name === undefined) {
        throw new InterpolationError(
          'interpolation-syntax',
          rest,
          `'${rest}' is no reference: it is written '%(name)s'`,
        )
      }
      rest = rest.slice(reference[0].length)
      const found = lookup(name)
      if (!found) {
        throw new InterpolationError(
          'interpolation-missing',
          name,
          `'%(${name})s' refers to nothing: neither this section nor [DEFAULT] has '${name}'`,
        )
      }
      filled +=
        found.template && found.value.includes('%')
          ? fill(found.value, [...way, name])
          : found.value
    }
  }
  return fill(template, [])
}
