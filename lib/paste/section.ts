import { dirname } from 'node:path'
import { words } from '../ini/index.js'
import type { Want } from './kinds.js'
import { findEntries } from './packages.js'
import type { Plan } from './plan.js'
import type { SectionAt } from './section-at.js'
import { explicitFactory } from './section-factory.js'
import { type SectionLines, sortLines, take } from './section-lines.js'
import { missing, pipelinePlan } from './section-pipeline.js'
import { usedPlan } from './section-use.js'
import { type Globals, lay, type Options } from './settings.js'
import { warningAt } from './warnings.js'

/** From one section to its plan: PasteDeploy's ConfigLoader.get_context, rule by rule. */
export const sectionPlan = async (here: SectionAt, given: Globals | null): Promise<Plan> => {
  const globals = here.scope.defaults(here.chain)
  for (const [key, setting] of given ?? []) lay(globals, key, setting)
  warnOfHere(here, globals)
  const lines = sortLines(here, globals)
  const { options } = lines
  const filterWith = here.want === 'server' ? undefined : take(options, 'filter-with')
  findRequired(here, options)

  const { name } = here.section
  const plan = name.startsWith('filter-app:')
    ? await filterAppPlan(here, globals, lines)
    : name.startsWith('pipeline:')
      ? await pipelinePlan(here, globals, options)
      : await ownPlan(here, here.want, globals, lines)
  if (filterWith === undefined) return plan
  const filter = await here.follow('filter', filterWith, 'filter-with', globals)
  return { ...here.common(globals, options), type: 'filter-with', filter, next: plan }
}

/** The global `here` is the folder of the outermost file, `%(here)s` that of the file it stands in. */
const warnOfHere = ({ session, chain, source }: SectionAt, globals: Globals): void => {
  const [by] = chain.slice(-2)
  const outer = globals.get('here')?.value
  const own = dirname(source.file)
  if (!session.thorough || !by || by.section.file === source.file) return
  if (outer === undefined || outer === own) return
  const text = `the factory of [${source.section}] is told here = ${outer}, the folder of the outermost file; %(here)s in its own is ${own}`
  session.warn(warningAt('here-moved', by.ref ?? source, text))
}

/** By `use`, or by a protocol. */
const ownPlan = (
  here: SectionAt,
  want: Want,
  globals: Globals,
  lines: SectionLines,
): Promise<Plan> =>
  lines.options.has('use')
    ? usedPlan(here, want, globals, lines)
    : explicitFactory(here, want, globals, lines.options)

/** @throws PasteError no-package */
const findRequired = (here: SectionAt, options: Options): void => {
  for (const name of words(take(options, 'require') ?? '')) {
    const asking = { at: here.at('require', name), chain: here.chain }
    findEntries(name, here.scope.folder, here.session.packages, asking)
  }
}

/** @throws PasteError missing-next */
const filterAppPlan = async (
  here: SectionAt,
  globals: Globals,
  lines: SectionLines,
): Promise<Plan> => {
  const nextName = take(lines.options, 'next')
  if (nextName === undefined) {
    throw missing(
      here,
      'missing-next',
      'next',
      'the app that the filter goes around',
      lines.options,
    )
  }
  const next = await here.follow('app', nextName, 'next', globals)
  const filter = await ownPlan(here, 'filter', globals, lines)
  return { ...here.common(globals, lines.options), type: 'filter-app', filter, next }
}
