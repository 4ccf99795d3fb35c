/**
 * What comments directly above a line say to the loader: `# paste: WORD …`.
 *
 * @param line  from 1
 * @returns the words behind `WORD`, of every such comment; null where there is none
 */
export const markAbove = (
  lines: readonly string[],
  line: number,
  word: string,
): readonly string[] | null => {
  const found: string[] = []
  let any = false
  for (let index = line - 2; index >= 0; index--) {
    const text = lines[index]?.trim() ?? ''
    if (!/^[#;]/.test(text)) break
    const [, said, rest = ''] = /^[#;]\s*paste:\s*(\w+)\s*(.*)$/.exec(text) ?? []
    if (said !== word) continue
    any = true
    found.push(...rest.split(/[\s,]+/).filter(Boolean))
  }
  return any ? found : null
}

export const hasMark = (lines: readonly string[], line: number, word: string): boolean =>
  markAbove(lines, line, word) !== null
