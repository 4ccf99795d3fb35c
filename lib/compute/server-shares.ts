import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import {
  ForbiddenWithShare,
  InvalidInput,
  ShareMappingAlreadyExists,
  ShareMissingExportLocation,
  ShareNotFound,
  ShareProtocolNotSupported,
  ShareStatusIncorect,
  UnsupportedRPCVersion,
} from '../exception/index.js'
import { type Instance, InstanceAction, ShareMapping, ShareMappingList } from '../objects/index.js'
import type { Share, ShareApi } from '../share/api.js'
import { checkAction } from './checks.js'
import type { ComputeRpcApi } from './rpcapi.js'
import { VmState } from './states.js'

/** Characters that the column holds; the request's schema lets 255 pass. */
const TAG_LIMIT = 48

const rule = {
  taskStates: 'any',
  mustHaveLaunched: false,
  respectsLock: false,
  needsHost: true,
} as const
const attachRule = { ...rule, name: 'create share', vmStates: [VmState.stopped] }
const detachRule = { ...rule, name: 'delete share', vmStates: [VmState.stopped, VmState.error] }

/** Shares of servers (2.97): attached and detached while a server is off, there for the guest when it is on. */
export class ServerShares {
  readonly #shares: ShareApi
  readonly #rpc: ComputeRpcApi

  constructor({ shares, compute }: { readonly shares: ShareApi; readonly compute: ComputeRpcApi }) {
    this.#shares = shares
    this.#rpc = compute
  }

  /** In order of their making. */
  async list(instance: Instance): Promise<readonly ShareMapping[]> {
    // What waits for a cell was given none yet.
    if (!instance.isSet('id')) return []
    const context = instance.requireContext('shares')
    return (await ShareMappingList.getByInstanceUuid(context, instance.uuid)).objects
  }

  /** @throws ShareNotFound */
  async find(instance: Instance, shareId: string): Promise<ShareMapping> {
    if (!instance.isSet('id')) throw new ShareNotFound({ share_id: shareId })
    const context = instance.requireContext('shares')
    return ShareMapping.getByInstanceUuidAndShareId(context, instance.uuid, shareId)
  }

  /**
   * @param tag  what the guest mounts it by; null: the share's id
   * @returns the mapping, `attaching` until the host has leave to use the share
   * @throws InvalidInput (400); ShareNotFound (404); InstanceInvalidState, InstanceNotReady,
   *   ShareStatusIncorect, ShareMissingExportLocation, ShareProtocolNotSupported,
   *   ShareMappingAlreadyExists (409); UnsupportedRPCVersion (400) where the host is too old: the mapping is in
   *   `error` then
   */
  async attach(instance: Instance, shareId: string, tag: string | null): Promise<ShareMapping> {
    const context = instance.requireContext('attach_share')
    checkAction(context, instance, attachRule)
    if ((tag?.length ?? 0) > TAG_LIMIT) {
      throw new InvalidInput({ reason: `the tag of a share has at most ${TAG_LIMIT} characters` })
    }
    const share = await this.#shares.get(context, shareId)
    const mapping = new ShareMapping(context, {
      uuid: randomUUID(),
      instanceUuid: instance.uuid,
      shareId: share.id,
      status: 'attaching',
      tag: tag ?? share.id,
      ...usable(share),
    })
    await create(mapping)
    await record(context, instance, 'attach_share')
    try {
      await this.#rpc.allowShare(context, instance, mapping)
    } catch (error) {
      await failed(context, mapping)
      throw error
    }
    return mapping
  }

  /**
   * @throws ShareNotFound (404); InstanceInvalidState, InstanceNotReady (409); UnsupportedRPCVersion (400) where the
   *   host is too old: the mapping is in `error` then, and goes the next time
   */
  async detach(instance: Instance, shareId: string): Promise<void> {
    const context = instance.requireContext('detach_share')
    checkAction(context, instance, detachRule)
    const mapping = await this.find(instance, shareId)
    const hadFailed = mapping.status === 'error'
    mapping.status = 'detaching'
    await mapping.save()
    await record(context, instance, 'detach_share')
    try {
      await this.#rpc.denyShare(context, instance, mapping)
    } catch (error) {
      if (!(hadFailed && error instanceof UnsupportedRPCVersion)) {
        await failed(context, mapping)
        throw error
      }
      // A host that does not know shares never had it.
      await mapping.delete()
      await InstanceAction.actionFinish(context, instance.uuid, { wantResult: false })
    }
  }
}

/**
 * What keeps or moves the guest's memory or disk cannot take a share along.
 *
 * @throws ForbiddenWithShare (409)
 */
export const refuseShares = async (context: RequestContext, uuid: string): Promise<void> => {
  const { objects } = await ShareMappingList.getByInstanceUuid(context, uuid)
  if (objects.length > 0) throw new ForbiddenWithShare()
}

const usable = ({ id, status, protocol, exportLocation }: Share) => {
  if (status !== 'available') throw new ShareStatusIncorect({ share_id: id, status })
  if (exportLocation === null) throw new ShareMissingExportLocation({ share_id: id })
  if (protocol !== 'NFS' && protocol !== 'CEPHFS') {
    throw new ShareProtocolNotSupported({ share_proto: protocol })
  }
  return { exportLocation, shareProto: protocol } as const
}

/** Share and tag are unique in a server, by the table's keys. */
const create = async (mapping: ShareMapping): Promise<void> => {
  try {
    await mapping.save()
  } catch (error) {
    if (!duplicateEntry(error)) throw error
    const { shareId: share_id, tag } = mapping
    throw new ShareMappingAlreadyExists({ share_id, tag })
  }
}

/** The host was not told, so that nobody else will say what became of it. */
const failed = async (context: RequestContext, mapping: ShareMapping): Promise<void> => {
  mapping.status = 'error'
  await mapping.save()
  await InstanceAction.actionFinish(context, mapping.instanceUuid, { wantResult: false })
}

const record = (context: RequestContext, { uuid }: Instance, action: string) =>
  InstanceAction.actionStart(context, uuid, action, { wantResult: false })
