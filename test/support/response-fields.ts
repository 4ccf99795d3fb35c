import { readFileSync } from 'node:fs'
import { contractFile } from './contract.js'

/** One row of a field table of the contract. */
export interface FieldRow {
  readonly method: string
  readonly path: string
  readonly action: string
  readonly field: string
  readonly window: string
  readonly required: boolean
  readonly constraints: string
}

/** Minor versions, both ends inclusive. */
export const windowOf = (text: string): { readonly min: number; readonly max: number } => {
  if (text === 'all') return { min: 1, max: 104 }
  const [, first, last] = /^2\.(\d+)(?:-2\.(\d+)|\+)?$/.exec(text) ?? []
  if (first === undefined) return { min: 1, max: 0 }
  const max = last === undefined ? (text.endsWith('+') ? 104 : Number(first)) : Number(last)
  return { min: Number(first), max }
}

const rowsOf = (test: Mocha.Context, file: string, isRequest: boolean): FieldRow[] =>
  readFileSync(contractFile(test, `rest/${file}`), 'utf8')
    .split('\n')
    .slice(1)
    .filter(line => line !== '')
    .map(line => {
      const cells = line.split('\t')
      const [method = '', path = '', action = ''] = cells
      const [field = '', window = '', required = '', constraints = ''] = cells.slice(
        isRequest ? 4 : 3,
      )
      const kind = isRequest ? cells[3] : ''
      return {
        method,
        path,
        action: kind === 'query' ? '?' : action,
        field,
        window,
        required: required === 'yes',
        constraints,
      }
    })

/** Fields of requests; the action of a row about a query string is `?`. */
export const requestFields = (test: Mocha.Context): FieldRow[] =>
  rowsOf(test, 'request-fields.tsv', true)

export const responseFields = (test: Mocha.Context): FieldRow[] =>
  rowsOf(test, 'response-fields.tsv', false)

interface Node {
  readonly children: Map<string, Node>
  readonly patterns: (readonly [RegExp, Node])[]
  items: Node | null
  required: boolean
  constraints: string
}

const newNode = (): Node => ({
  children: new Map(),
  patterns: [],
  items: null,
  required: false,
  constraints: '',
})

/** `a.b[].<^x.$>` → a, b, [], <^x.$> */
export const tokensOf = (field: string): string[] =>
  (field.match(/<[^>]*>|\[\]|[^.[\]<]+/g) ?? []).filter(token => token !== '')

const treeOf = (rows: readonly FieldRow[], minor: number): Node => {
  const root = newNode()
  for (const { field, window, required, constraints } of rows) {
    const { min, max } = windowOf(window)
    if (minor < min || minor > max || field.includes('|')) continue
    let node = root
    for (const token of field === '.' ? [] : tokensOf(field)) node = step(node, token)
    node.required = required
    node.constraints = constraints
  }
  return root
}

const step = (node: Node, token: string): Node => {
  if (token === '[]') {
    node.items ??= newNode()
    return node.items
  }
  if (token.startsWith('<')) {
    const source = token.slice(1, -1)
    const known = node.patterns.find(([pattern]) => pattern.source === source)
    if (known) return known[1]
    const child = newNode()
    node.patterns.push([new RegExp(source === '*' ? '' : source), child])
    return child
  }
  const child = node.children.get(token) ?? newNode()
  node.children.set(token, child)
  return child
}

/**
 * What is wrong with a document, by the rows of its answer: keys that the contract does not know at this
 * version, keys that it misses, values of another type.
 */
export const wrongFields = (
  rows: readonly FieldRow[],
  minor: number,
  document: unknown,
): readonly string[] => [...wrong(treeOf(rows, minor), document, '$')]

function* wrong(node: Node, value: unknown, path: string): Generator<string> {
  if (!hasType(node.constraints, value)) {
    yield `${path}: ${JSON.stringify(value)} is no ${node.constraints}`
  }
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      if (node.items) yield* wrong(node.items, item, `${path}[${at}]`)
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, child] of node.children) {
      if (child.required && !Object.hasOwn(value, name)) yield `${path}.${name} is missing`
    }
    for (const [name, item] of Object.entries(value)) {
      const child =
        node.children.get(name) ?? node.patterns.find(([pattern]) => pattern.test(name))?.[1]
      if (child) yield* wrong(child, item, `${path}.${name}`)
      else if (!node.constraints.includes('open')) yield `${path}.${name} is unknown`
    }
  }
}

const hasType = (constraints: string, value: unknown): boolean => {
  const [types = ''] = constraints.split(' ')
  if (!/^(?:string|null|integer|number|boolean|array|object)(?:\/|$)/.test(types)) return true
  const own =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'array'
        : typeof value === 'number' && Number.isInteger(value)
          ? 'integer'
          : typeof value
  return types.split('/').some(type => type === own || (type === 'number' && own === 'integer'))
}
