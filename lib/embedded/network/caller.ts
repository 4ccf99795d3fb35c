import type { RequestContext } from '../../context/index.js'
import { isAdmin } from '../support/request.js'
import { notFound } from './errors.js'
import type { PortEvent } from './port-events.js'
import { type Db, get, type StoredDoc } from './store.js'

/** A request's way to the rows: what it may see and change follows from who asks. */
export interface Caller {
  readonly db: Db
  readonly context: RequestContext
  /** What compute is to be told, when all is done; absent: nobody tells it. */
  readonly told?: PortEvent[]
}

/** A resource that the caller may see. @throws 404 */
export const visible = async (caller: Caller, kind: string, id: string): Promise<StoredDoc> => {
  const doc = await get(caller.db, kind, id)
  if (!doc || !(await maySee(caller, kind, doc))) throw notFound(kind, id)
  return doc
}

/** A resource that the caller may change: its own. @throws 404 */
export const owned = async (caller: Caller, kind: string, id: string): Promise<StoredDoc> => {
  const doc = await visible(caller, kind, id)
  if (!owns(caller, doc)) throw notFound(kind, id)
  return doc
}

export const owns = ({ context }: Caller, doc: StoredDoc): boolean =>
  isAdmin(context) || (doc.tenant_id !== '' && doc.tenant_id === context.projectId)

const maySee = async (caller: Caller, kind: string, doc: StoredDoc): Promise<boolean> => {
  if (owns(caller, doc) || isOpen(doc)) return true
  if (kind !== 'subnet') return false
  const network = await get(caller.db, 'network', String(doc.network_id))
  return network !== undefined && (owns(caller, network) || isOpen(network))
}

const isOpen = (doc: StoredDoc): boolean => doc.shared === true || doc['router:external'] === true
