import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestContext } from '../context/index.js'
import {
  ShareAccessGrantError,
  ShareAccessNotFound,
  ShareErrorUnexpectedStatus,
  ShareNotFound,
} from '../exception/index.js'
import {
  type Instance,
  InstanceList,
  type ShareMapping,
  ShareMappingList,
} from '../objects/index.js'
import { RemoteError } from '../rpc/index.js'
import type { ShareClient } from '../share/api.js'
import { KeyedLock } from '../util/keyed-lock.js'
import type { ComputeServices } from './services.js'

type Status = ShareMapping['status']

/** The user of a CEPHFS share that nova's hosts come as. */
const CEPH_USER = 'nova'

/** How long a conductor that knows no shares is not asked again, ms: it logs an error each time. */
const UNKNOWN_FOR = 600_000

/**
 * Shares of the guests of this host: `inactive` when the host may use one, `active` while it is
 * mounted for a guest that is on. Methods on one share run one after another, for what is left of its
 * access depends on who else has it.
 */
export class GuestShares {
  readonly #services: ComputeServices
  readonly #locks = new KeyedLock()
  /** ms, monotonic */
  #unknownUntil = 0

  constructor(services: ComputeServices) {
    this.#services = services
  }

  /** What fails leaves the mapping in error. */
  allow(context: RequestContext, mapping: ShareMapping): Promise<void> {
    return this.#locks.run(mapping.shareId, () =>
      inErrorUnless(mapping, async () => {
        await this.#grant(context, mapping)
        await setStatus(mapping, 'inactive')
      }),
    )
  }

  /** The access goes with the last server of this host that has the share; so does what is gone already. */
  deny(context: RequestContext, instance: Instance, mapping: ShareMapping): Promise<void> {
    const { shares } = this.#services
    return this.#locks.run(mapping.shareId, () =>
      inErrorUnless(mapping, async () => {
        if (!(await this.#isUsedByOthers(context, instance, mapping))) {
          try {
            await shares.deny(context, mapping.shareId, this.#client(mapping))
          } catch (error) {
            const isGone = error instanceof ShareNotFound || error instanceof ShareAccessNotFound
            if (!isGone) throw error
          }
        }
        await mapping.delete()
      }),
    )
  }

  /**
   * Before a guest is switched on.
   *
   * @throws ShareErrorUnexpectedStatus while one comes or goes; what the driver refuses with
   */
  async mountAll(context: RequestContext, instance: Instance): Promise<void> {
    for (const mapping of await this.#of(context, instance)) {
      if (mapping.status === 'attaching' || mapping.status === 'detaching') {
        const { shareId: share_id } = mapping
        throw new ShareErrorUnexpectedStatus({ share_id, instance_uuid: instance.uuid })
      }
      await inErrorUnless(mapping, async () => {
        await this.#grant(context, mapping)
        await this.#services.driver.mountShare(context, instance, mapping)
        await setStatus(mapping, 'active')
      })
    }
  }

  /** When a guest is off. */
  async umountAll(context: RequestContext, instance: Instance): Promise<void> {
    for (const mapping of await this.#of(context, instance)) {
      if (mapping.status !== 'active') continue
      await inErrorUnless(mapping, async () => {
        await this.#services.driver.umountShare(context, instance, mapping)
        await setStatus(mapping, 'inactive')
      })
    }
  }

  /** A server goes; it does so whatever becomes of its shares. */
  async release(context: RequestContext, instance: Instance): Promise<void> {
    for (const mapping of await this.#of(context, instance)) {
      try {
        if (mapping.status === 'active') {
          await this.#services.driver.umountShare(context, instance, mapping)
        }
        await this.deny(context, instance, mapping)
      } catch (error) {
        const fields = { err: error, instance: instance.uuid, share: mapping.shareId }
        this.#services.log.error(fields, 'a share could not be given back')
      }
    }
  }

  async #of(context: RequestContext, instance: Instance): Promise<readonly ShareMapping[]> {
    if (performance.now() < this.#unknownUntil) return []
    try {
      return (await ShareMappingList.getByInstanceUuid(context, instance.uuid)).objects
    } catch (error) {
      if (!(error instanceof RemoteError && error.excType === 'UnsupportedObjectError')) throw error
      // Beside a conductor from before shares there are none.
      this.#unknownUntil = performance.now() + UNKNOWN_FOR
      return []
    }
  }

  async #grant(context: RequestContext, mapping: ShareMapping): Promise<void> {
    const { shares, options } = this.#services
    const { shareId } = mapping
    const client = this.#client(mapping)
    if (await shares.hasAccess(context, shareId, client)) return
    await shares.allow(context, shareId, client)
    for (let second = 0; second < options.shareApplyPolicyTimeout; second += 1) {
      if (await shares.hasAccess(context, shareId, client)) return
      await sleep(1000)
    }
    throw new ShareAccessGrantError({
      share_id: shareId,
      reason: `it does not hold after ${options.shareApplyPolicyTimeout} seconds`,
    })
  }

  #client({ shareProto }: ShareMapping): ShareClient {
    return shareProto === 'NFS'
      ? { type: 'ip', to: this.#services.options.mySharedFsStorageIp }
      : { type: 'user', to: CEPH_USER }
  }

  /** An NFS share is opened to each host by itself, a CEPHFS share to all of them at once. */
  async #isUsedByOthers(
    context: RequestContext,
    instance: Instance,
    { shareId, shareProto }: ShareMapping,
  ): Promise<boolean> {
    const { objects } = await ShareMappingList.getByShareId(context, shareId)
    const others = objects.filter(
      ({ instanceUuid, status }) => instanceUuid !== instance.uuid && status !== 'detaching',
    )
    if (others.length === 0 || shareProto !== 'NFS') return others.length > 0
    const here = await InstanceList.getUuidsByHost(context, this.#services.host)
    return others.some(({ instanceUuid }) => here.includes(instanceUuid))
  }
}

const setStatus = async (mapping: ShareMapping, status: Status): Promise<void> => {
  mapping.status = status
  await mapping.save()
}

const inErrorUnless = async (mapping: ShareMapping, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    await setStatus(mapping, 'error')
    throw error
  }
}
