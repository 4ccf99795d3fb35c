import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../util/message-of.js'
import { nearest } from '../util/nearest.js'
import { folderVersion, importAt } from './module-folder.js'
import type { Extension } from './resource-definition.js'

const known = ['alias', 'name', 'description', 'listed', 'resources', 'controllerExtensions']

export interface ExtensionOptions {
  /** Aliases of extensions that are there and shall not count. */
  readonly disabled?: readonly string[]
}

export interface LoadOptions extends ExtensionOptions {
  /** Those of the folders whose modules are loaded as they are now, also when they were loaded before. */
  readonly changing?: readonly string[]
}

/**
 * The extensions of an API, by alias. A folder's modules are those directly in it, and the `index.js` of the
 * folders in it; each exports one `extension`.
 */
export class ExtensionManager<Services> {
  /** In order of alias, upper case first. */
  readonly extensions: readonly Extension<Services>[]
  /** Those that are switched off, in the same order: what they would serve is not there. */
  readonly disabled: readonly Extension<Services>[]
  readonly #aliases: ReadonlySet<string>
  readonly #files: ReadonlyMap<string, string>

  /** @throws Error when two have the same alias, or one that is to be switched off is not there */
  constructor(
    extensions: readonly (Extension<Services> & { readonly file?: string })[],
    { disabled = [] }: ExtensionOptions = {},
  ) {
    const sorted = [...extensions].sort((a, b) => compare(a.alias, b.alias))
    sorted.forEach((extension, index) => {
      const before = sorted[index - 1]
      if (before?.alias === extension.alias) {
        throw new Error(
          `two extensions have the alias '${extension.alias}': ` +
            [before, extension].map(one => one.file ?? one.description).join(' and '),
        )
      }
    })
    for (const alias of disabled) {
      if (!sorted.some(extension => extension.alias === alias)) throw unknownAlias(alias, sorted)
    }
    const isOff = ({ alias }: Extension<Services>): boolean => disabled.includes(alias)
    this.extensions = sorted.filter(extension => !isOff(extension))
    this.disabled = sorted.filter(isOff)
    this.#aliases = new Set(this.extensions.map(extension => extension.alias))
    this.#files = new Map(sorted.flatMap(({ alias, file }) => (file ? [[alias, file]] : [])))
  }

  /**
   * @param folders  absolute paths; one that is not there is an error
   * @throws Error naming the file, when a module cannot be loaded or exports no extension
   */
  static async load<Services>(
    folders: readonly string[],
    options: LoadOptions = {},
  ): Promise<ExtensionManager<Services>> {
    const found: (Extension<Services> & { file: string })[] = []
    for (const folder of folders) {
      const files = await modulesIn(folder)
      const version = options.changing?.includes(folder) ? await folderVersion(folder) : null
      for (const file of files) {
        const load = () =>
          version === null ? import(pathToFileURL(file).href) : importAt(file, folder, version)
        found.push({ ...(await extensionIn<Services>(file, load)), file })
      }
    }
    return new ExtensionManager(found, options)
  }

  /** Whether an extension is there: lets a core controller act differently with it. */
  isLoaded(alias: string): boolean {
    return this.#aliases.has(alias)
  }

  /** The module that an extension was loaded from; null when it did not come from a folder. */
  fileOf(alias: string): string | null {
    return this.#files.get(alias) ?? null
  }
}

const unknownAlias = (alias: string, known: readonly { readonly alias: string }[]): Error => {
  const aliases = known.map(extension => extension.alias)
  const meant = nearest(alias, aliases)
  return new Error(
    `[api] extensions_disabled names '${alias}', which no extension is called. ` +
      (meant ? `Did you mean '${meant}'?` : `There are: ${aliases.join(', ') || 'none'}`),
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const modulesIn = async (folder: string): Promise<string[]> => {
  let entries: Awaited<ReturnType<typeof list>>
  try {
    entries = await list(folder)
  } catch (cause) {
    throw new Error(`the extensions folder ${folder} cannot be read: ${messageOf(cause)}`, {
      cause,
    })
  }
  const files: string[] = []
  for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
    if (entry.isFile() && /(?<!\.test)\.m?js$/.test(entry.name)) {
      files.push(join(folder, entry.name))
    } else if (entry.isDirectory()) {
      const inner = await list(join(folder, entry.name))
      const index = inner.find(({ name }) => name === 'index.js' || name === 'index.mjs')
      if (index) files.push(join(folder, entry.name, index.name))
    }
  }
  return files
}

const list = (folder: string) => readdir(folder, { withFileTypes: true })

const extensionIn = async <Services>(
  file: string,
  load: () => Promise<{ extension?: unknown }>,
): Promise<Extension<Services>> => {
  let module: { extension?: unknown }
  try {
    module = await load()
  } catch (cause) {
    throw new Error(`extension ${file} cannot be loaded: ${messageOf(cause)}`, { cause })
  }
  return checked(file, module.extension)
}

const checked = <Services>(file: string, value: unknown): Extension<Services> => {
  if (typeof value !== 'object' || value === null) {
    throw new Error(`extension ${file} exports no 'extension': expected { alias, description, … }`)
  }
  for (const key of ['alias', 'description'] as const) {
    const text = (value as Record<string, unknown>)[key]
    if (typeof text !== 'string' || text === '') {
      throw new Error(
        `extension ${file}: '${key}' must be a text that is not empty, got ${JSON.stringify(text)}`,
      )
    }
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new Error(`extension ${file}: '${key}' means nothing; known are ${known.join(', ')}`)
    }
  }
  return value as Extension<Services>
}
