import { type KeyPair, novaObject, string } from '../../objects/index.js'
import { fill } from './fill.js'

export class KeypairPayload extends novaObject('KeypairPayload', '1.0', {
  user_id: string({ nullable: true }),
  name: string(),
  fingerprint: string({ nullable: true }),
  public_key: string({ nullable: true }),
  type: string(),
}) {
  static of(keypair: KeyPair): KeypairPayload {
    return fill(new KeypairPayload(), keypair)
  }
}
