import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'

/** A policy file that cannot be used. The message names the file and, where known, line and rule. */
export class PolicyFileError extends Error {
  override readonly name = 'PolicyFileError'
}

/** A rule as an operator wrote it, and where. */
export interface FileRule {
  readonly name: string
  /** A text, or lists of texts; the parser judges. */
  readonly check: unknown
  /** `file:line` */
  readonly place: string
}

/**
 * The rules of a policy file, YAML or JSON (which is YAML too). An empty file has none.
 *
 * @throws PolicyFileError
 */
export const readPolicyFile = (path: string): readonly FileRule[] => {
  let source: string
  try {
    source = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PolicyFileError(`${path}: cannot be read: ${(cause as Error).message}`, { cause })
  }
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true })
  const [error] = document.errors
  if (error) {
    const line = error.linePos?.[0].line ?? 1
    throw new PolicyFileError(`${path}:${line}: ${error.message.split('\n')[0]}`, { cause: error })
  }
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) return []
  if (!isMap(contents)) {
    throw new PolicyFileError(`${path}:1: expected a map of rule names to checks`)
  }
  const values: Readonly<Record<string, unknown>> = document.toJS({ maxAliasCount: 100 })
  return contents.items.map(({ key }): FileRule => {
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0
    const place = `${path}:${lines.linePos(offset).line}`
    if (!isScalar(key) || typeof key.value !== 'string') {
      throw new PolicyFileError(`${place}: expected the name of a rule, a text`)
    }
    return { name: key.value, check: values[key.value], place }
  })
}

/** The policy files of a folder, in the order of their names; later ones win. */
export const policyFilesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
      .filter(name => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.'))
      .sort()
      .map(name => join(folder, name))
  } catch {
    return [] // optional, like the folder itself
  }
}

/** Changes whenever the file does; null: there is none. */
export const fileVersion = (path: string): string | null => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.mtimeMs}:${stat.size}:${stat.ino}` : null
}
