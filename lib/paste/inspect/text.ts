import { relative } from 'node:path'
import type { NodeView, OptionView, Place } from './view.js'

/** How texts are marked for a terminal; without colour they stay as they are. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly yellow: (text: string) => string
  readonly green: (text: string) => string
  readonly cyan: (text: string) => string
}

const code =
  (open: number, close: number, on: boolean) =>
  (text: string): string =>
    on ? `\x1b[${open}m${text}\x1b[${close}m` : text

export const paint = (on: boolean): Paint => ({
  bold: code(1, 22, on),
  dim: code(2, 22, on),
  red: code(31, 39, on),
  yellow: code(33, 39, on),
  green: code(32, 39, on),
  cyan: code(36, 39, on),
})

export interface TextOptions {
  readonly colour?: boolean | undefined
  /** Files are shown relative to it. */
  readonly folder?: string | undefined
}

interface Row {
  readonly left: string
  /** Columns that it takes. */
  readonly width: number
  readonly right: string
}

/**
 * The tree for a terminal:
 *
 *     composite:main                       app.ini:1   egg:Paste#urlmap
 *     ├─ / → pipeline:api                  app.ini:5
 *     │      ├─ filter:cors                app.ini:8   egg:cors
 *     │      │    origin = *               app.ini:10
 *     │      ╰─ app:hello                  app.ini:12  ./hello.js:app
 */
export const treeText = (root: NodeView, options: TextOptions = {}): string => {
  const colours = paint(options.colour ?? false)
  const at = (place: Place | undefined): string =>
    place ? `${shortPath(place.file, options.folder)}:${place.line}` : ''
  const rows: Row[] = []

  const row = (before: string, plain: string, shown: string, right = ''): void => {
    const width = [...before].length + [...plain].length
    rows.push({ left: colours.dim(before) + shown, width, right })
  }
  const option = (before: string, one: OptionView, sign: string): void => {
    const [first = '', ...more] = one.value.split('\n')
    const places = at(one.place)
    const over = one.overrides
      .map(
        ({ value: was, place }) => `over ${JSON.stringify(was)}${place ? ` (${at(place)})` : ''}`,
      )
      .join(', ')
    row(
      before,
      `${sign}${one.name} = ${first}`,
      `${colours.cyan(sign + one.name)} = ${one.secret ? colours.dim(first) : first}`,
      [places, over && colours.yellow(over)].filter(Boolean).join('  '),
    )
    for (const line of more) row(before, `  ${line}`, `  ${line}`)
  }

  const draw = (node: NodeView, head: string, below: string): void => {
    const mount = node.mount === undefined ? '' : `${node.mount} → `
    const label = `${mount}${node.name}`
    const name = node.kind === 'broken' ? colours.red(node.name) : colours.bold(node.name)
    row(
      head,
      label,
      colours.green(mount) + name,
      [at(node.place), colours.dim(node.factory ?? '')].filter(Boolean).join('  '),
    )
    const inner: [NodeView, string][] = [
      ...(node.mounts ?? []),
      ...(node.filters ?? []),
      ...(node.app ? [node.app] : []),
    ].map((one, index, all) => [one, index === all.length - 1 ? '╰─ ' : '├─ '])
    const stem = below + (inner.length ? '│  ' : '   ')
    for (const one of node.globals) option(stem, one, 'set ')
    for (const one of node.options) option(stem, one, '')
    for (const { text, line } of node.warnings) {
      row(stem, `! ${text}`, colours.yellow(`! line ${line}: ${text}`))
    }
    if (node.error) row(stem, `✗ ${node.error}`, colours.red(`✗ ${node.error}`))
    for (const [one, branch] of inner) {
      draw(one, below + branch, below + (branch === '╰─ ' ? '   ' : '│  '))
    }
  }
  draw(root, '', '')

  const column = Math.min(64, Math.max(...rows.filter(one => one.right).map(one => one.width)) + 2)
  return rows
    .map(({ left, width, right }) =>
      right ? `${left}${' '.repeat(Math.max(2, column - width))}${right}` : left,
    )
    .map(line => line.trimEnd())
    .join('\n')
}

/** A path as one would type it from the folder, where that is the shorter one. */
export const shortPath = (file: string, folder = process.cwd()): string => {
  const path = relative(folder, file)
  return path && path.length < file.length && !path.startsWith('../../..') ? path : file
}
