import type { ManageSession } from './session.js'

/** Makes an action of a command out of work that needs nova.conf and the databases. */
export type Run = <Options>(
  work: (session: ManageSession, options: Options) => Promise<number>,
) => (options: Options) => Promise<void>
