import { NovaException } from './base.js'

export class Forbidden extends NovaException {
  static override readonly code: number = 403
  static override readonly msgFmt: string = 'Forbidden'
  static override readonly safe: boolean = true
}

/** A rule of the policy refuses the caller; `action` is the rule's name. */
export class PolicyNotAuthorized extends Forbidden {
  static override readonly msgFmt: string = "Policy doesn't allow %(action)s to be performed."
}

export class AdminRequired extends Forbidden {
  static override readonly msgFmt: string = 'User does not have admin privileges'
}
