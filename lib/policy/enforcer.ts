import { PolicyNotAuthorized } from '../exception/index.js'
import { policyDefaults } from './defaults.js'
import { type FileRule, fileVersion, policyFilesIn, readPolicyFile } from './policy-file.js'
import { type CompiledRule, compileRules, type RuleSet } from './rule-set.js'
import type {
  PolicyAttributes,
  PolicyChecker,
  PolicyCreds,
  RuleDefault,
  ScopeType,
} from './types.js'

export interface EnforcerOptions {
  /** The rules that exist; nova's when absent. */
  readonly defaults?: readonly RuleDefault[] | undefined
  /** `[oslo_policy] policy_file`, an absolute path. A file that is not there changes nothing. */
  readonly policyFile?: string | undefined
  /** `[oslo_policy] policy_dirs`, absolute paths; their files win over `policyFile`. */
  readonly policyDirs?: readonly string[] | undefined
  /** `[oslo_policy] enforce_scope`: refuse tokens of a scope that the rule does not name. */
  readonly enforceScope?: boolean | undefined
  /** `[oslo_policy] enforce_new_defaults` */
  readonly enforceNewDefaults?: boolean | undefined
  /** `[oslo_policy] policy_default_rule` */
  readonly defaultRule?: string | undefined
  /** Hears of changed files that could not be used (the rules before stay), and of doubtful rules. */
  readonly onProblem?: ((message: string) => void) | undefined
  /** Milliseconds, monotonic; for tests. */
  readonly now?: (() => number) | undefined
}

/** How often, at most, files are looked at: milliseconds. */
const checkInterval = 1000

/**
 * Decides by the rules whether somebody may do something: nova's defaults, with what an operator's
 * policy file puts in their place. Changes of the files come into force within a second of use.
 *
 * @throws PolicyFileError when made with files that cannot be used
 */
export class Enforcer implements PolicyChecker {
  readonly #options: EnforcerOptions
  readonly #now: () => number
  readonly #defaults = new Map<string, RuleDefault>()
  #set: RuleSet
  #version: string
  #checkedAt: number

  constructor(options: EnforcerOptions = {}) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    for (const rule of options.defaults ?? policyDefaults) this.#defaults.set(rule.name, rule)
    this.#checkedAt = this.#now()
    this.#version = this.#filesVersion()
    this.#set = this.#load()
  }

  /** Adds rules, an extension's say. Files may override these too. */
  register(rules: readonly RuleDefault[]): void {
    for (const rule of rules) {
      if (this.#defaults.has(rule.name)) throw new Error(`policy rule ${rule.name} exists already`)
    }
    for (const rule of rules) this.#defaults.set(rule.name, rule)
    this.#set = this.#load()
  }

  /**
   * Reads the files now, changed or not.
   *
   * @throws PolicyFileError for one that cannot be used; the rules before stay
   */
  reload(): void {
    const version = this.#filesVersion()
    this.#set = this.#load()
    this.#version = version
    this.#checkedAt = this.#now()
  }

  /** Names of all rules in force. */
  get ruleNames(): readonly string[] {
    return [...this.#set.rules.keys()]
  }

  authorize(rule: string, target: PolicyAttributes, creds: PolicyCreds): boolean {
    this.#reloadIfChanged()
    const { rules } = this.#set
    const found = rules.get(rule) ?? rules.get(this.#options.defaultRule ?? 'default')
    return found ? this.#inScope(found, creds) && found.check(creds, target) : false
  }

  forbidden(rule: string): Error {
    return new PolicyNotAuthorized({ action: rule })
  }

  #inScope({ scopeTypes }: CompiledRule, creds: PolicyCreds): boolean {
    if (this.#options.enforceScope === false || !scopeTypes) return true
    return scopeTypes.includes(scopeOf(creds))
  }

  #reloadIfChanged(): void {
    const now = this.#now()
    if (now - this.#checkedAt < checkInterval) return
    this.#checkedAt = now
    const version = this.#filesVersion()
    if (version === this.#version) return
    this.#version = version // also when unusable: it is complained of once a change
    try {
      this.#set = this.#load()
    } catch (error) {
      this.#options.onProblem?.(`policy not reloaded: ${(error as Error).message}`)
    }
  }

  #load(): RuleSet {
    const fileRules = new Map<string, FileRule>()
    for (const file of this.#files()) {
      if (fileVersion(file) === null) continue
      for (const rule of readPolicyFile(file)) fileRules.set(rule.name, rule)
    }
    const set = compileRules(this.#defaults.values(), fileRules, {
      enforceNewDefaults: this.#options.enforceNewDefaults ?? true,
      defaultRule: this.#options.defaultRule ?? 'default',
    })
    for (const warning of set.warnings) this.#options.onProblem?.(warning)
    return set
  }

  #files(): readonly string[] {
    const { policyFile, policyDirs = [] } = this.#options
    return [...(policyFile ? [policyFile] : []), ...policyDirs.flatMap(policyFilesIn)]
  }

  #filesVersion(): string {
    return this.#files()
      .map(file => `${file}=${fileVersion(file)}`)
      .join('\n')
  }
}

const scopeOf = (creds: PolicyCreds): ScopeType => {
  if (creds.systemScope) return 'system'
  return creds.domainId ? 'domain' : 'project'
}
