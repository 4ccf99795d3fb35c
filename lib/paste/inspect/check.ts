import type { ConfigFile } from '../config-file.js'
import { PasteError } from '../errors.js'
import { type LoadOptions, planFor, sessionOf } from '../load.js'
import { resolveName } from '../resolve.js'
import type { FileScope } from '../scope.js'
import type { Session } from '../session.js'
import type { Globals } from '../settings.js'
import { warningAt } from '../warnings.js'
import { Collected } from './collected.js'
import { curesOf } from './cures/index.js'
import { lookAtFactory, lookAtMounts } from './factory-problems.js'
import { type Finding, findingOfError, findingOfWarning } from './finding.js'
import { mountDoubts } from './mount-doubts.js'
import { orderWarnings } from './order.js'
import { type Askable, Reach } from './reach.js'
import { allNodes, growTree, type TreeNode } from './tree.js'
import { unusedText } from './unused.js'

export interface CheckResult {
  /** In the order of the files. */
  readonly findings: readonly Finding[]
  readonly files: readonly string[]
  readonly sections: number
}

export interface CheckOptions extends LoadOptions {
  /** More applications that are asked for from outside, as far as the file has them. */
  readonly others?: readonly string[] | undefined
}

/**
 * Looks at every section of every file that is reached: all references followed, modules imported,
 * declared options converted, rules of order held against each way through. No factory is called.
 *
 * All begins at the section that is named (by an option or in the URI), at those that the file marks by
 * `# paste: entry`, or else at whatever nobody refers to; what is not reached from there is unused.
 */
export const checkFile = async (uri: string, options: CheckOptions = {}): Promise<CheckResult> =>
  new Checker(uri, options).run()

class Checker {
  readonly #uri: string
  readonly #options: CheckOptions
  readonly #session: Session
  readonly #told = new Collected()
  readonly #opened = new Map<ConfigFile, { scope: FileScope; globals: Globals | null }>()
  /** By file, then by the section's whole name. */
  readonly #trees = new Map<ConfigFile, Map<string, TreeNode>>()
  /** What the URI itself names. */
  #main: TreeNode | undefined

  constructor(uri: string, options: CheckOptions) {
    this.#uri = uri
    this.#options = options
    this.#session = sessionOf(
      { ...options, strict: false, warn: warning => this.#told.warn(warning) },
      {
        alsoWrong: error => this.#told.wrong(error),
        opened: (scope, globals) => {
          if (!this.#opened.has(scope.file)) this.#opened.set(scope.file, { scope, globals })
        },
      },
    )
  }

  async run(): Promise<CheckResult> {
    const named = this.#options.name ?? (/#(.*)$/s.exec(this.#uri)?.[1] || undefined)
    await this.#start(named)
    // files join while sections are looked at
    for (const { scope, globals } of this.#opened.values()) await this.#sections(scope, globals)
    for (const tree of [...(this.#main ? [this.#main] : []), ...this.#allTrees()]) this.#look(tree)
    const [first] = this.#opened.keys()
    const unreached = first ? this.#entries(first, named) : []
    return this.#result(unreached, named)
  }

  #allTrees(): readonly TreeNode[] {
    return [...this.#trees.values()].flatMap(trees => [...trees.values()])
  }

  /** Opens the file, whatever becomes of the section that is asked for. */
  async #start(named: string | undefined): Promise<void> {
    try {
      const plan = await planFor(this.#session, 'app', this.#uri, this.#options)
      this.#main = await growTree(this.#session, plan)
    } catch (error) {
      // that a file has no [app:main] is wrong only where that is asked for
      const absent =
        error instanceof PasteError && error.kind === 'no-section' && error.line === undefined
      if (!absent || named !== undefined) this.#told.wrong(error)
    }
  }

  async #sections(scope: FileScope, globals: Globals | null): Promise<void> {
    const trees = new Map<string, TreeNode>()
    this.#trees.set(scope.file, trees)
    for (const { want, name, section } of scope.file.askable) {
      try {
        const via = { at: undefined, chain: [] }
        const plan = await resolveName(this.#session, scope, want, name, globals, via)
        trees.set(section.name, await growTree(this.#session, plan))
      } catch (error) {
        this.#told.wrong(error)
      }
    }
  }

  #look(tree: TreeNode): void {
    for (const node of allNodes(tree)) {
      if (node.type === 'broken') this.#told.wrong(node.error)
      if (node.type !== 'factory') continue
      lookAtFactory(node.plan, this.#told)
      if (node.mounts.length) lookAtMounts(node.plan, this.#told)
    }
  }

  /** Looks at what begins in the first file. @returns what is not reached from there */
  #entries(file: ConfigFile, named: string | undefined): readonly Askable[] {
    const reach = new Reach(file, this.#trees.get(file) ?? new Map())
    const { others = [] } = this.#options
    const asked = [...(named === undefined ? [] : reach.named([named])), ...reach.marked]
    const known = [...asked, ...reach.named(others)]
    const main = this.#main ? [this.#main] : []
    const guessed = reach.guessed
    const begin = known.length || main.length ? known : guessed
    const treesOf = (some: readonly Askable[]) => some.flatMap(one => reach.tree(one) ?? [])
    const entries = [...main, ...treesOf(begin)]
    for (const tree of [...entries, ...treesOf(guessed)]) {
      for (const warning of orderWarnings(tree)) this.#told.warn(warning)
    }
    for (const warning of mountDoubts(this.#allTrees())) this.#told.warn(warning)
    if (!entries.length) return []
    const from = asked.length
      ? [...new Set(asked.map(({ name }) => name))]
      : main.length
        ? [named ?? 'main']
        : []
    const unreached = reach.unreached(entries)
    for (const one of unreached) {
      const text = unusedText(one, file, from, reach, this.#told)
      if (text) this.#told.warn(warningAt('unused-section', file.sourceOf(one.section), text))
    }
    return unreached
  }

  async #result(unreached: readonly Askable[], named: string | undefined): Promise<CheckResult> {
    const files = [...this.#opened.keys()]
    const told = this.#told
    const trees = this.#trees
    const { others = [] } = this.#options
    const asked = named === undefined ? others : [named, ...others]
    const [first] = files
    const heads = first ? new Reach(first, trees.get(first) ?? new Map()).heads(unreached) : []
    const session = this.#session
    const cures = await curesOf({ told, files, unreached, heads, asked, session, trees })
    for (const warning of cures.more) told.warn(warning)
    const { errors, warnings } = told
    const findings = [
      ...errors.map(error => ({ told: error, ...cures.of(error) })),
      ...warnings.map(warning => ({ told: warning, ...cures.of(warning) })),
    ]
      .filter(({ again }) => !again)
      .map(({ told, ...cure }) =>
        told instanceof PasteError ? findingOfError(told, cure) : findingOfWarning(told, cure),
      )
    const order = new Map(files.map((file, index) => [file.path, index]))
    const rank = ({ file }: Finding): number => order.get(file ?? '') ?? -1
    return {
      findings: findings.toSorted(
        (a, b) =>
          rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
      ),
      files: files.map(file => file.path),
      sections: files.reduce((sum, file) => sum + file.askable.length, 0),
    }
  }
}
