import type { Source } from '../errors.js'
import { type OrderRules, orderOf } from '../order.js'
import { isWaived, type PasteWarning, warningAt } from '../warnings.js'
import { type FactoryNode, paths, type TreeNode } from './tree.js'

interface Step {
  readonly node: FactoryNode
  readonly rules: OrderRules
  readonly section: Source | undefined
}

const nameOf = ({ node, section }: Step): string =>
  section ? `[${section.section}] (line ${section.line})` : node.plan.reference

/** Where it is named on this way: what is to be moved stands there. Else its section. */
const placeOf = ({ node, section }: Step): Source | undefined =>
  node.plan.chain.at(-2)?.ref ?? section

/** A filter's own section may allow it, for every pipeline. */
const isAllowed = ({ section }: Step): boolean =>
  section !== undefined && isWaived(warningAt('order', section, ''))

/** Where a filter's own rules are broken, on any way from the root to an application. */
export const orderWarnings = (root: TreeNode): PasteWarning[] => {
  const found = new Map<string, PasteWarning>()
  for (const path of paths(root)) {
    const steps = path.map(node => ({
      node,
      rules: orderOf(node.plan.factory),
      section: node.plan.section,
    }))
    for (const [index, step] of steps.entries()) {
      for (const text of broken(step, steps.slice(0, index), steps.slice(index + 1))) {
        const at = placeOf(step)
        if (!at || isAllowed(step)) continue
        const name = at === step.section ? '' : `${nameOf(step)} `
        found.set(`${at.file}:${at.line}:${text}`, warningAt('order', at, name + text))
      }
    }
  }
  return [...found.values()]
}

function* broken(step: Step, outer: readonly Step[], inner: readonly Step[]): Generator<string> {
  const { rules, section } = step
  const provides = ({ rules }: Step, tag: string): boolean => rules.provides?.includes(tag) ?? false
  const app = inner.at(-1) ?? step
  const way = app === step ? 'on the way to it' : `on the way to ${nameOf(app)}`
  for (const tag of rules.needs ?? []) {
    if (outer.some(one => provides(one, tag))) continue
    const late = inner.find(one => provides(one, tag))
    yield late
      ? `needs '${tag}', which ${nameOf(late)} provides, but that stands further in, ${way}: put it ahead`
      : `needs '${tag}', and nothing ahead of it provides that, ${way}`
  }
  for (const tag of rules.before ?? []) {
    const early = outer.find(one => provides(one, tag))
    if (early) {
      yield `must stand ahead of what provides '${tag}', and ${nameOf(early)} stands further out, ${way}`
    }
  }
  for (const tag of rules.after ?? []) {
    const late = inner.find(one => provides(one, tag))
    if (late) {
      yield `must stand behind what provides '${tag}', and ${nameOf(late)} stands further in, ${way}`
    }
  }
  const isFilter = ({ node }: Step): boolean => node.plan.want === 'filter'
  const ahead = outer.findLast(isFilter)
  if (rules.first && ahead)
    yield `must be the first filter, and ${nameOf(ahead)} stands ahead, ${way}`
  const behind = inner.find(isFilter)
  if (rules.last && behind) yield `must be the last filter, and ${nameOf(behind)} follows, ${way}`
  const twin = outer.find(one => one.node.plan.factory === step.node.plan.factory)
  if (rules.once && twin) {
    const same = twin.section?.line === section?.line && twin.section?.file === section?.file
    yield same
      ? `stands twice ${way}, and does its work once only`
      : `does what ${nameOf(twin)} does already, ${way}`
  }
}
