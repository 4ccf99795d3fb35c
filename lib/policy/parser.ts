import { allow, type Check, compare, deny, every, not, type RuleLookup, some } from './check.js'

/** A rule that cannot be read. The message says what was found and what was expected. */
export class PolicySyntaxError extends Error {
  override readonly name = 'PolicySyntaxError'
}

type Token =
  | { readonly kind: '(' | ')' | 'and' | 'or' | 'not' }
  | { readonly kind: 'check'; readonly text: string }

/**
 * oslo.policy's language:
 *
 *     expression := conjunction ('or' conjunction)*
 *     conjunction := negation ('and' negation)*
 *     negation := 'not' negation | '(' expression ')' | check
 *     check := '@' | '!' | kind ':' match
 *
 * and its older form of lists, `[["rule:a", "rule:b"], ["role:c"]]`, which is (a and b) or c. The
 * empty text and the empty list let everyone pass.
 *
 * @throws PolicySyntaxError
 */
export const parseRule = (rule: unknown, rules: RuleLookup): Check => {
  if (typeof rule === 'string') return rule.trim() === '' ? allow : new Parser(rule, rules).parse()
  if (Array.isArray(rule)) return parseLists(rule, rules)
  throw new PolicySyntaxError(`${JSON.stringify(rule)}: expected a rule, a text or a list of lists`)
}

const parseLists = (lists: readonly unknown[], rules: RuleLookup): Check => {
  if (lists.length === 0) return allow
  const alternatives = lists.flatMap((list): Check[] => {
    const checks: readonly unknown[] = Array.isArray(list) ? list : [list]
    if (checks.length === 0) return []
    return [
      every(
        checks.map(check => {
          if (typeof check === 'string') return parseCheck(check, rules)
          throw new PolicySyntaxError(`${JSON.stringify(check)}: expected a check such as "role:x"`)
        }),
      ),
    ]
  })
  return some(alternatives)
}

const parseCheck = (check: string, rules: RuleLookup): Check => {
  if (check === '@') return allow
  if (check === '!') return deny
  const colon = check.indexOf(':')
  if (colon < 1) {
    throw new PolicySyntaxError(`"${check}": expected kind:value, @ or !`)
  }
  const kind = check.slice(0, colon)
  if (kind === 'http' || kind === 'https') {
    throw new PolicySyntaxError(`"${check}": rules that ask another server are not supported`)
  }
  return compare(kind, check.slice(colon + 1), rules)
}

/** Words are parted by white space; parentheses cling to them, and `%(x)s` has its own. */
const tokenize = (rule: string): readonly Token[] => {
  const tokens: Token[] = []
  for (const word of rule.trim().split(/\s+/)) {
    const opening = /^\(*/.exec(word)?.[0].length ?? 0
    const rest = word.slice(opening)
    const inner = rest.replace(/\)+$/, '')
    for (let i = 0; i < opening; i++) tokens.push({ kind: '(' })
    if (inner !== '') {
      const keyword = inner.toLowerCase()
      if (keyword === 'and' || keyword === 'or' || keyword === 'not') tokens.push({ kind: keyword })
      else tokens.push({ kind: 'check', text: inner })
    }
    for (let i = inner.length; i < rest.length; i++) tokens.push({ kind: ')' })
  }
  return tokens
}

/** Rules are written by operators, but a hostile depth must not overflow the stack either. */
const maxDepth = 100

class Parser {
  readonly #rule: string
  readonly #rules: RuleLookup
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(rule: string, rules: RuleLookup) {
    this.#rule = rule
    this.#rules = rules
    this.#tokens = tokenize(rule)
  }

  parse(): Check {
    const check = this.#expression()
    if (this.#at < this.#tokens.length) throw this.#unexpected('the end, "and" or "or"')
    return check
  }

  #expression(): Check {
    const checks = [this.#conjunction()]
    while (this.#take('or')) checks.push(this.#conjunction())
    return some(checks)
  }

  #conjunction(): Check {
    const checks = [this.#negation()]
    while (this.#take('and')) checks.push(this.#negation())
    return every(checks)
  }

  #negation(): Check {
    if (++this.#depth > maxDepth) {
      throw new PolicySyntaxError(`"${this.#rule.slice(0, 60)}…": nested deeper than ${maxDepth}`)
    }
    const check = this.#operand()
    this.#depth--
    return check
  }

  #operand(): Check {
    if (this.#take('not')) return not(this.#negation())
    if (this.#take('(')) {
      const inner = this.#expression()
      if (!this.#take(')')) throw this.#unexpected('")"')
      return inner
    }
    const token = this.#tokens[this.#at]
    if (token?.kind !== 'check') throw this.#unexpected('a check such as "role:x"')
    this.#at++
    return parseCheck(token.text, this.#rules)
  }

  #take(kind: Token['kind']): boolean {
    if (this.#tokens[this.#at]?.kind !== kind) return false
    this.#at++
    return true
  }

  #unexpected(expected: string): PolicySyntaxError {
    const token = this.#tokens[this.#at]
    const found = !token
      ? 'the end'
      : token.kind === 'check'
        ? `"${token.text}"`
        : `"${token.kind}"`
    return new PolicySyntaxError(`"${this.#rule}": found ${found}, expected ${expected}`)
  }
}

/** The names of the rules that a rule refers to directly. */
export const referencesOf = (rule: unknown): ReadonlySet<string> => {
  const names = new Set<string>()
  parseRule(rule, name => {
    names.add(name)
    return { check: deny }
  })
  return names
}
