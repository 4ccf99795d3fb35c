import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nearest } from '../util/nearest.js'
import { PasteError } from './errors.js'
import { type Asking, importReference, type Modules, parseReference } from './importer.js'
import { allProtocols, articleFor, type Protocol, protocolsOf, type Want, wantOf } from './kinds.js'
import { findPackage, packageName } from './package-exports.js'
import { stockPackages } from './stock/index.js'

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
  if (given) return { name, entries: given, folder: null }
  const manifest = manifestOf(name, folder)
  if (manifest) {
    const { paste } = JSON.parse(readFileSync(manifest, 'utf8')) as { paste?: unknown }
    return { name, entries: isEntries(paste) ? paste : {}, folder: dirname(manifest) }
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

const noEntry = (found: Package, want: Want, entry: string, asking: Asking): PasteError => {
  const wanted = protocolsOf[want].flat()
  const there = wanted.flatMap(protocol => Object.keys(found.entries[protocol] ?? {}))
  const elsewhere = allProtocols.find(protocol => found.entries[protocol]?.[entry] !== undefined)
  const instead = elsewhere
    ? ` It has '${entry}' as ${elsewhere}, which gives ${articleFor[wantOf(elsewhere)]}, not ${articleFor[want]}.`
    : there.length
      ? ` It has ${there.join(', ')}.`
      : ' It has none.'
  return new PasteError(
    'no-entry-point',
    `package '${found.name}' has no entry '${entry}' for ${wanted.join(', ')}.${instead}`,
    { ...asking, suggestion: nearest(entry, there) },
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
