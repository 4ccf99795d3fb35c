import type { IniSection } from '../../ini/index.js'
import type { ConfigFile } from '../config-file.js'
import type { Chain, Source } from '../errors.js'
import type { Want } from '../kinds.js'
import { hasMark } from '../marks.js'
import { allNodes, type TreeNode } from './tree.js'

export interface Askable {
  readonly want: Want
  readonly name: string
  readonly section: IniSection
}

/** Which sections of a file lead to which, by the trees that they come to. */
export class Reach {
  readonly #file: ConfigFile
  readonly #trees: ReadonlyMap<string, TreeNode>

  /** @param trees  by the section's whole name; of a section that cannot be resolved there is none */
  constructor(file: ConfigFile, trees: ReadonlyMap<string, TreeNode>) {
    this.#file = file
    this.#trees = trees
  }

  tree({ section }: Askable): TreeNode | undefined {
    return this.#trees.get(section.name)
  }

  /** Applications of those names, whatever kind of section they are. */
  named(names: readonly string[]): readonly Askable[] {
    return this.#apps.filter(({ name }) => names.includes(name))
  }

  get #apps(): readonly Askable[] {
    return this.#file.askable.filter(({ want }) => want === 'app')
  }

  /** Those that the file itself says are asked for from outside: `# paste: entry` above the header. */
  get marked(): readonly Askable[] {
    const { lines } = this.#file.document
    return this.#apps.filter(({ section }) => hasMark(lines, section.at.line, 'entry'))
  }

  /** Where nobody says: the composites that no section refers to; else the pipelines; else the apps. */
  get guessed(): readonly Askable[] {
    const referred = new Set<string>()
    for (const { section } of this.#file.askable) {
      const own = this.#key(section.name)
      const tree = this.#trees.get(section.name)
      if (tree) for (const name of sectionsIn(tree)) if (name !== own) referred.add(name)
    }
    const free = this.#apps.filter(({ section }) => !referred.has(this.#key(section.name)))
    for (const kinds of entryKinds) {
      const found = free.filter(
        one => kinds.includes(one.section.name.split(':', 1)[0] ?? '') && this.tree(one),
      )
      if (found.length) return found
    }
    return []
  }

  /** What none of them leads to. Servers are asked for by name. */
  unreached(entries: readonly TreeNode[]): readonly Askable[] {
    const servers = this.#file.askable.filter(({ want }) => want === 'server')
    const trees = [...entries, ...servers.flatMap(one => this.tree(one) ?? [])]
    const reached = new Set(trees.flatMap(tree => [...sectionsIn(tree)]))
    return this.#file.askable.filter(
      ({ want, section }) => want !== 'server' && !reached.has(this.#key(section.name)),
    )
  }

  /** Those of them that no other of them leads to. */
  heads(some: readonly Askable[]): readonly Askable[] {
    const led = new Set(
      some.flatMap(one => {
        const tree = this.tree(one)
        const own = this.#key(one.section.name)
        return tree ? [...sectionsIn(tree)].filter(name => name !== own) : []
      }),
    )
    return some.filter(({ section }) => !led.has(this.#key(section.name)))
  }

  #key(section: string): string {
    return `${this.#file.path} ${section}`
  }
}

const entryKinds = [
  ['composite', 'composit'],
  ['pipeline', 'filter-app'],
  ['app', 'application'],
]

/** Every section that is part of it, those it uses too. */
function* sectionsIn(tree: TreeNode): Generator<string> {
  const name = ({ file, section }: Source): string => `${file} ${section}`
  const ofChain = (chain: Chain): string[] => chain.map(link => name(link.section))
  for (const node of allNodes(tree)) {
    if (node.type === 'broken' || !node.plan) continue
    if (node.plan.section) yield name(node.plan.section)
    yield* ofChain(node.plan.chain)
  }
}
