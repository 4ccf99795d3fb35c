import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { messageOf } from '../../../util/message-of.js'
import { shown } from '../../../util/source-places.js'
import { CommandError, type ManageSession } from '../session.js'
import { javascriptExtension, javascriptSchemas, javascriptTest } from './scaffold-javascript.js'
import { type ScaffoldNames, scaffoldNames } from './scaffold-names.js'
import { typescriptExtension, typescriptSchemas, typescriptTest } from './scaffold-typescript.js'
import { loadTables } from './tables.js'

/**
 * Writes an extension that works: a controller, its schemas and its test. In the project's own `extensions/` in
 * TypeScript, its test under `test/`; in any other folder in plain JavaScript, all in a folder of its own.
 *
 * @throws CommandError when the name cannot be one or is taken, or files are there already
 */
export const scaffold = async (
  session: ManageSession,
  name: string,
  { dir }: { readonly dir?: string },
): Promise<number> => {
  const names = scaffoldNames(name)
  const folder = resolve(dir ?? (existsSync('extensions') ? 'extensions' : '.'))
  await refuseTaken(session, names)
  const files = isOwnExtensions(folder) ? ownFiles(folder, names) : foreignFiles(folder, names)
  const present = Object.keys(files).find(file => existsSync(file))
  if (present !== undefined)
    throw new CommandError(`${present} is there already: nothing was written`)
  for (const [file, text] of Object.entries(files)) {
    try {
      await mkdir(dirname(file), { recursive: true })
      // Never over what somebody else wrote meanwhile.
      await writeFile(file, text, { flag: 'wx' })
    } catch (error) {
      throw new CommandError(`${file} cannot be written: ${messageOf(error)}`)
    }
    session.print(shown(file))
  }
  return 0
}

/** What is there already would keep nova-api from starting. */
const refuseTaken = async (session: ManageSession, names: ScaffoldNames): Promise<void> => {
  const { extensions, router } = await loadTables(session.conf, () => undefined)
  const owner = extensions.fileOf(names.alias)
  if (owner !== null) {
    throw new CommandError(`the alias '${names.alias}' is taken by ${shown(owner)}`)
  }
  const clash = router.routes.find(
    ({ action, resource, path }) =>
      action === names.action || resource === names.alias || path === `/${names.alias}/:id`,
  )
  if (clash) {
    const { method, path, action } = clash
    throw new CommandError(
      `'${names.alias}' would clash with ${method} ${path}${action === null ? '' : ` ${action}`}`,
    )
  }
}

/** Whether it is the folder `extensions` of this project's sources. */
const isOwnExtensions = (folder: string): boolean => {
  const manifest = join(dirname(folder), 'package.json')
  if (basename(folder) !== 'extensions' || !existsSync(manifest)) return false
  if (!existsSync(join(dirname(folder), 'tsconfig.json'))) return false
  const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }
  return name === 'kilonova'
}

type Files = Readonly<Record<string, string>>

const ownFiles = (folder: string, names: ScaffoldNames): Files => ({
  [join(folder, names.alias, 'index.ts')]: typescriptExtension(names),
  [join(folder, names.alias, 'schemas.ts')]: typescriptSchemas(names),
  [join(dirname(folder), 'test/extensions', `${names.alias}.test.ts`)]: typescriptTest(names),
})

const foreignFiles = (folder: string, names: ScaffoldNames): Files => ({
  [join(folder, names.alias, 'index.mjs')]: javascriptExtension(names),
  [join(folder, names.alias, 'schemas.mjs')]: javascriptSchemas(names),
  [join(folder, names.alias, `${names.alias}.test.mjs`)]: javascriptTest(names),
})
