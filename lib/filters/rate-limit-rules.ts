import { OptionError } from './options.js'

/** One rule of the rate limiter. */
export interface RateLimitRule {
  /** In capitals. */
  readonly verb: string
  /** For people. */
  readonly uri: string
  /** As written. */
  readonly regex: string
  /** Matched from the first character of the whole URL. */
  readonly pattern: RegExp
  /** Requests in one unit. */
  readonly value: number
  readonly unit: Unit
}

export type Unit = 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY'

/** In seconds. */
export const secondsIn: Readonly<Record<Unit, number>> = {
  SECOND: 1,
  MINUTE: 60,
  HOUR: 3600,
  DAY: 86400,
}

/** nova's, from Havana on. */
export const defaultRules =
  '(POST, *, .*, 120, MINUTE);(POST, */servers, ^/servers, 120, MINUTE);(PUT, *, .*, 120, MINUTE);' +
  '(GET, *changes-since*, .*changes-since.*, 120, MINUTE);(DELETE, *, .*, 120, MINUTE);' +
  '(GET, */os-fping, ^/os-fping, 12, MINUTE)'

/**
 * Reads `(VERB, URI, REGEX, COUNT, UNIT);(…)`; an empty text means {@link defaultRules}.
 *
 * @param option  named in errors
 * @throws OptionError
 */
export const parseRules = (text: string, option: string): readonly RateLimitRule[] =>
  (text.trim() || defaultRules)
    .split(';')
    .map(group => group.trim())
    .filter(Boolean)
    .map(group => parseRule(group, option))

const parseRule = (group: string, option: string): RateLimitRule => {
  const refuse = (why: string): never => {
    throw new OptionError(
      option,
      `'${option}' has the rule '${group}', but ${why}; a rule is (VERB, URI, REGEX, COUNT, UNIT)`,
    )
  }
  if (!group.startsWith('(') || !group.endsWith(')')) return refuse('it stands in no parentheses')
  const fields = group.slice(1, -1).split(',')
  if (fields.length !== 5) return refuse(`it has ${fields.length} fields, not 5`)
  const [verb = '', uri = '', regex = '', count = '', unit = ''] = fields.map(field => field.trim())
  if (!/^\d+$/.test(count) || Number(count) < 1) {
    return refuse(`COUNT must be a whole number above 0, got '${count}'`)
  }
  const known = Object.keys(secondsIn).find((name): name is Unit => name === unit.toUpperCase())
  if (!known) return refuse(`UNIT must be SECOND, MINUTE, HOUR or DAY, got '${unit}'`)
  return {
    verb: verb.toUpperCase(),
    uri,
    regex,
    pattern: compile(regex) ?? refuse(`REGEX '${regex}' is no regular expression`),
    value: Number(count),
    unit: known,
  }
}

const compile = (regex: string): RegExp | null => {
  try {
    return new RegExp(`^(?:${regex})`)
  } catch {
    return null
  }
}
