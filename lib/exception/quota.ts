import { NovaException } from './base.js'

export class QuotaError extends NovaException {
  static override readonly code: number = 413
  static override readonly safe: boolean = true
  static override readonly msgFmt: string = 'Quota exceeded: code=%(code)s'
  static override readonly headers: Readonly<Record<string, string>> = { 'Retry-After': '0' }
}

export class OverQuota extends QuotaError {
  static override readonly msgFmt: string = 'Quota exceeded for resources: %(overs)s'
}

export class PortLimitExceeded extends OverQuota {
  static override readonly msgFmt: string = 'Maximum number of ports exceeded'
}
