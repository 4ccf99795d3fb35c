/** A table as Python's prettytable draws it, every cell in the middle. */
export const prettyTable = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string => {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)),
  )
  const rule = `+${widths.map(width => '-'.repeat(width + 2)).join('+')}+`
  const line = (cells: readonly string[]) =>
    `|${widths.map((width, column) => ` ${centre(cells[column] ?? '', width)} `).join('|')}|`
  return [rule, line(header), rule, ...rows.map(line), rule].join('\n')
}

/** The odd blank stands on the right of a text of odd length, on the left of an even one. */
const centre = (text: string, width: number): string => {
  const excess = width - text.length
  const left = text.length % 2 ? Math.floor(excess / 2) : Math.ceil(excess / 2)
  return ' '.repeat(left) + text + ' '.repeat(excess - left)
}

/** Columns with two blanks between them, titles above; empty columns at the end leave no blanks. */
export const plainTable = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string => {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)),
  )
  return [header, ...rows]
    .map(row =>
      widths
        .map((width, column) => (row[column] ?? '').padEnd(width))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Names and numbers, by name, everything to the left. */
export const propertyTable = (
  property: string,
  value: string,
  values: ReadonlyMap<string, number>,
): string => {
  const rows = [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, number]) => [name, String(number)] as const)
  const widths = [
    Math.max(property.length, ...rows.map(([name]) => name.length)),
    Math.max(value.length, ...rows.map(([, number]) => number.length)),
  ] as const
  const rule = `+${'-'.repeat(widths[0] + 2)}+${'-'.repeat(widths[1] + 2)}+`
  const line = (left: string, right: string) =>
    `| ${left.padEnd(widths[0])} | ${right.padEnd(widths[1])} |`
  return [rule, line(property, value), rule, ...rows.map(row => line(...row)), rule].join('\n')
}
