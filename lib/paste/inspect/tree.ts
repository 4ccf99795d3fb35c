import { words } from '../../ini/index.js'
import { childPlan } from '../children.js'
import { declarationFor, declarationsOf } from '../declared-options.js'
import type { Source } from '../errors.js'
import type { FactoryPlan, Plan } from '../plan.js'
import type { Session } from '../session.js'

/** A child of a composite is asked for by an option: its key, and where that stands. */
export interface Mount {
  readonly key: string
  readonly at: Source | undefined
}

interface Common {
  /** Present in a composite. */
  readonly mount?: Mount | undefined
}

/** A factory's thing: an app, a filter or a server; of a composite with what is mounted in it. */
export interface FactoryNode extends Common {
  readonly type: 'factory'
  readonly plan: FactoryPlan
  readonly mounts: readonly TreeNode[]
}

/** Filters around an app, outermost first. */
export interface PipelineNode extends Common {
  readonly type: 'pipeline'
  /** Absent for a pipeline that stands in an option of a composite. */
  readonly plan: Plan | undefined
  readonly filters: readonly TreeNode[]
  readonly app: TreeNode
}

/** What could not be resolved. */
export interface BrokenNode extends Common {
  readonly type: 'broken'
  readonly name: string
  readonly error: unknown
}

export type TreeNode = FactoryNode | PipelineNode | BrokenNode

/** More than anybody's file has; composites that mount one another many times over can explode. */
const maxNodes = 50_000

/** Everything that a plan comes to, the children of composites too. Nothing is made. */
export const growTree = async (session: Session, plan: Plan): Promise<TreeNode> =>
  new Grower(session).grow(plan)

class Grower {
  readonly #session: Session
  #nodes = 0

  constructor(session: Session) {
    this.#session = session
  }

  async grow(plan: Plan, mount?: Mount): Promise<TreeNode> {
    if (++this.#nodes > maxNodes) throw new RangeError(`the tree has more than ${maxNodes} nodes`)
    switch (plan.type) {
      case 'pipeline': {
        const filters = (await Promise.all(plan.filters.map(one => this.#filters(one)))).flat()
        return { type: 'pipeline', plan, mount, filters, app: await this.grow(plan.app) }
      }
      case 'filter-app':
      case 'filter-with': {
        const filters = await this.#filters(plan.filter)
        return { type: 'pipeline', plan, mount, filters, app: await this.grow(plan.next) }
      }
      case 'factory':
        return { type: 'factory', plan, mount, mounts: await this.#mounts(plan) }
    }
  }

  /** A filter with filters around it comes as all of them, outermost first. */
  async #filters(plan: Plan): Promise<TreeNode[]> {
    if (plan.type !== 'filter-with') return [await this.grow(plan)]
    return [...(await this.#filters(plan.filter)), ...(await this.#filters(plan.next))]
  }

  async #mounts(plan: FactoryPlan): Promise<TreeNode[]> {
    if (!plan.protocol?.startsWith('paste.composit')) return []
    const declared = declarationsOf(plan.factory)
    const mounts: TreeNode[] = []
    for (const [key, { value, source }] of plan.options) {
      const text = String(value)
      const mount = { key, at: source }
      const type = declared ? declarationFor(declared, key)?.type : this.#guess(plan, text)
      if (type === 'app') mounts.push(await this.#child(plan, text, mount, true))
      else if (type === 'pipeline') mounts.push(await this.#pipeline(plan, text, mount))
    }
    return mounts
  }

  /** A composite that declares nothing: a value that names an application most likely means it. */
  #guess(plan: FactoryPlan, text: string): 'app' | 'pipeline' | undefined {
    const { scope } = plan
    if (scope.type !== 'file') return undefined
    const names = words(text)
    const last = names.pop()
    if (last === undefined || !scope.file.has('app', last)) return undefined
    if (!names.length) return 'app'
    return names.every(name => scope.file.has('filter', name)) ? 'pipeline' : undefined
  }

  async #child(
    plan: FactoryPlan,
    name: string,
    mount: Mount | undefined,
    globals: boolean,
    want: 'app' | 'filter' = 'app',
    key = mount?.key,
  ): Promise<TreeNode> {
    try {
      const child = await childPlan(
        this.#session,
        plan,
        want,
        name,
        globals ? plan.globals : undefined,
        key,
      )
      return await this.grow(child, mount)
    } catch (error) {
      return { type: 'broken', name, mount, error }
    }
  }

  async #pipeline(plan: FactoryPlan, text: string, mount: Mount): Promise<TreeNode> {
    const names = words(text)
    const last = names.pop() ?? ''
    const filters: TreeNode[] = []
    for (const name of names) {
      filters.push(await this.#child(plan, name, undefined, false, 'filter', mount.key))
    }
    const app = await this.#child(plan, last, undefined, false, 'app', mount.key)
    return { type: 'pipeline', plan: undefined, mount, filters, app }
  }
}

/** The nodes themselves and everything in them, outermost first. */
export function* allNodes(node: TreeNode): Generator<TreeNode> {
  yield node
  if (node.type === 'factory') for (const child of node.mounts) yield* allNodes(child)
  if (node.type === 'pipeline') {
    for (const filter of node.filters) yield* allNodes(filter)
    yield* allNodes(node.app)
  }
}

/** Every way from the root to an application: what a request meets, outermost first. */
export function* paths(
  node: TreeNode,
  before: readonly FactoryNode[] = [],
): Generator<readonly FactoryNode[]> {
  if (node.type === 'broken') return
  if (node.type === 'pipeline') {
    const filters = node.filters.filter(filter => filter.type === 'factory')
    // nobody knows what the broken one would have been
    if (filters.length < node.filters.length) return
    yield* paths(node.app, [...before, ...filters])
  } else if (node.mounts.length) {
    for (const child of node.mounts) yield* paths(child, [...before, node])
  } else {
    yield [...before, node]
  }
}

/** The tree of what a URI names is refused where a part of it is. */
export const brokenIn = (node: TreeNode): unknown => {
  for (const one of allNodes(node)) if (one.type === 'broken') return one.error
  return undefined
}
