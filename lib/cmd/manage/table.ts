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
