import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { messageOf } from '../util/message-of.js'
import { type Chain, PasteError, type Source } from './errors.js'
import { knownModules, meantModule } from './known-modules.js'
import { meant } from './meant.js'
import { resolveExport } from './package-exports.js'
import type { Reference } from './reference.js'

export type Exports = object

/** What stands for a module: its exports, or a function that gives (or fails to give) them. */
export type ModuleSource = Readonly<Record<string, unknown>> | (() => Exports | Promise<Exports>)

/** Modules by the name that an ini gives them; looked up before anything is imported. */
export type Modules = Readonly<Record<string, ModuleSource>>

/** Where the reference stands, for messages. */
export interface Asking {
  readonly at: Source | undefined
  readonly chain: Chain
  /** Of the ini. */
  readonly folder?: string | undefined
  /** Imports the file of a module; `import()` when absent. */
  readonly importFile?: ImportFile | undefined
}

/** @param url  a file: URL */
export type ImportFile = (url: string) => Promise<Exports>

/**
 * Finds what a reference names.
 *
 * @param folder  what paths and packages are looked up from: the folder of the ini
 * @returns the value; a whole module where no attribute is named
 * @throws PasteError import-failed, no-such-export
 */
export const importReference = async (
  { module, attribute }: Reference,
  folder: string,
  modules: Modules,
  asking: Asking,
): Promise<unknown> => {
  const exports = await importModule(module, attribute, folder, modules, asking)
  if (attribute === null) return exports
  let value: unknown = exports
  for (const [index, part] of attribute.split('.').entries()) {
    const next = property(value, part) ?? (index === 0 ? commonJs(value, part) : undefined)
    if (next === undefined) {
      const names = namesIn(exports)
      throw new PasteError(
        'no-such-export',
        `module '${module}' has no export '${attribute}'. It has ${names.slice(0, 12).join(', ') || 'none'}.`,
        {
          ...asking,
          suggestion: meant(attribute, names) ?? usedElsewhere(attribute, names, asking),
        },
      )
    }
    value = next
  }
  return value
}

const importModule = async (
  name: string,
  attribute: string | null,
  folder: string,
  modules: Modules,
  asking: Asking,
): Promise<Exports> => {
  const given = Object.hasOwn(modules, name) ? modules[name] : undefined
  if (typeof given === 'object') return given
  let url = ''
  try {
    if (typeof given === 'function') return await given()
    url = locate(name, folder)
    return asking.importFile ? await asking.importFile(url) : ((await import(url)) as Exports)
  } catch (cause) {
    const text = messageOf(cause)
    if (given || url) {
      throw new PasteError(
        'import-failed',
        `module '${name}' is there${url && ` (${fileURLToPath(url)})`}, but fails when it is loaded: ${text}`,
        { ...asking, cause },
      )
    }
    const suggestion = suggested(
      name,
      attribute,
      meantModule(name, asking.at?.section, knownModules(name, folder, modules)),
    )
    throw new PasteError('import-failed', `there is no module '${name}': ${text}.`, {
      ...asking,
      cause,
      suggestion,
    })
  }
}

/**
 * The file of a module. A path is relative to the ini. Another name is a package's, or that of
 * a file beside the ini; dots then may stand for slashes.
 *
 * @returns a file: URL
 */
const locate = (name: string, folder: string): string => {
  if (/^\.{0,2}\//.test(name) || isAbsolute(name)) {
    const file = fileAt(resolve(folder, name))
    if (file) return pathToFileURL(file).href
    throw new Error(`no file ${resolve(folder, name)}`)
  }
  const slashed = name.replaceAll('.', '/')
  const url =
    fromPackages(name, folder) ??
    beside(name, folder) ??
    (slashed === name ? undefined : (beside(slashed, folder) ?? fromPackages(slashed, folder)))
  if (url) return url
  throw new Error(`neither a package seen from ${folder}, nor a file there`)
}

const beside = (name: string, folder: string): string | undefined => {
  const file = fileAt(resolve(folder, name))
  return file && pathToFileURL(file).href
}

const fileAt = (path: string): string | undefined =>
  [
    path,
    `${path}.js`,
    `${path}.mjs`,
    `${path}.cjs`,
    join(path, 'index.js'),
    join(path, 'index.mjs'),
  ].find(file => existsSync(file) && statSync(file).isFile())

/** A package beside or above the ini, or else one that this package itself sees (or is). */
const fromPackages = (name: string, folder: string): string | undefined => {
  if (name.endsWith('/')) return undefined
  for (const base of [join(folder, 'paste.ini'), fileURLToPath(import.meta.url)]) {
    try {
      const file = createRequire(base).resolve(name)
      if (isAbsolute(file) && existsSync(file)) return pathToFileURL(file).href
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
        // perhaps for `import` only, which require's resolver does not look at
        const file = resolveExport(name, base)
        if (file) return pathToFileURL(file).href
      }
    }
  }
  return undefined
}

const property = (value: unknown, name: string): unknown =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? Reflect.get(value, name)
    : undefined

/** Node finds only some of a CommonJS module's exports by name; the rest stand on its default. */
const commonJs = (value: unknown, name: string): unknown =>
  property(property(value, 'default'), name)

/** Exports, and what objects among them hold: `Limiter.factory`. */
const namesIn = (value: unknown): string[] =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? Object.entries(value).flatMap(([name, inner]) =>
        typeof inner === 'object' && inner !== null && !Array.isArray(inner)
          ? Object.keys(inner)
              .map(key => `${name}.${key}`)
              .slice(0, 20)
          : [name],
      )
    : []

/** Where several begin so, the one that other lines name. */
const usedElsewhere = (
  attribute: string,
  names: readonly string[],
  { at }: Asking,
): string | undefined => {
  const found = names.filter(
    name =>
      name.startsWith(attribute) &&
      at?.lines.some((line, index) => index !== at.line - 1 && line.trimEnd().endsWith(`:${name}`)),
  )
  return found.length === 1 ? found[0] : undefined
}

/** The whole reference; where the colon was lost, the module begins it and an export ends it. */
const suggested = (
  name: string,
  attribute: string | null,
  module: string | undefined,
): string | undefined => {
  if (module === undefined) return undefined
  if (attribute !== null) return `${module}:${attribute}`
  const rest = name.startsWith(module) ? name.slice(module.length) : ''
  const factory = rest.endsWith('factory') ? 'factory' : rest.replace(/^[^\p{L}_$]/u, '')
  return rest ? `${module}:${factory}` : module
}
