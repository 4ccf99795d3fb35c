import { words } from '../ini/index.js'
import { PasteError } from './errors.js'
import { meantKey } from './meant-key.js'
import type { Plan } from './plan.js'
import type { SectionAt } from './section-at.js'
import { take } from './section-lines.js'
import type { Globals, Options } from './settings.js'
import { stubPlan } from './stub-plan.js'

/** @throws PasteError missing-pipeline, pipeline-extra-options, empty-pipeline */
export const pipelinePlan = async (
  here: SectionAt,
  globals: Globals,
  options: Options,
): Promise<Plan> => {
  const { chain } = here
  const text = take(options, 'pipeline')
  if (text === undefined) {
    throw missing(here, 'missing-pipeline', 'pipeline', 'the filters and, last, the app', options)
  }
  const extra = [...options.keys()]
  if (extra[0] !== undefined) {
    const told = extra.map(key => `'${key}'`).join(', ')
    const error = new PasteError(
      'pipeline-extra-options',
      `a pipeline takes no options but 'pipeline', 'set …' and 'filter-with'; here are ${told}`,
      { at: here.at(extra[0]), chain },
    )
    if (!here.session.alsoWrong) throw error
    here.session.alsoWrong(error)
  }
  const names = words(text)
  const cut = here.session.cut
  const end = cut ? names.slice(0, -1).findIndex(name => `filter:${name}` === cut.at) : -1
  if (cut && end >= 0) {
    cut.met()
    const filters: Plan[] = []
    for (const name of names.slice(0, end)) {
      filters.push(await here.follow('filter', name, 'pipeline', globals))
    }
    const at = here.at('pipeline', names[end])
    const via = { at, chain }
    const app = stubPlan(() => cut.app, 'app', { ...at, section: cut.at }, here.scope, globals, via)
    return { ...here.common(globals, options), type: 'pipeline', filters, app }
  }
  const last = names.at(-1)
  if (last === undefined) {
    const reason = "'pipeline' is empty: it must name an app at least"
    throw new PasteError('empty-pipeline', reason, { at: here.at('pipeline'), chain })
  }
  const [app, ...filters] = await all(here, [
    () => here.follow('app', last, 'pipeline', globals),
    ...names.slice(0, -1).map(name => () => here.follow('filter', name, 'pipeline', globals)),
  ])
  return { ...here.common(globals, options), type: 'pipeline', filters, app }
}

/** What a section cannot do without; a key that is like it was probably meant to be it. */
export const missing = (
  here: SectionAt,
  kind: 'missing-pipeline' | 'missing-next',
  name: string,
  what: string,
  options: Options,
): PasteError => {
  const { chain, section, source } = here
  const own = [...options.keys()].filter(key => section.has(key))
  const slip = own.find(key => meantKey(key, [name]) !== undefined)
  const reason = `'${name}' is missing: ${what}${slip === undefined ? '' : `; there is '${slip}'.`}`
  const at = slip === undefined ? source : here.at(slip)
  return new PasteError(kind, reason, { at, chain, suggestion: slip && name })
}

/** One after the other, to the first that fails; or to the end, where every failure is asked for. */
const all = async <First, Rest>(
  { session: { alsoWrong } }: SectionAt,
  [first, ...rest]: readonly [() => Promise<First>, ...(() => Promise<Rest>)[]],
): Promise<[First, ...Rest[]]> => {
  if (!alsoWrong) {
    const done: [First, ...Rest[]] = [await first()]
    for (const one of rest) done.push(await one())
    return done
  }
  const [head, ...tail] = [await settle(first), ...(await Promise.all(rest.map(settle)))]
  const failed = [head, ...tail].filter(outcome => 'error' in outcome)
  for (const { error } of failed.slice(1)) alsoWrong(error)
  if (failed[0]) throw failed[0].error
  return [gained(head), ...tail.map(gained)]
}

type Outcome<Value> = { readonly value: Value } | { readonly error: unknown }

const settle = async <Value>(make: () => Promise<Value>): Promise<Outcome<Value>> => {
  try {
    return { value: await make() }
  } catch (error) {
    return { error }
  }
}

const gained = <Value>(outcome: Outcome<Value>): Value => {
  if ('error' in outcome) throw outcome.error
  return outcome.value
}
