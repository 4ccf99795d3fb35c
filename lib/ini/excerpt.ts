import type { Position } from './document.js'

/**
 * The line of a file with a mark below the place:
 *
 *     41 | pipeline = cors requst_id app
 *        |                 ^^^^^^^^^
 *
 * @param length  characters to mark; 1 when absent
 */
export const excerptOf = (lines: readonly string[], at: Position, length = 1): string => {
  const number = String(at.line)
  // a tab takes one column in positions, so it may take only one on the screen
  const text = (lines[at.line - 1] ?? '').replaceAll('\t', ' ')
  const mark = '^'.repeat(Math.max(1, Math.min(length, text.length - at.column + 1)))
  return `${number} | ${text}\n${' '.repeat(number.length)} | ${' '.repeat(at.column - 1)}${mark}`
}
