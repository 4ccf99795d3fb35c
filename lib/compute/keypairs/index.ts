import type { RequestContext } from '../../context/index.js'
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
    const fingerprint = fingerprintOf(wanted.type, publicKey)
    return store(context, wanted, publicKey, fingerprint)
  }

  /** Makes a new one. @throws KeypairLimitExceeded (403), KeyPairExists */
  async create(
    context: RequestContext,
    wanted: NewKeyPair,
  ): Promise<{ readonly keyPair: KeyPair; readonly privateKey: string }> {
    await this.#quota.checkKeyPairs(context, wanted.userId)
    const { publicKey, privateKey, fingerprint } =
      wanted.type === 'x509' ? await generateX509Key(wanted.userId) : await generateSshKey()
    return { keyPair: await store(context, wanted, publicKey, fingerprint), privateKey }
  }
}

const fingerprintOf = (type: KeyPairType, publicKey: string): string =>
  type === 'x509' ? x509Fingerprint(publicKey) : sshFingerprint(publicKey)

const store = async (
  context: RequestContext,
  { userId, name, type }: NewKeyPair,
  publicKey: string,
  fingerprint: string,
): Promise<KeyPair> => {
  const keyPair = new KeyPair(context, { userId, name, type, publicKey, fingerprint })
  await keyPair.create()
  return keyPair
}
