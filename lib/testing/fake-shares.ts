import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import { ShareAccessNotFound, ShareNotFound } from '../exception/index.js'
import type { Share, ShareApi, ShareClient } from '../share/api.js'

/** A share service in memory: no permissions; access holds at once. */
export class FakeShares implements ShareApi {
  readonly #shares = new Map<string, Share>()
  readonly #clients = new Map<string, readonly ShareClient[]>()

  /** Puts a share there that can be attached. */
  add(share: Partial<Share> = {}): Share {
    const id = share.id ?? randomUUID()
    const whole = {
      status: 'available',
      protocol: 'NFS',
      exportLocation: `10.0.0.50:/shares/${id}`,
      ...share,
      id,
    }
    this.#shares.set(id, whole)
    return whole
  }

  remove(id: string): void {
    this.#shares.delete(id)
  }

  /** Who may use a share now. */
  clientsOf(id: string): readonly ShareClient[] {
    return this.#clients.get(id) ?? []
  }

  async get(_context: RequestContext, id: string): Promise<Share> {
    const share = this.#shares.get(id)
    if (!share) throw new ShareNotFound({ share_id: id })
    return share
  }

  async hasAccess(context: RequestContext, id: string, client: ShareClient): Promise<boolean> {
    await this.get(context, id)
    return this.clientsOf(id).some(same(client))
  }

  async allow(context: RequestContext, id: string, client: ShareClient): Promise<void> {
    if (await this.hasAccess(context, id, client)) return
    this.#clients.set(id, [...this.clientsOf(id), client])
  }

  async deny(context: RequestContext, id: string, client: ShareClient): Promise<void> {
    if (!(await this.hasAccess(context, id, client))) {
      throw new ShareAccessNotFound({ share_id: id })
    }
    const others = this.clientsOf(id).filter(other => !same(client)(other))
    this.#clients.set(id, others)
  }
}

const same =
  ({ type, to }: ShareClient) =>
  (other: ShareClient): boolean =>
    other.type === type && other.to === to
