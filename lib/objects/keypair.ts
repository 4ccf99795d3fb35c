import { integer, novaObject, novaObjectList, string } from './base/index.js'
import { persistentFields } from './persistent.js'

export class KeyPair extends novaObject('KeyPair', '1.4', {
  id: integer(),
  name: string(),
  user_id: string({ nullable: true }),
  fingerprint: string({ nullable: true }),
  public_key: string({ nullable: true }),
  type: string({ since: '1.2' }),
  ...persistentFields(),
}) {}

export class KeyPairList extends novaObjectList('KeyPairList', '1.3', () => KeyPair) {}
