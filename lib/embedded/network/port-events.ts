import type { RequestContext } from '../../context/index.js'
import type { Doc } from './store.js'

/** What compute is to know of a server's port. */
export interface PortEvent {
  readonly name: 'network-changed' | 'network-vif-deleted'
  readonly serverUuid: string
  readonly portId: string
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
  told.push({ name, serverUuid: String(port.device_id), portId: String(port.id) })
}
