import { policyDefaults } from '../../../policy/index.js'
import type { ServedRoute } from '../../../wsgi/index.js'

/** A rule that stands before a route. */
export interface RoutePolicy {
  readonly rule: string
  /** Its check by default; null: nothing declares it. */
  readonly check: string | null
}

/** `GET /servers/{}`: parameters have other names in other tables. */
const shapeOf = (operation: string): string =>
  operation.replace(/(?<=.)\/$/, '').replaceAll(/\{[^}]*\}|:[a-z_]+(?=\/|$| )/g, '{}')

const checks = new Map(policyDefaults.map(({ name, check }) => [name, check]))
const guards = new Map<string, string[]>()
for (const { name, operations } of policyDefaults) {
  for (const operation of operations) {
    const shape = shapeOf(operation)
    guards.set(shape, [...(guards.get(shape) ?? []), name])
  }
}

/** A rule that code asks for by its name. */
const ASKED = /\b(?:can|may)\(\s*(['"`])([^'"`$]+)\1/g

/**
 * What is known of the rules of a route: those that declare to guard it, and those that its methods, and
 * the methods around them, name in their own text. A rule whose name is put together, or asked for
 * further down, shows by its declaration only.
 */
export const policiesOf = ({
  method,
  path,
  action,
  operation,
}: ServedRoute): readonly RoutePolicy[] => {
  const shape = shapeOf(`${method} ${path}`)
  const found = new Set(guards.get(action === null ? shape : `${shape} (${action})`))
  for (const overload of new Set(operation.overloads)) {
    if (!overload) continue
    for (const { source } of [overload, ...overload.extenders]) {
      for (const [, , rule = ''] of String(source.method ?? '').matchAll(ASKED)) found.add(rule)
    }
  }
  return [...found].map(rule => ({ rule, check: checks.get(rule) ?? null }))
}
