import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Exports } from './importer.js'

/** Node keeps every ES module by its URL for good; so no number may come twice in a process. */
let lastVersion = 0

/**
 * Imports a user's own modules, those that they import among them, anew after one of them has changed: with a
 * query behind their URL, as is the custom. Modules of packages, and of this one, stay as they are.
 *
 * Node cannot forget an ES module: each change costs the memory of these modules. Where none has changed
 * they are not imported again, and so keep what they hold.
 */
export class UserModules {
  readonly #hooks: { deregister(): void }
  readonly #versions = new Set<number>()
  #version = 0
  /** Paths of what was imported in this version, with what they held. */
  readonly #seen = new Map<string, string>()
  #hasFailed = false

  constructor() {
    this.#hooks = registerHooks({
      resolve: (specifier, context, nextResolve) => {
        const found = nextResolve(specifier, context)
        const version = versionOf(context.parentURL)
        if (!this.#versions.has(version) || !isUsersOwn(found.url)) return found
        return { ...found, url: this.#at(found.url, version) }
      },
    })
  }

  get files(): readonly string[] {
    return [...this.#seen.keys()]
  }

  /** A tree is about to be built. */
  begin(): void {
    const isFresh = this.#version > 0 && !this.#hasFailed
    if (isFresh && [...this.#seen].every(([path, digest]) => digestOf(path) === digest)) return
    for (const path of this.#seen.keys()) Reflect.deleteProperty(require.cache, path)
    this.#version = ++lastVersion
    this.#versions.add(this.#version)
    this.#seen.clear()
    this.#hasFailed = false
  }

  /** It could not be built: a module that failed is to be tried again though it looks the same. */
  failed(): void {
    this.#hasFailed = true
  }

  readonly importFile = async (url: string): Promise<Exports> => {
    if (!isUsersOwn(url)) return (await import(url)) as Exports
    const exports = (await import(this.#at(url, this.#version))) as Exports
    this.#addRequired(fileURLToPath(url))
    return exports
  }

  close(): void {
    this.#hooks.deregister()
  }

  #at(url: string, version: number): string {
    const plain = url.replace(/[?#].*$/s, '')
    if (version === this.#version) this.#add(fileURLToPath(plain))
    return `${plain}?paste-reload=${version}`
  }

  #add(path: string): boolean {
    if (this.#seen.has(path)) return false
    this.#seen.set(path, digestOf(path))
    return true
  }

  /** CommonJS is kept by path: what a module has required is not resolved by way of a version. */
  #addRequired(path: string): void {
    for (const { filename } of require.cache[path]?.children ?? []) {
      if (isUsersOwn(pathToFileURL(filename).href) && this.#add(filename)) {
        this.#addRequired(filename)
      }
    }
  }
}

const require = createRequire(import.meta.url)

const versionOf = (url: string | undefined): number =>
  Number(/[?&]paste-reload=(\d+)$/.exec(url ?? '')?.[1] ?? 0)

const ownFolder = new URL('../../', import.meta.url).href

const isUsersOwn = (url: string): boolean =>
  url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(ownFolder)

/** Of the content, for times of files are too coarse. */
const digestOf = (path: string): string => {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('base64')
  } catch {
    return 'absent'
  }
}
