import type { Source } from './errors.js'
import { protocolOfCall, type Want } from './kinds.js'
import type { FactoryPlan } from './plan.js'
import type { Scope } from './scope.js'
import type { Via } from './session.js'
import type { Globals } from './settings.js'

/** A section that a test has put something else in the place of. */
export const stubPlan = (
  stub: unknown,
  want: Want,
  section: Source,
  scope: Scope,
  globals: Globals | null,
  { at, chain }: Via,
): FactoryPlan => ({
  type: 'factory',
  want,
  reference: `stub of ${section.section}`,
  protocol: protocolOfCall(want),
  factory: want === 'filter' ? () => stub : stub,
  at,
  section,
  globals: new Map(globals ?? []),
  options: new Map(),
  chain: [...chain, { section }],
  scope,
})
