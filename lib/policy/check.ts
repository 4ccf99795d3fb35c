import type { PolicyAttributes, PolicyCreds } from './types.js'

/** A rule compiled: nothing is parsed when it runs. */
export type Check = (creds: PolicyCreds, target: PolicyAttributes) => boolean

/** Where a check finds another rule's check; filled in when all rules have been compiled. */
export interface RuleSlot {
  check: Check
}

/** Gives the slot of a rule by its name, whether or not the rule is known already. */
export type RuleLookup = (name: string) => RuleSlot

export const allow: Check = () => true
export const deny: Check = () => false

export const every = (checks: readonly Check[]): Check => {
  const [first = allow, second] = checks
  if (checks.length <= 1) return first
  if (checks.length === 2 && second) return (c, t) => first(c, t) && second(c, t)
  return (creds, target) => checks.every(check => check(creds, target))
}

export const some = (checks: readonly Check[]): Check => {
  const [first = deny, second] = checks
  if (checks.length <= 1) return first
  if (checks.length === 2 && second) return (c, t) => first(c, t) || second(c, t)
  return (creds, target) => checks.some(check => check(creds, target))
}

export const not =
  (check: Check): Check =>
  (creds, target) =>
    !check(creds, target)

/** `kind:match`, one of `rule:`, `role:`, a credential's name, or a literal on the left. */
export const compare = (kind: string, match: string, rules: RuleLookup): Check => {
  if (kind === 'rule') {
    const slot = rules(match)
    return (creds, target) => slot.check(creds, target)
  }
  const expected = template(match)
  if (kind === 'role') {
    return (creds, target) => {
      const role = expected(target)?.toLowerCase()
      return role !== undefined && creds.roles.some(held => held.toLowerCase() === role)
    }
  }
  const literal = literalText(kind)
  if (literal !== undefined) return (_creds, target) => expected(target) === literal
  const read = credential(kind)
  return (creds, target) => {
    const wanted = expected(target)
    if (wanted === undefined) return false
    const held = read(creds)
    return Array.isArray(held) ? held.some(one => text(one) === wanted) : text(held) === wanted
  }
}

/**
 * `%(name)s` filled in from the target. Undefined when the target lacks the name or holds null
 * there: "no project" must never equal another "no project".
 */
const template = (match: string): ((target: PolicyAttributes) => string | undefined) => {
  const whole = /^%\(([^)]+)\)s$/.exec(match)?.[1]
  if (whole !== undefined) {
    return target => {
      const value = attribute(target, whole)
      return value === undefined || value === null ? undefined : text(value)
    }
  }
  if (!match.includes('%(')) {
    const fixed = match.replaceAll('%%', '%')
    return () => fixed
  }
  return target => {
    let complete = true
    const filled = match.replaceAll(/%\(([^)]+)\)s/g, (_all, name: string) => {
      const value = attribute(target, name)
      if (value === undefined || value === null) complete = false
      return text(value)
    })
    return complete ? filled : undefined
  }
}

/** A name of the target, or a path into it (`target.user.id`). */
const attribute = (target: PolicyAttributes, name: string): unknown => {
  if (Object.hasOwn(target, name)) return target[name]
  let value: unknown = target
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as PolicyAttributes)[step]
  }
  return value
}

/** As Python's str() writes it: rules say `is_admin:True`. */
const text = (value: unknown): string => {
  if (value === true) return 'True'
  if (value === false) return 'False'
  return value === null || value === undefined ? 'None' : String(value)
}

const literalText = (kind: string): string | undefined => {
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(kind)
  if (quoted) return quoted[1] ?? quoted[2]
  return /^(True|False|None|-?\d+(\.\d+)?)$/.test(kind) ? kind : undefined
}

const credentials: Readonly<Record<string, (creds: PolicyCreds) => unknown>> = {
  user_id: creds => creds.userId,
  user: creds => creds.userId,
  project_id: creds => creds.projectId,
  tenant: creds => creds.projectId,
  tenant_id: creds => creds.projectId,
  domain_id: creds => creds.domainId,
  user_domain_id: creds => creds.userDomainId ?? null,
  project_domain_id: creds => creds.projectDomainId ?? null,
  system_scope: creds => creds.systemScope,
  system: creds => creds.systemScope,
  roles: creds => creds.roles,
  is_admin: creds => creds.isAdmin,
  is_admin_project: creds => creds.isAdminProject,
}

export const credentialNames: readonly string[] = Object.keys(credentials)

/** A credential that nova does not have matches nothing, as in oslo.policy. */
const credential = (kind: string): ((creds: PolicyCreds) => unknown) =>
  credentials[kind] ?? (() => [])
