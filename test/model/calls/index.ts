import type { Call } from './call.js'
import { deviceCalls } from './devices.js'
import { lifeCalls } from './lives.js'
import { markCalls } from './marks.js'
import { moveCalls } from './moves.js'
import { powerCalls } from './power.js'

export type { Call, Outcome, Request } from './call.js'

/** All that can be asked of a server. */
export const calls: readonly Call[] = [
  ...powerCalls,
  ...moveCalls,
  ...lifeCalls,
  ...markCalls,
  ...deviceCalls,
]
