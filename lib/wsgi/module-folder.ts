import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { createRequire, registerHooks } from 'node:module'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Files of a folder that are looked at; more would be no folder of extensions. */
const MOST_FILES = 5000

/** Its name in the URL of a module says of which version of its folder it is. */
const MARK = 'kilonova'

/**
 * A text that changes whenever a module below a folder does, or a JSON file; what is in node_modules does not
 * count, nor does what is hidden.
 *
 * @throws Error when the folder cannot be read
 */
export const folderVersion = async (folder: string): Promise<string> => {
  const hash = createHash('sha256')
  let count = 0
  const walk = async (path: string): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      const inner = join(path, entry.name)
      if (entry.isDirectory()) await walk(inner)
      else if (/\.(?:[mc]?js|json)$/.test(entry.name) && count++ < MOST_FILES) {
        // One that went away meanwhile is told by the next look.
        const { mtimeMs, size, ino } = (await stat(inner).catch(() => null)) ?? {}
        hash.update(`${inner}\0${mtimeMs}\0${size}\0${ino}\0`)
      }
    }
  }
  await walk(folder)
  return hash.digest('hex').slice(0, 16)
}

/**
 * Imports a module as it is at this version of its folder, with all that it imports from there. The same version
 * gives the same modules, with their state; one that has changed gives new ones, beside which the old ones
 * stay in memory.
 */
export const importAt = async (
  file: string,
  folder: string,
  version: string,
): Promise<{ extension?: unknown }> => {
  const base = pathToFileURL(folder + sep).href
  if (!marked.has(version)) {
    if (marked.size === 0) registerHooks({ resolve: markingChildren })
    marked.set(version, base)
    // What is CommonJS is remembered by file, whatever its URL.
    for (const known of Object.keys(cache)) if (known.startsWith(folder + sep)) delete cache[known]
  }
  return import(`${pathToFileURL(file).href}?${MARK}=${version}`)
}

// As the cache of modules itself, of the process.
const marked = new Map<string, string>()
const { cache } = createRequire(import.meta.url)

const markingChildren: NonNullable<Parameters<typeof registerHooks>[0]['resolve']> = (
  specifier,
  context,
  nextResolve,
) => {
  const found = nextResolve(specifier, context)
  const version = new RegExp(`\\?${MARK}=(\\w+)$`).exec(context.parentURL ?? '')?.[1]
  const base = version === undefined ? undefined : marked.get(version)
  if (base === undefined || !found.url.startsWith(base) || found.url.includes('?')) return found
  if (found.url.includes('/node_modules/')) return found
  return { ...found, url: `${found.url}?${MARK}=${version}` }
}
