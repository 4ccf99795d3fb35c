import { parse, type Token } from 'path-to-regexp'

/** What a request's path led to. */
export interface RouteMatch<Target> {
  readonly target: Target
  /** As the route was written: `/servers/:id`. */
  readonly pattern: string
  readonly params: Readonly<Record<string, string>>
}

interface Leaf<Target> {
  readonly target: Target
  readonly pattern: string
  readonly names: readonly string[]
}

class Node<Target> {
  readonly statics = new Map<string, Node<Target>>()
  /** Edges that take any segment (null) or one of a form. */
  readonly params: { readonly form: RegExp | null; readonly node: Node<Target> }[] = []
  readonly leaves = new Map<string, Leaf<Target>>()

  static(segment: string): Node<Target> {
    let node = this.statics.get(segment)
    if (!node) {
      node = new Node()
      this.statics.set(segment, node)
    }
    return node
  }

  param(form: RegExp | null): Node<Target> {
    const known = this.params.find(edge => edge.form?.source === form?.source)
    if (known) return known.node
    const node = new Node<Target>()
    // A segment of a form is tried before one that may be anything.
    if (form) this.params.unshift({ form, node })
    else this.params.push({ form, node })
    return node
  }
}

type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string }

/**
 * Finds what serves a method and path: a tree of segments, static edges before parameters. A leaf that
 * lacks the method does not end the search: `DELETE /servers/detail` is the server named `detail`.
 *
 * A slash at the end does not count; `.json` at the end is cut off. `HEAD` is served by `GET`.
 */
export class Router<Target> {
  readonly #root = new Node<Target>()
  readonly #forms: Readonly<Record<string, RegExp>>

  /** @param forms  for parameters of these names: what a segment must be, whole */
  constructor(forms: Readonly<Record<string, RegExp>> = {}) {
    this.#forms = Object.fromEntries(
      Object.entries(forms).map(([name, form]) => [name, new RegExp(`^(?:${form.source})$`)]),
    )
  }

  /**
   * @param pattern  in path-to-regexp's grammar; parameters fill whole segments, groups may be optional
   * @returns false when the method of this path is taken already; then nothing changes
   */
  add(method: string, pattern: string, target: Target): boolean {
    let added = false
    for (const segments of variants(pattern)) {
      let node = this.#root
      const names: string[] = []
      for (const segment of segments) {
        if (segment.kind === 'text') {
          node = node.static(segment.text)
        } else {
          names.push(segment.name)
          node = node.param(this.#forms[segment.name] ?? null)
        }
      }
      if (node.leaves.has(method)) continue
      node.leaves.set(method, { target, pattern, names })
      added = true
    }
    return added
  }

  /** @param path  of the request, without its query */
  match(method: string, path: string): RouteMatch<Target> | null {
    const segments = path.split('/').slice(1)
    if (segments.at(-1) === '') segments.pop()
    const last = segments.at(-1)
    const bare = last?.replace(/(?<=.)\.(?:json|xml)$/, '')
    if (bare !== undefined) segments[segments.length - 1] = bare
    for (let at = 0; at < segments.length; at++) {
      const segment = segments[at] ?? ''
      if (segment.includes('%')) segments[at] = decoded(segment)
    }
    const values: string[] = []
    const leaf =
      find(this.#root, segments, 0, method, values) ??
      (method === 'HEAD' ? find(this.#root, segments, 0, 'GET', values) : null)
    if (!leaf) return null
    const params: Record<string, string> = {}
    leaf.names.forEach((name, index) => {
      params[name] = values[index] ?? ''
    })
    return { target: leaf.target, pattern: leaf.pattern, params }
  }

  /** What a pattern leads to, as it was added: parameters may have other names. */
  lookup(method: string, pattern: string): Target | null {
    const [segments = []] = variants(pattern)
    let node: Node<Target> | undefined = this.#root
    for (const segment of segments) {
      if (segment.kind === 'text') {
        node = node?.statics.get(segment.text)
      } else {
        const form = this.#forms[segment.name] ?? null
        node = node?.params.find(edge => edge.form?.source === form?.source)?.node
      }
    }
    return node?.leaves.get(method)?.target ?? null
  }
}

const find = <Target>(
  node: Node<Target>,
  segments: readonly string[],
  at: number,
  method: string,
  values: string[],
): Leaf<Target> | null => {
  const segment = segments[at]
  if (segment === undefined) return node.leaves.get(method) ?? null
  const next = node.statics.get(segment)
  const found = next ? find(next, segments, at + 1, method, values) : null
  if (found) return found
  if (segment === '') return null
  for (const { form, node: child } of node.params) {
    if (form && !form.test(segment)) continue
    values.push(segment)
    const leaf = find(child, segments, at + 1, method, values)
    if (leaf) return leaf
    values.pop()
  }
  return null
}

// An escape that is none stays as it is: then no resource has this name.
const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** A pattern with its optional groups once there and once not, the fullest form first. */
const variants = (pattern: string): readonly (readonly Segment[])[] =>
  expand(parse(pattern).tokens).map(tokens => segmentsOf(tokens, pattern))

const expand = (tokens: readonly Token[]): readonly (readonly Token[])[] => {
  const [first, ...rest] = tokens
  if (!first) return [[]]
  const after = expand(rest)
  if (first.type !== 'group') return after.map(tail => [first, ...tail])
  return [...expand(first.tokens).flatMap(head => after.map(tail => [...head, ...tail])), ...after]
}

const segmentsOf = (tokens: readonly Token[], pattern: string): readonly Segment[] => {
  // Text between parameters is cut at its slashes; a parameter must stand alone between two.
  const parts = tokens.flatMap<Segment | '/'>(token => {
    if (token.type === 'text') {
      return token.value
        .split(/(\/)/)
        .filter(text => text !== '')
        .map(text => (text === '/' ? '/' : { kind: 'text', text }))
    }
    if (token.type === 'param') return [{ kind: 'param', name: token.name }]
    throw new TypeError(
      `route '${pattern}': '*${'name' in token ? token.name : ''}' is not supported`,
    )
  })
  const segments: Segment[] = []
  parts.forEach((part, index) => {
    if (part === '/') return
    if (parts[index - 1] !== '/') {
      throw new TypeError(`route '${pattern}': a parameter must fill the whole segment`)
    }
    segments.push(part)
  })
  return segments
}
