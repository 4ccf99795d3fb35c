import type { GlobalConf } from '../../paste/types.js'
import { runtimeOf } from '../../runtime/index.js'

/** Tells the operator, through the process's log where there is one, what clients are not told. */
export const reporter =
  (globalConf: GlobalConf, service: string) =>
  (error: unknown): void => {
    logOf(globalConf)?.error({ err: error }, `${service}: request failed`)
  }

const logOf = (globalConf: GlobalConf) => {
  try {
    return runtimeOf(globalConf).log
  } catch {
    // An ini that is loaded without a process behind it: its app answers all the same.
    return undefined
  }
}
