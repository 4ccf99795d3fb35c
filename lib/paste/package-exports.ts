import { readFileSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'

/**
 * Resolves `package/subpath` by the `exports` of its package.json under the conditions of an
 * `import` (Node's own resolver for those cannot be asked from another place than one's own).
 *
 * @param base  path of the file that asks
 */
export const resolveExport = (specifier: string, base: string): string | undefined => {
  const name = packageName(specifier)
  const manifest = name && findPackage(name, base)
  if (!manifest) return undefined
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown }
  const subpath = `.${specifier.slice(name.length)}`
  const target = pick(exports, subpath)
  return target === undefined ? undefined : join(dirname(manifest), target)
}

export const packageName = (specifier: string): string | undefined =>
  /^(?:@[\w.~-]+\/)?[\w~][\w.~-]*/.exec(specifier)?.[0]

/** The package.json of a package that the file sees, wherever above it. */
export const findPackage = (name: string, base: string): string | undefined => {
  try {
    return module.findPackageJSON(name, base)
  } catch {
    return undefined
  }
}

const pick = (exports: unknown, subpath: string): string | undefined => {
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) {
    return subpath === '.' ? underConditions(exports) : undefined
  }
  const entries = Object.entries(exports)
  if (!entries.some(([key]) => key.startsWith('.'))) {
    return subpath === '.' ? underConditions(exports) : undefined
  }
  for (const [key, value] of entries) {
    if (key === subpath) return underConditions(value)
  }
  for (const [key, value] of entries) {
    const [before = '', after = ''] = key.split('*')
    if (key.includes('*') && subpath.startsWith(before) && subpath.endsWith(after)) {
      const star = subpath.slice(before.length, subpath.length - after.length)
      return underConditions(value)?.replaceAll('*', star)
    }
  }
  return undefined
}

const conditions: ReadonlySet<string> = new Set(['import', 'node', 'module-sync', 'default'])

const underConditions = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return undefined
  for (const [condition, inner] of Object.entries(value)) {
    const found = conditions.has(condition) ? underConditions(inner) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
