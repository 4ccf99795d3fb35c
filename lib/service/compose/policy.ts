import { dirname, resolve } from 'node:path'
import type { NovaConf } from '../../conf/index.js'
import type { Log } from '../../log/index.js'
import { Enforcer } from '../../policy/index.js'

/**
 * The rules of `[oslo_policy]`.
 *
 * @param confFile  relative files of rules are looked for beside it; beside the working folder's when absent
 * @throws PolicyFileError
 */
export const enforcerOf = (conf: NovaConf, log: Log, confFile?: string): Enforcer => {
  const { oslo_policy: options } = conf
  const beside = (file: string): string => resolve(confFile ? dirname(confFile) : '.', file)
  return new Enforcer({
    policyFile: beside(options.policy_file),
    policyDirs: options.policy_dirs.map(beside),
    enforceScope: options.enforce_scope,
    enforceNewDefaults: options.enforce_new_defaults,
    defaultRule: options.policy_default_rule,
    onProblem: problem => log.warn({}, problem),
  })
}
