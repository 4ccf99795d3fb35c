import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import {
  countKeyPairs,
  deleteKeyPair,
  insertKeyPair,
  type KeyPairRow,
  keyPairByName,
  keyPairsOfUser,
} from '../db/queries/api/key-pairs.js'
import {
  InvalidKeypair,
  KeyPairExists,
  KeypairNotFound,
  MarkerNotFound,
  ObjectActionError,
} from '../exception/index.js'
import { apiOf } from './access.js'
import {
  integer,
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
} from './base/index.js'
import { persistentFields } from './persistent.js'

export class KeyPair extends novaObject('KeyPair', '1.4', {
  id: integer(),
  name: string(),
  user_id: string({ nullable: true }),
  fingerprint: string({ nullable: true }),
  public_key: string({ nullable: true }),
  type: string({ since: '1.2' }),
  ...persistentFields(),
}) {
  static fromRow(context: RequestContext | null, row: KeyPairRow): KeyPair {
    return KeyPair.hydrate(context, { ...row, deleted: false, deleted_at: null })
  }

  /** @throws KeypairNotFound */
  @remotableClassMethod(['user_id', 'name'], ['localonly'])
  static async getByName(
    context: RequestContext,
    userId: string,
    name: string,
    _options: { readonly localonly?: boolean } = {},
  ): Promise<KeyPair> {
    const row = await keyPairByName(apiOf(context).kysely, userId, name)
    if (!row) throw new KeypairNotFound({ user_id: userId, name })
    return KeyPair.fromRow(context, row)
  }

  /** @throws KeypairNotFound */
  @remotableClassMethod(['user_id', 'name'])
  static async destroyByName(context: RequestContext, userId: string, name: string): Promise<void> {
    if (!(await deleteKeyPair(apiOf(context).kysely, userId, name))) {
      throw new KeypairNotFound({ user_id: userId, name })
    }
  }

  /** @throws KeyPairExists when the user has one of that name */
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    const { name, userId } = this
    const type = this.get('type') ?? 'ssh'
    if (userId === null) throw new InvalidKeypair({ reason: 'it belongs to no user' })
    if (type !== 'ssh' && type !== 'x509') {
      throw new InvalidKeypair({ reason: `unknown type '${type}'` })
    }
    try {
      const row = await apiOf(context).transaction(trx =>
        insertKeyPair(trx, {
          name,
          user_id: userId,
          fingerprint: this.get('fingerprint') ?? null,
          public_key: this.get('publicKey') ?? null,
          type,
        }),
      )
      this.assign({ ...row, deleted: false, deleted_at: null }).resetChanges()
    } catch (error) {
      if (duplicateEntry(error)) throw new KeyPairExists({ key_name: name })
      throw error
    }
  }

  /** @throws KeypairNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    const { userId, name } = this
    if (!(await deleteKeyPair(apiOf(context).kysely, userId ?? '', name))) {
      throw new KeypairNotFound({ user_id: userId, name })
    }
  }
}

export class KeyPairList extends novaObjectList('KeyPairList', '1.3', () => KeyPair) {
  /** By name. @throws MarkerNotFound */
  @remotableClassMethod(['user_id'], ['limit', 'marker'])
  static async getByUser(
    context: RequestContext,
    userId: string,
    options: { readonly limit?: number | null; readonly marker?: string | null } = {},
  ): Promise<KeyPairList> {
    const db = apiOf(context).kysely
    const { limit, marker } = options
    if (marker && !(await keyPairByName(db, userId, marker))) throw new MarkerNotFound({ marker })
    const rows = await keyPairsOfUser(db, userId, { limit, ...(marker && { afterName: marker }) })
    return KeyPairList.of(
      context,
      rows.map(row => KeyPair.fromRow(context, row)),
    )
  }

  @remotableClassMethod(['user_id'])
  static async getCountByUser(context: RequestContext, userId: string): Promise<number> {
    return countKeyPairs(apiOf(context).kysely, userId)
  }
}
