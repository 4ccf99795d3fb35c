import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** Secrets are short; what is greater is the wrong file. */
const maxBytes = 64 * 1024

/** A value that stands outside the ini: `text`, or why there is none; and the file that is asked for it. */
export type Outside = ({ readonly text: string } | { readonly problem: string }) & {
  readonly path?: string | undefined
}

/**
 * What `%(env:NAME)s` and `%(file:PATH)s` stand for; `%(env:NAME:-otherwise)s` has a fallback. No option
 * can have such a name, so no file of Paste Deploy's means anything else by them.
 *
 * @param folder  where a relative path starts from
 * @returns null where the name is neither
 */
export const outside = (
  name: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Outside | null => {
  const [, kind, rest = ''] = /^(env|file):(.*)$/s.exec(name) ?? []
  if (kind === undefined) return null
  const dash = rest.indexOf(':-')
  const what = dash < 0 ? rest : rest.slice(0, dash)
  const otherwise = dash < 0 ? null : rest.slice(dash + 2)
  if (kind === 'env') {
    const text = env[what]
    // as in a shell, empty is as good as absent where there is a fallback
    if (text !== undefined && (text !== '' || otherwise === null)) return { text }
    return otherwise === null
      ? { problem: `the environment has no variable '${what}'` }
      : { text: otherwise }
  }
  const path = resolve(folder, what)
  try {
    if (statSync(path).size > maxBytes) {
      return { path, problem: `'${path}' is larger than ${maxBytes} bytes, no secret's size` }
    }
    return { path, text: readFileSync(path, 'utf8').replace(/\r?\n$/, '') }
  } catch (error) {
    if (otherwise !== null) return { path, text: otherwise }
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? `there is no file '${path}'` : `'${path}' cannot be read`
    return { path, problem: code === 'ENOENT' ? why : `${why} (${code})` }
  }
}
