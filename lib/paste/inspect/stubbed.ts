import { type StubOptions, stubbedPlan } from '../load-text.js'
import { growTree } from './tree.js'
import { type NodeView, viewOf } from './view.js'

/** As {@link showTree}, of a URI or a text, with stubs in it. */
export const stubbedTree = async (source: string, options: StubOptions = {}): Promise<NodeView> => {
  const { session, plan } = await stubbedPlan(source, options)
  return viewOf(await growTree(session, plan))
}
