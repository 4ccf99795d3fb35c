import type { CheckResult } from './check.js'
import type { Finding } from './finding.js'
import { type Paint, paint, shortPath } from './text.js'

/** All findings with their excerpts and cures, and the count of them. */
export const reportText = (
  { findings, files, sections }: CheckResult,
  colours: Paint = paint(false),
): string => {
  const count = (level: Finding['level'], one: string): string => {
    const number = findings.filter(finding => finding.level === level).length
    return `${number || 'no'} ${one}${number === 1 ? '' : 's'}`
  }
  const read = `${sections} sections in ${files.map(file => shortPath(file)).join(', ') || 'no file'}`
  const verdict = `${count('error', 'error')}, ${count('warning', 'warning')}: ${read}`
  const colour = findings.some(({ level }) => level === 'error')
    ? colours.red
    : findings.length
      ? colours.yellow
      : colours.green
  return [...findings.map(finding => findingText(finding, colours)), colour(verdict)].join('\n\n')
}

/**
 * One finding:
 *
 *     api-paste.ini:41:12: error: [pipeline:api] no section is called 'requst_id' … (no-section)
 *       41 | pipeline = cors requst_id app
 *          |                 ^^^^^^^^^
 *       Did you mean 'request_id'? It stands in line 12.
 */
export const findingText = (finding: Finding, colours: Paint = paint(false)): string => {
  const { level, code, text, file, line, column, section, excerpt, chain } = finding
  const place = file === undefined ? '' : [shortPath(file), line, column].filter(Boolean).join(':')
  const sign = level === 'error' ? colours.red(level) : colours.yellow(level)
  const where = section === undefined ? '' : `[${section}] `
  const head = `${colours.bold(place)}${place && ': '}${sign}: ${where}${text} ${colours.dim(`(${code})`)}`
  const way = chain.length > 1 ? [colours.dim(`by way of ${chain.join(' → ')}`)] : []
  const below = [...(excerpt?.split('\n') ?? []), ...cureLines(finding, colours), ...way]
  return [head, ...below.map(text => `  ${text}`)].join('\n')
}

const cureLines = (
  { suggestion, suggestionLine, cure }: Finding,
  colours: Paint,
): readonly string[] => {
  const at = suggestionLine === undefined ? '' : ` It stands in line ${suggestionLine}.`
  const hint = suggestion === undefined ? [] : [`Did you mean '${colours.bold(suggestion)}'?${at}`]
  return [...hint, ...(cure === undefined ? [] : [cure])].map(text => colours.green(text))
}
