import type { Want } from '../kinds.js'
import { type LoadOptions, planFor, sessionOf } from '../load.js'
import type { PasteWarning } from '../warnings.js'
import { growTree } from './tree.js'
import { type NodeView, viewOf } from './view.js'

export interface Shown {
  readonly tree: NodeView
  /** Files that it came from, by their paths. */
  readonly files: readonly string[]
}

/**
 * The effective tree of what a URI names; no factory is called.
 *
 * @throws PasteError where the outermost section cannot be resolved; what cannot be further in is a part
 *   of the tree
 */
export const showTree = async (
  uri: string,
  options: LoadOptions = {},
  want: Want = 'app',
): Promise<Shown> => {
  const warnings: PasteWarning[] = []
  const session = sessionOf({ ...options, strict: false, warn: one => warnings.push(one) })
  const tree = await growTree(session, await planFor(session, want, uri, options))
  const files = await Promise.all(session.files.values())
  return { tree: viewOf(tree, warnings), files: files.map(file => file.path) }
}
