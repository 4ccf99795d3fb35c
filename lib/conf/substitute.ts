/** What a `$name` stands for; undefined when there is no such option. */
export type Lookup = (name: string) => string | undefined

/** Why a value cannot be filled in. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError'
}

/**
 * Fills in `$name`, `${name}`, `$group.name` and `${group.name}`; `$$` and `\$` are a dollar sign,
 * and a `$` before anything else is itself, as in oslo.config.
 *
 * @throws SubstitutionError
 */
export const substitute = (text: string, lookup: Lookup): string =>
  text.replaceAll(
    /\\\$|\$\$|\$\{([_a-z][\w.]*)\}|\$([_a-z]\w*(?:\.[_a-z]\w*)?)/gi,
    (whole, braced: string | undefined, bare: string | undefined) => {
      const name = braced ?? bare
      if (name === undefined) return '$'
      const value = lookup(name)
      if (value !== undefined) return value
      throw new SubstitutionError(
        `'${whole}' names no option that has a value; a dollar sign is written '$$'`,
      )
    },
  )
