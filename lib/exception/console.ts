import { NovaException } from './base.js'
import { Invalid } from './kinds.js'

export class ConsoleLogOutputException extends NovaException {
  static override readonly msgFmt: string =
    'Console log output could not be retrieved for instance %(instance_id)s. Reason: %(reason)s'
}

export class ConsoleTypeInvalid extends Invalid {
  static override readonly msgFmt: string = 'Invalid console type %(console_type)s'
}

export class ConsoleTypeUnavailable extends Invalid {
  static override readonly msgFmt: string = 'Unavailable console type %(console_type)s.'
}

export class SecurityProxyNegotiationFailed extends NovaException {
  static override readonly msgFmt: string = 'Security proxy negotiation failed: %(reason)s'
}

export class RFBAuthHandshakeFailed extends NovaException {
  static override readonly msgFmt: string = 'RFB auth handshake failed: %(reason)s'
}

export class RFBAuthNoAvailableScheme extends NovaException {
  static override readonly msgFmt: string =
    'RFB auth no available scheme (allowed types: %(allowed_types)s, desired types: %(desired_types)s).'
}

export class InvalidToken extends Invalid {
  static override readonly msgFmt: string = "The token '%(token)s' is invalid or has expired"
}

export class TokenInUse extends Invalid {
  static override readonly msgFmt: string = 'The generated token is invalid'
}
