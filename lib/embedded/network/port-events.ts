import type { RequestContext } from '../../context/index.js'
import type { ServerEvent } from '../support/compute-notifier.js'
import type { Doc } from './store.js'

/** What compute is to know of a server's port. */
export type PortEvent = ServerEvent & {
  readonly name: 'network-changed' | 'network-vif-deleted'
}

/** Who is told of the changes of a request, once they are done. */
export interface Told {
  readonly context: RequestContext
  readonly told?: PortEvent[]
}

/** Nothing for ports that are no server's, nor when compute itself is at work: it knows. */
export const tell = ({ context, told }: Told, name: PortEvent['name'], port: Doc): void => {
  const isServers = String(port.device_owner).startsWith('compute:') && port.device_id !== ''
  if (!told || !isServers || context.roles.includes('service')) return
  told.push({ name, serverUuid: String(port.device_id), tag: String(port.id) })
}
