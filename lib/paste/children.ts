import { words } from '../ini/index.js'
import type { Source } from './errors.js'
import type { Want } from './kinds.js'
import type { FactoryPlan, Plan } from './plan.js'
import { resolveName } from './resolve.js'
import type { Session } from './session.js'
import { type Globals, symbolsOf } from './settings.js'
import { warningAt } from './warnings.js'

/**
 * What a composite asks for.
 *
 * @param globals  absent: the child begins with those of its file
 * @param key  the option that names it, where that is known: a loader is told the name only
 */
export const childPlan = (
  session: Session,
  plan: FactoryPlan,
  want: Want,
  name: string | undefined,
  globals: Globals | undefined,
  key?: string,
): Promise<Plan> => {
  const at = askedBy(plan, name, key)
  const last = plan.chain.at(-1)
  const chain = last ? [...plan.chain.slice(0, -1), { ...last, ref: at }] : plan.chain
  if (!globals) warnOfLost(session, plan)
  const given = globals ?? symbolsOf(plan.globals)
  return resolveName(session, plan.scope, want, name ?? null, given, { at, chain })
}

/** What `set` lines say does not reach a child that is asked for without the composite's globals. */
const warnOfLost = (session: Session, plan: FactoryPlan): void => {
  for (const [key, { source }] of plan.globals) {
    if (!source?.option?.startsWith('set ') || typeof key !== 'string') continue
    const text = `'set ${key}' does not reach what [${plan.section?.section}] asks for: it begins again with the globals of the file`
    session.warn(warningAt('globals-lost', source, text))
  }
}

/** The option of a composite that most likely names this child, and the name in it. */
const askedBy = (
  plan: FactoryPlan,
  name: string | undefined,
  key: string | undefined,
): Source | undefined => {
  const known = key === undefined ? undefined : plan.options.get(key)
  if (name === undefined) return known?.source ?? plan.section
  const options = known ? [known] : [...plan.options.values()]
  const whole = options.find(({ value }) => value === name)
  const part = options.find(({ value }) => words(String(value)).includes(name))
  const source = (whole ?? part)?.source
  return source ? wordIn(source, name) : plan.section
}

/** The place of a word in the value of an option, which may go on over several lines. */
const wordIn = (source: Source, word: string): Source => {
  const { lines, line, column } = source
  for (let index = line - 1; index < lines.length; index++) {
    const text = lines[index] ?? ''
    // the value ends where a line stands no deeper than its key
    if (index >= line && text.trim() && text.length - text.trimStart().length < column) break
    const start = index === line - 1 ? column - 1 + (source.option?.length ?? 0) : 0
    const found = ` ${text.slice(start).replace(/^\s*[=:]/, match => ' '.repeat(match.length))} `
      .replaceAll(/\s/g, ' ')
      .indexOf(` ${word} `)
    if (found >= 0) {
      return { ...source, line: index + 1, column: start + found + 1, length: word.length }
    }
  }
  return source
}
