import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nearest } from '../util/nearest.js'
import { PasteError } from './errors.js'
import { type Asking, importReference, type Modules } from './importer.js'
import { allProtocols, articleFor, type Protocol, protocolsOf, type Want, wantOf } from './kinds.js'
import { meant } from './meant.js'
import { middlewareFactory } from './middleware.js'
import { findPackage, packageName } from './package-exports.js'
import { parseReference } from './reference.js'
import { insteadOf, stockPackages } from './stock/index.js'

/** What a package offers: protocol, then entry, then the factory. */
export type Entries = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Packages by the name after `egg:`; looked up before anything is imported. */
export type Packages = Readonly<Record<string, Entries>>

export interface Entry {
  readonly protocol: Protocol
  readonly factory: unknown
}

/** A package and its entries; an npm package's are references until they are asked for. */
export interface Package {
  readonly name: string
  readonly entries: Entries
  /** Null when the entries are the factories themselves; else the package's folder. */
  readonly folder: string | null
  /** It announces nothing: its exports are middleware or applications of Express. */
  readonly plain: boolean
}

/**
 * Finds a package. One of npm announces its entries in package.json:
 *
 *     "paste": { "paste.filter_factory": { "main": "./lib/filter.js:factory" } }
 *
 * @throws PasteError no-package
 */
export const findEntries = (
  name: string,
  folder: string,
  packages: Packages,
  asking: Asking,
): Package => {
  const given = byLooseName(packages, name) ?? byLooseName(stockPackages, name)
  if (given) return { name, entries: given, folder: null, plain: false }
  const manifest = manifestOf(name, folder)
  if (manifest) {
    const { paste } = JSON.parse(readFileSync(manifest, 'utf8')) as { paste?: unknown }
    const folder = dirname(manifest)
    return isEntries(paste)
      ? { name, entries: paste, folder, plain: false }
      : { name, entries: {}, folder, plain: true }
  }
  const known = [...Object.keys(packages), ...Object.keys(stockPackages)]
  throw new PasteError('no-package', `there is no package '${name}' to be seen from ${folder}.`, {
    ...asking,
    suggestion: nearest(name, known),
  })
}

/** @throws PasteError no-entry-point, ambiguous-entry-point, and what importing throws */
export const findEntry = async (
  found: Package,
  want: Want,
  entry: string,
  modules: Modules,
  asking: Asking,
): Promise<Entry> => {
  if (found.plain && want !== 'server') return plainEntry(found, want, entry, modules, asking)
  const offered = (protocol: Protocol): unknown => {
    const entries = found.entries[protocol]
    return entries && Object.hasOwn(entries, entry) ? entries[entry] : undefined
  }
  const protocols = protocolsOf[want].flatMap(
    group => group.find(protocol => offered(protocol) !== undefined) ?? [],
  )
  const [protocol] = protocols
  if (!protocol) throw noEntry(found, want, entry, asking)
  if (protocols.length > 1) {
    throw new PasteError(
      'ambiguous-entry-point',
      `package '${found.name}' has '${entry}' as ${protocols.join(' and as ')}; ` +
        'name the factory itself by one of these',
      asking,
    )
  }
  const value = offered(protocol)
  if (found.folder === null) return { protocol, factory: value }
  const reference = parseReference(String(value))
  if (!reference) {
    throw new PasteError(
      'bad-reference',
      `package '${found.name}' gives '${value}' for ${protocol} '${entry}', which is no module:export`,
      asking,
    )
  }
  return { protocol, factory: await importReference(reference, found.folder, modules, asking) }
}

/**
 * An export of a package that knows nothing of Paste: `main` is its default one.
 *
 * @throws PasteError no-entry-point, and what importing throws
 */
const plainEntry = async (
  { name, folder }: Package,
  want: 'app' | 'filter',
  entry: string,
  modules: Modules,
  asking: Asking,
): Promise<Entry> => {
  const base = folder ?? ''
  const exported =
    entry === 'main'
      ? mainOf(await importReference({ module: name, attribute: null }, base, modules, asking))
      : await importReference({ module: name, attribute: entry }, base, modules, asking)
  if (typeof exported !== 'function') {
    const whole = await importReference({ module: name, attribute: null }, base, modules, asking)
    const functions = functionsOf(whole)
    throw new PasteError(
      'no-entry-point',
      `package '${name}' ${entry === 'main' ? 'exports no function as its default' : `exports '${entry}', which is no function`}, so it is neither middleware nor an application.` +
        (functions.length
          ? ` It has ${functions.map(one => `egg:${name}#${one}`).join(', ')}.`
          : ''),
      asking,
    )
  }
  const importValue = (text: string): Promise<unknown> => {
    const reference = parseReference(text)
    if (!reference) {
      throw new PasteError(
        'bad-reference',
        `'!import ${text}' must be !import module:export`,
        asking,
      )
    }
    return importReference(reference, asking.folder ?? base, modules, asking)
  }
  return {
    protocol: want === 'app' ? 'paste.app_factory' : 'paste.filter_factory',
    factory: middlewareFactory(name, entry, exported, want, importValue),
  }
}

/** What was compiled from an ES module may hold its default export in another one. */
const mainOf = (module: unknown): unknown => {
  const first: unknown = Reflect.get(Object(module), 'default')
  const inner: unknown = typeof first === 'object' && first ? Reflect.get(first, 'default') : null
  return typeof first === 'function' || !inner ? first : inner
}

const functionsOf = (module: unknown): string[] => {
  const all = { ...Object(module), ...Object(Reflect.get(Object(module), 'default')) }
  return Object.keys(all)
    .filter(key => typeof all[key] === 'function' && key !== 'module.exports' && key !== 'default')
    .slice(0, 12)
}

const noEntry = (found: Package, want: Want, entry: string, asking: Asking): PasteError => {
  const wanted = protocolsOf[want].flat()
  const there = wanted.flatMap(protocol => Object.keys(found.entries[protocol] ?? {}))
  const elsewhere = allProtocols.find(protocol => found.entries[protocol]?.[entry] !== undefined)
  const other = insteadOf[loose(found.name)]?.[entry]
  const instead = other
    ? ` Paste's '${entry}' is not built here: ${other}.`
    : elsewhere
      ? ` It has '${entry}' as ${elsewhere}, which gives ${articleFor[wantOf(elsewhere)]}, not ${articleFor[want]}.`
      : there.length
        ? ` It has ${there.join(', ')}.`
        : ' It has none.'
  return new PasteError(
    'no-entry-point',
    `package '${found.name}' has no entry '${entry}' for ${wanted.join(', ')}.${instead}`,
    { ...asking, suggestion: other ? undefined : meant(entry, there) },
  )
}

/** Names are compared as Python's package index does: case and the kind of dash do not count. */
const byLooseName = (packages: Packages, name: string): Entries | undefined => {
  const plain = loose(name)
  const key = Object.keys(packages).find(candidate => loose(candidate) === plain)
  return key === undefined ? undefined : packages[key]
}

const loose = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-')

const manifestOf = (name: string, folder: string): string | undefined => {
  if (packageName(name) !== name) return undefined
  return (
    findPackage(name, join(folder, 'paste.ini')) ??
    findPackage(name, fileURLToPath(import.meta.url))
  )
}

const isEntries = (value: unknown): value is Entries =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every(entries => typeof entries === 'object' && entries !== null)
