import { protocolOfCall, protocolsOf, type Want } from './kinds.js'
import type { FactoryPlan, Plan } from './plan.js'
import type { SectionAt } from './section-at.js'
import { type SectionLines, take } from './section-lines.js'
import { type Globals, lay } from './settings.js'
import { warningAt } from './warnings.js'

/** What a section comes to that uses another: that one's plan, its own lines laid over it. */
export const usedPlan = async (
  here: SectionAt,
  want: Want,
  globals: Globals,
  { options, additions }: SectionLines,
): Promise<Plan> => {
  const { session, scope, section, source, chain } = here
  const plan = await here.follow(want, take(options, 'use') ?? '', 'use', globals)
  for (const [key, setting] of additions) lay(plan.globals, key, setting)
  warnOfLost(here, plan, options)
  for (const [key, setting] of options) lay(plan.options, key, setting)
  const file = globals.get('__file__')
  if (file) plan.globals.set('__file__', file)
  if (plan.type === 'factory') {
    warnOfMove(here, plan)
    plan.scope = scope
    if (!plan.section) {
      plan.section = source
      plan.chain = chain
    }
    plan.protocol ??= protocolOfCall(want, section.name)
  }
  for (const protocol of protocolsOf[want].flat()) {
    const left = options.get(protocol)?.source
    if (!left) continue
    const text = `both 'use' and '${protocol}' stand here; 'use' wins, and the other is passed on as an option`
    session.warn(warningAt('protocol-left', left, text))
  }
  return plan
}

/** A composite of another file looks its children up here from now on. */
const warnOfMove = (here: SectionAt, { scope, section, protocol }: FactoryPlan): void => {
  if (!here.session.thorough) return
  if (!protocol?.startsWith('paste.composit') || scope.type !== 'file') return
  if (!section || scope.file.path === here.source.file) return
  const text = `[${section.section}] comes from ${scope.file.path}, but the names in it are looked up in this file; written as a mount (/ = config:…) it would keep its own`
  here.session.warn(warningAt('composite-moved', here.at('use'), text))
}

const warnOfLost = (here: SectionAt, plan: Plan, options: SectionLines['options']): void => {
  const lost =
    plan.type === 'pipeline' ||
    (plan.type === 'filter-with' && plan.next.options !== plan.options) ||
    (plan.type === 'filter-app' && plan.filter.options !== plan.options)
  if (!lost) return
  for (const [key, { source }] of options) {
    if (!source) continue
    const what = plan.section ? `[${plan.section.section}]` : 'what is used'
    const text = `'${key}' is lost: ${what} is a ${plan.type}, which has no options of its own; 'set ${key} = …' reaches its parts`
    here.session.warn(warningAt('option-lost', source, text))
  }
}
