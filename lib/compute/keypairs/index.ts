import type { RequestContext } from '../../context/index.js'
import { notifying } from '../../notifications/index.js'
import { KeyPair } from '../../objects/index.js'
import type { QuotaEngine } from '../quota.js'
import { generateSshKey, sshFingerprint } from './ssh.js'
import { generateX509Key, x509Fingerprint } from './x509.js'

export type KeyPairType = 'ssh' | 'x509'

export interface NewKeyPair {
  readonly userId: string
  readonly name: string
  readonly type: KeyPairType
}

/** Key pairs of users: nova.compute.api.KeypairAPI. */
export class KeyPairApi {
  readonly #quota: QuotaEngine

  constructor(quota: QuotaEngine) {
    this.#quota = quota
  }

  /** @throws InvalidKeypair (400), KeypairLimitExceeded (403), KeyPairExists */
  async import(context: RequestContext, wanted: NewKeyPair, publicKey: string): Promise<KeyPair> {
    await this.#quota.checkKeyPairs(context, wanted.userId)
    const keypair = keyless(context, wanted)
    keypair.publicKey = publicKey
    await notifying(context, 'keypair.import', { keypair }, async () => {
      keypair.fingerprint = fingerprintOf(wanted.type, publicKey)
      await keypair.create()
    })
    return keypair
  }

  /** Makes a new one. @throws KeypairLimitExceeded (403), KeyPairExists */
  async create(
    context: RequestContext,
    wanted: NewKeyPair,
  ): Promise<{ readonly keyPair: KeyPair; readonly privateKey: string }> {
    await this.#quota.checkKeyPairs(context, wanted.userId)
    const keypair = keyless(context, wanted)
    const privateKey = await notifying(context, 'keypair.create', { keypair }, async () => {
      const made =
        wanted.type === 'x509' ? await generateX509Key(wanted.userId) : await generateSshKey()
      keypair.publicKey = made.publicKey
      keypair.fingerprint = made.fingerprint
      await keypair.create()
      return made.privateKey
    })
    return { keyPair: keypair, privateKey }
  }

  /** @throws KeypairNotFound */
  async delete(context: RequestContext, userId: string, name: string): Promise<void> {
    const gone = () => KeyPair.destroyByName(context, userId, name)
    if (!context.services.notifications) return gone()
    const keypair = await KeyPair.getByName(context, userId, name)
    await notifying(context, 'keypair.delete', { keypair }, gone)
  }
}

const fingerprintOf = (type: KeyPairType, publicKey: string): string =>
  type === 'x509' ? x509Fingerprint(publicKey) : sshFingerprint(publicKey)

/** One whose keys are not known yet. */
const keyless = (context: RequestContext, { userId, name, type }: NewKeyPair): KeyPair =>
  new KeyPair(context, { userId, name, type, publicKey: null, fingerprint: null })
