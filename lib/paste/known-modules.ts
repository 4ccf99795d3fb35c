import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nearest } from '../util/nearest.js'
import type { Modules } from './importer.js'
import { likeness } from './meant.js'
import { findPackage, packageName } from './package-exports.js'

/** More than that is no folder that somebody keeps filters in. */
const maxFiles = 500

const moduleFile = /\.[cm]?js$/

const filesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
      .filter(name => !name.startsWith('.'))
      .slice(0, maxFiles)
  } catch {
    return []
  }
}

/** Names of modules that a reference from the folder could have meant. */
export const knownModules = (name: string, folder: string, modules: Modules): string[] => [
  ...Object.keys(modules),
  ...(name.startsWith('.') || name.startsWith('/')
    ? byPath(name, folder)
    : inPackages(name, folder)),
]

/** What stands beside the file that is not there, named as that one is. */
const byPath = (name: string, folder: string): string[] => {
  const slash = name.lastIndexOf('/')
  const before = name.slice(0, slash + 1)
  const withEnding = moduleFile.test(name)
  return filesIn(resolve(folder, before))
    .filter(file => moduleFile.test(file))
    .map(file => before + (withEnding ? file : file.replace(moduleFile, '')))
}

/** What the packages export whose names are like this one's: the package itself, and this one. */
const inPackages = (name: string, folder: string): string[] => {
  const own = ownManifest()
  const wanted = packageName(name) ?? name
  const manifest = findPackage(wanted, join(folder, 'paste.ini'))
  if (manifest) return exportedBy(manifest)
  const installed = packagesAbove(folder)
  const near = nearest(wanted, installed)
  const nearManifest = near && findPackage(near, join(folder, 'paste.ini'))
  return [
    ...(own ? exportedBy(own) : []),
    ...(nearManifest ? exportedBy(nearManifest) : []),
    ...installed,
    ...filesIn(folder)
      .filter(file => moduleFile.test(file))
      .map(file => file.replace(moduleFile, '')),
  ]
}

const ownManifest = (): string | undefined => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) return manifest
    if (folder === dirname(folder)) return undefined
  }
}

const packagesAbove = (folder: string): string[] => {
  const found: string[] = []
  for (let place = resolve(folder); ; place = dirname(place)) {
    const modules = join(place, 'node_modules')
    for (const name of filesIn(modules)) {
      if (!name.startsWith('@')) found.push(name)
      else found.push(...filesIn(join(modules, name)).map(inner => `${name}/${inner}`))
    }
    if (place === dirname(place)) return found
  }
}

/** The subpaths of a package: those that it names, and the files behind its patterns. */
const exportedBy = (manifest: string): string[] => {
  const { name = '', exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    name?: string
    exports?: unknown
  }
  if (typeof exports !== 'object' || exports === null) return [name]
  return Object.entries(exports).flatMap(([key, target]) => {
    if (!key.startsWith('.')) return [name]
    const [before = '', after] = key.split('*')
    if (after === undefined) return [name + key.slice(1)]
    const [folder = '', ending] = typeof target === 'string' ? target.split('*') : []
    if (ending === undefined) return []
    return filesIn(join(dirname(manifest), folder))
      .map(file => (ending.startsWith('/') ? `${file}${ending}` : file))
      .filter(file => file.endsWith(ending) && existsSync(join(dirname(manifest), folder, file)))
      .map(file => name + before.slice(1) + file.slice(0, -ending.length) + after)
  })
}

/**
 * The module that was probably meant: the nearest, or one that begins so and is like the name of the
 * section (`kilonova/fil` in `[filter:cors]`).
 */
export const meantModule = (
  name: string,
  section: string | undefined,
  known: readonly string[],
): string | undefined => {
  const longer = name ? known.filter(one => one.startsWith(name) && one !== name) : []
  if (longer.length) {
    const wanted = section?.slice(section.indexOf(':') + 1) ?? ''
    // of many that begin so none is the nearest
    const best = mostLike(wanted, longer)
    if (best !== undefined || longer.length > 6) return best
  }
  const near = nearest(name, known)
  // the folder and the ending are no likeness: ./none.js is not ./low.js
  if (near === undefined || !/^[./]/.test(name)) return near
  return nearest(stemOf(name), [stemOf(near)]) === undefined ? undefined : near
}

const stemOf = (path: string): string => basename(path).replace(moduleFile, '')

/** By its last part; undefined where none is much like it, or two are as much. */
export const mostLike = (wanted: string, modules: readonly string[]): string | undefined => {
  const scored = modules
    .map(one => {
      const last = one.split(/[/.]/).at(-1) ?? one
      return { one, score: likeness(last, wanted) }
    })
    .filter(({ score }) => score >= 0.6)
    .toSorted((a, b) => b.score - a.score)
  const [first, second] = scored
  if (first && first.score > (second?.score ?? 0)) return first.one
  return modules.length === 1 ? modules[0] : undefined
}
