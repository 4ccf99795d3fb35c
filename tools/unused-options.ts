import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { groups } from '../lib/conf/index.js'

/**
 * Writes `lib/conf/unused-options.ts`: the options that are declared and that no source names. An option
 * whose name stands somewhere for something else is taken for used: the list rather says too little.
 */
const root = resolve(import.meta.dirname, '../..')

const sources = ['lib', 'controllers', 'extensions']
  .flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .map(name => join(folder, name)),
  )
  .filter(file => !file.startsWith(join('lib', 'conf')))
const words = new Set(
  sources.flatMap(file => readFileSync(join(root, file), 'utf8').match(/[a-z_][a-z0-9_]*/g) ?? []),
)

const WIDTH = 96

/** Words in lines, as they stand in a template. */
const inLines = (names: readonly string[]): string => {
  const lines: string[] = []
  for (const name of names) {
    const last = lines.at(-1)
    if (last !== undefined && `${last} ${name}`.length <= WIDTH)
      lines[lines.length - 1] += ` ${name}`
    else lines.push(`    ${name}`)
  }
  return lines.join('\n')
}

const rows = Object.values(groups).flatMap(({ name, options }) => {
  const unused = Object.keys(options).filter(option => !words.has(option))
  return unused.length ? [`  ${name}: names(`, `    \`\n${inLines(unused)}\`,`, '  ),'] : []
})

writeFileSync(
  join(root, 'lib/conf/unused-options.ts'),
  `const names = (text: string): readonly string[] => text.trim().split(/\\s+/)

/** Options of nova that are declared, and checked, and used by nothing. Written by \`npm run unused-options\`. */
export const unusedOptions: Readonly<Record<string, readonly string[]>> = {
${rows.join('\n')}
}
`,
)
