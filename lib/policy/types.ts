/** The caller's side of a policy check (oslo.policy's credentials). */
export interface PolicyCreds {
  readonly userId: string | null
  readonly projectId: string | null
  readonly domainId: string | null
  readonly systemScope: string | null
  readonly roles: readonly string[]
  readonly isAdmin: boolean
  readonly isAdminProject: boolean
  readonly userDomainId?: string | null
  readonly projectDomainId?: string | null
}

/** What is acted upon: the names that a rule's `%(name)s` may ask for. */
export type PolicyAttributes = Readonly<Record<string, unknown>>

/** What the policy engine is asked by a request context; {@link Enforcer} implements it. */
export interface PolicyChecker {
  /**
   * @param target  attributes the rule may compare, `project_id` and `user_id` above all
   * @returns whether the rule lets these credentials pass; unknown rules do not
   */
  authorize(rule: string, target: PolicyAttributes, creds: PolicyCreds): boolean
  /** What is thrown when it does not. */
  forbidden(rule: string): Error
}

/** What a token is scoped to. A token without scope counts as a project's, as in oslo.policy. */
export type ScopeType = 'system' | 'domain' | 'project'

/** A rule that the code declares; a policy file may replace its check. */
export interface RuleDefault {
  readonly name: string
  readonly check: string
  /** What it guards, `METHOD /path`; empty for a rule that only others refer to. */
  readonly operations: readonly string[]
  /** The scopes it may be used with; undefined: any. */
  readonly scopeTypes?: readonly ScopeType[] | undefined
  /**
   * The rule it replaced. With `enforce_new_defaults = false` its check passes too; a check that
   * the operator wrote under its name goes for this rule as well.
   */
  readonly older?: { readonly name: string; readonly check: string } | undefined
}
