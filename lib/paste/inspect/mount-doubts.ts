import { distance } from '../../util/nearest.js'
import { type PasteWarning, warningAt } from '../warnings.js'
import { allNodes, type TreeNode } from './tree.js'

/** Letters that may be wrong before two paths are two paths. */
const slips = 2

/**
 * Paths at which one composite mounts an application that another mounts at nearly the same: one of them
 * is probably misspelt. `/v2` and `/v3` differ in a digit and are meant.
 */
export const mountDoubts = (trees: readonly TreeNode[]): readonly PasteWarning[] => {
  const mounts = new Map<string, Mounted>()
  for (const tree of trees) {
    for (const node of allNodes(tree)) {
      if (node.type !== 'factory') continue
      for (const { mount } of node.mounts) {
        const { at, key = '' } = mount ?? {}
        const target = mount && String(node.plan.options.get(mount.key)?.value ?? '')
        if (!at || !target || !key.startsWith('/')) continue
        const path = key.replaceAll(/\/\/+/g, '/')
        mounts.set(`${at.file}:${at.line}`, { key: path, target, at })
      }
    }
  }
  const all = [...mounts.values()]
  return all.flatMap(one => {
    const like = all.find(other => isLike(one, other))
    if (!like) return []
    const text = `'${one.key}' mounts ${one.target}, which [${like.at.section}] (line ${like.at.line}) mounts at '${like.key}': one of them may be misspelt.`
    return [warningAt('mount-doubtful', one.at, text, like.key)]
  })
}

interface Mounted {
  readonly key: string
  readonly target: string
  readonly at: NonNullable<Extract<TreeNode, { type: 'factory' }>['plan']['at']>
}

const isLike = (one: Mounted, other: Mounted): boolean =>
  one.target === other.target &&
  one.at.file === other.at.file &&
  one.at.section !== other.at.section &&
  one.key !== other.key &&
  one.key.length > slips + 1 &&
  digitsOf(one.key) === digitsOf(other.key) &&
  distance(one.key, other.key, slips + 1) <= slips

const digitsOf = (text: string): string => text.replaceAll(/\D/g, '')
