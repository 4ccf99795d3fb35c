const compares: Readonly<Record<string, (sign: number) => boolean>> = {
  '<': sign => sign < 0,
  '<=': sign => sign <= 0,
  '=': sign => sign === 0,
  '==': sign => sign === 0,
  '!=': sign => sign !== 0,
  '>': sign => sign > 0,
  '>=': sign => sign >= 0,
}

/**
 * Whether a hypervisor's version is as wanted: `>=6.0, <10.5`, all of them.
 *
 * @param version  as computes report it: 6003002 is 6.3.2
 * @returns false for what is no predicate
 */
export const versionSatisfies = (version: number, predicates: string): boolean => {
  const own = [Math.floor(version / 1_000_000), Math.floor(version / 1000) % 1000, version % 1000]
  return predicates.split(',').every(predicate => {
    const [, op = '', text = ''] =
      /^\s*(<=|>=|==|!=|<|>|=)\s*(\d+(?:\.\d+)*)\s*$/.exec(predicate) ?? []
    return compares[op]?.(order(own, text.split('.').map(Number))) ?? false
  })
}

const order = (a: readonly number[], b: readonly number[]): number => {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
