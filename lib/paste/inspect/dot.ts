import type { NodeView } from './view.js'

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

const shapes: Readonly<Record<NodeView['kind'], string>> = {
  app: 'box, style="rounded,filled", fillcolor="#d9ead3"',
  composite: 'diamond, style=filled, fillcolor="#fff2cc"',
  pipeline: 'plaintext',
  filter: 'box, style=filled, fillcolor="#dce8f6"',
  server: 'ellipse',
  broken: 'box, style=filled, fillcolor="#f4cccc"',
}

/** The tree for Graphviz: `paster show app.ini --dot | dot -Tsvg`. */
export const treeDot = (root: NodeView): string => {
  const lines: string[] = []
  let count = 0
  const labelOf = (node: NodeView): string =>
    [node.name, ...node.options.map(({ name, value }) => `${name} = ${value}`)].join('\n')

  /** @returns the identifier that an edge leads to */
  const draw = (node: NodeView): string => {
    if (node.kind === 'pipeline') {
      const id = `cluster${count++}`
      lines.push(`subgraph ${id} { label=${quoted(node.name)}; color="#999999"; fontsize=10`)
      const members = [...(node.filters ?? []), ...(node.app ? [node.app] : [])].map(draw)
      lines.push('}')
      for (const [index, member] of members.slice(1).entries()) {
        lines.push(`${members[index]} -> ${member}`)
      }
      return members[0] ?? id
    }
    const id = `n${count++}`
    lines.push(`${id} [label=${quoted(labelOf(node))}, shape=${shapes[node.kind]}]`)
    for (const mount of node.mounts ?? []) {
      lines.push(`${id} -> ${draw(mount)} [label=${quoted(mount.mount ?? '')}]`)
    }
    return id
  }
  draw(root)
  return `digraph paste {\nrankdir=LR; node [fontname="sans-serif", fontsize=11]; edge [fontname="sans-serif", fontsize=10]\n${lines.join('\n')}\n}\n`
}
