import { NovaException } from './base.js'
import { Invalid, NotFound } from './kinds.js'

export class InvalidKeypair extends Invalid {
  static override readonly msgFmt: string = 'Keypair data is invalid: %(reason)s'
}

export class KeypairNotFound extends NotFound {
  static override readonly msgFmt: string = 'Keypair %(name)s not found for user %(user_id)s'
}

export class KeyPairExists extends NovaException {
  static override readonly msgFmt: string = "Key pair '%(key_name)s' already exists."
}
