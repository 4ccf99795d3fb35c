import { type Check, deny, type RuleSlot, some } from './check.js'
import { parseRule, referencesOf } from './parser.js'
import { type FileRule, PolicyFileError } from './policy-file.js'
import type { RuleDefault, ScopeType } from './types.js'

export interface RuleSetOptions {
  /** False: what a rule's older check allowed is allowed still. */
  readonly enforceNewDefaults: boolean
  /** The rule that stands in for one that is not known, when it exists itself. */
  readonly defaultRule: string
}

export interface CompiledRule {
  readonly check: Check
  readonly scopeTypes?: readonly ScopeType[] | undefined
}

/** All rules in force, compiled. */
export interface RuleSet {
  readonly rules: ReadonlyMap<string, CompiledRule>
  /** What an operator may want to know: references to rules that nobody declared. */
  readonly warnings: readonly string[]
}

/**
 * Puts the operator's rules over the declared ones and compiles all.
 *
 * @throws PolicyFileError for a check that cannot be read, and for rules that refer to each other
 *         in a circle
 */
export const compileRules = (
  defaults: Iterable<RuleDefault>,
  fileRules: ReadonlyMap<string, FileRule>,
  options: RuleSetOptions,
): RuleSet => {
  const sources = new Map<string, Source>()
  for (const rule of defaults) sources.set(rule.name, sourceOf(rule, fileRules, options))
  for (const { name, check, place } of fileRules.values()) {
    sources.set(name, { checks: [check], place, scopeTypes: sources.get(name)?.scopeTypes })
  }
  refuseCircles(sources)

  const slots = new Map<string, RuleSlot>()
  const warnings: string[] = []
  const slotOf = (name: string): RuleSlot => {
    let slot = slots.get(name)
    if (!slot) {
      slot = { check: deny }
      slots.set(name, slot)
    }
    return slot
  }
  const rules = new Map<string, CompiledRule>()
  for (const [name, { checks, scopeTypes }] of sources) {
    const slot = slotOf(name)
    slot.check = some(checks.map(check => parseRule(check, slotOf)))
    rules.set(name, { check: slot.check, scopeTypes })
  }
  const fallback = rules.get(options.defaultRule)?.check ?? deny
  for (const [name, slot] of slots) {
    if (sources.has(name)) continue
    slot.check = fallback
    warnings.push(`rule "${name}" is referred to, but not defined`)
  }
  return { rules, warnings }
}

interface Source {
  /** Any of them suffices. */
  readonly checks: readonly unknown[]
  readonly place: string
  readonly scopeTypes?: readonly ScopeType[] | undefined
}

const sourceOf = (
  rule: RuleDefault,
  fileRules: ReadonlyMap<string, FileRule>,
  options: RuleSetOptions,
): Source => {
  const { name, check, older, scopeTypes } = rule
  const own = { checks: [check], place: 'the built-in rules', scopeTypes }
  if (!older) return own
  const overridden = older.name === name ? undefined : fileRules.get(older.name)
  // A file that only says "the old name is the new one" asks for the new default.
  if (overridden && overridden.check !== older.check && overridden.check !== `rule:${name}`) {
    return { checks: [overridden.check], place: overridden.place, scopeTypes }
  }
  if (options.enforceNewDefaults || older.check === check) return own
  return { ...own, checks: [check, older.check] }
}

const refuseCircles = (sources: ReadonlyMap<string, Source>): void => {
  const references = new Map<string, readonly string[]>()
  for (const [name, { checks, place }] of sources) {
    try {
      references.set(
        name,
        checks.flatMap(check => [...referencesOf(check)]),
      )
    } catch (cause) {
      throw new PolicyFileError(`${place}: rule ${name}: ${(cause as Error).message}`, { cause })
    }
  }
  const done = new Set<string>()
  const walk = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name].join(' -> ')
      throw new PolicyFileError(`${sources.get(name)?.place}: rules refer in a circle: ${circle}`)
    }
    for (const next of references.get(name) ?? []) walk(next, [...path, name])
    done.add(name)
  }
  for (const name of sources.keys()) walk(name, [])
}
