import type { RequestContext } from '../context/index.js'

/** A share as nova's API asks for it. */
export interface Share {
  readonly id: string
  readonly status: string
  /** NFS, CEPHFS, … */
  readonly protocol: string
  /** The preferred one, else the first; null: there is none yet. */
  readonly exportLocation: string | null
}

/** Who may use a share: a host by its address (NFS), or a user of the file system (CEPHFS). */
export interface ShareClient {
  /** `ip`, `user` */
  readonly type: string
  readonly to: string
}

/**
 * nova's face of Manila.
 *
 * @throws ShareNotFound (404), InvalidInput (400), Forbidden (403), ManilaConnectionFailed
 */
export interface ShareApi {
  /** As the context's user: what he cannot see he cannot attach. */
  get(context: RequestContext, id: string): Promise<Share>
  /** Whether the client's access holds already. */
  hasAccess(context: RequestContext, id: string, client: ShareClient): Promise<boolean>
  /** To read and write; it holds a little later. @throws ShareAccessGrantError */
  allow(context: RequestContext, id: string, client: ShareClient): Promise<void>
  /** @throws ShareAccessNotFound, ShareAccessRemovalError */
  deny(context: RequestContext, id: string, client: ShareClient): Promise<void>
}
