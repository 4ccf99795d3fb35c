import { markConverted } from './converted.js'
import {
  convertOptions,
  declarationsOf,
  isWarning,
  type OptionProblem,
} from './declared-options.js'
import { PasteError } from './errors.js'
import { middlewareOf, middlewareProblems } from './middleware.js'
import type { FactoryPlan } from './plan.js'
import { type OptionDoubt, reviewOf } from './review.js'
import { isSecretName } from './secrets.js'
import { toLocalConf } from './settings.js'
import type { LocalConf } from './types.js'
import { type PasteWarning, type Warn, warningAt } from './warnings.js'

/** What is to be said of a section's options before its factory is called. */
export interface OptionReport {
  readonly localConf: LocalConf
  readonly errors: readonly PasteError[]
  readonly warnings: readonly PasteWarning[]
}

/**
 * The options for a factory, refused as Python's call would refuse unknown or missing keywords.
 *
 * @throws PasteError factory-signature, bad-option
 */
export const checkedOptions = (
  factory: object,
  name: string,
  plan: FactoryPlan,
  warn: Warn,
): LocalConf => {
  const { localConf, errors, warnings } = reportOptions(factory, name, plan)
  const [error] = errors
  if (error) throw error
  for (const warning of warnings) warn(warning)
  return localConf
}

/** All there is to say, whatever is wrong. */
export const reportOptions = (factory: object, name: string, plan: FactoryPlan): OptionReport => {
  const errorOf = ({ what, key, reason, suggestion }: OptionProblem): PasteError =>
    new PasteError(what === 'bad-value' ? 'bad-option' : 'factory-signature', reason, {
      at: plan.options.get(key)?.source ?? plan.section ?? plan.at,
      chain: plan.chain,
      suggestion,
    })
  const warningsOf = (code: PasteWarning['code'], doubt: OptionDoubt): PasteWarning[] => {
    const at = plan.options.get(doubt.key ?? '')?.source ?? plan.section
    return at ? [warningAt(code, at, doubt.reason, doubt.suggestion)] : []
  }
  const middleware = middlewareOf(factory)
  if (middleware) {
    const localConf = toLocalConf(plan.options)
    const { problems, doubts } = middlewareProblems(middleware, localConf)
    return {
      localConf,
      errors: problems.map(errorOf),
      warnings: doubts.flatMap(doubt => warningsOf('option-doubtful', doubt)),
    }
  }
  const declared = declarationsOf(factory)
  if (!declared) return { localConf: toLocalConf(plan.options), errors: [], warnings: [] }
  const given = [...plan.options].map(([key, { value }]) => [key, value] as const)
  const hides = (key: string): boolean =>
    (plan.options.get(key)?.secret ?? false) || isSecretName(key)
  const { values, problems } = convertOptions(declared, given, name, hides)
  return {
    localConf: markConverted(values as LocalConf),
    errors: problems.filter(problem => !isWarning(problem)).map(errorOf),
    warnings: [
      ...problems
        .filter(isWarning)
        .flatMap(problem =>
          warningsOf(problem.what === 'ignored' ? 'option-ignored' : 'option-deprecated', problem),
        ),
      ...[...reviewOf(factory)(toLocalConf(plan.options))].flatMap(doubt =>
        warningsOf('option-doubtful', doubt),
      ),
    ],
  }
}
