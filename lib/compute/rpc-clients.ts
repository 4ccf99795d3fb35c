import { RequestContext } from '../context/index.js'
import type { RpcCaller } from '../rpc/caller.js'
import type { Transport } from '../rpc/transport.js'

/**
 * The client for a topic on the bus of whichever cell a context aims at: cells may each have their
 * own. One client a bus.
 *
 * @param home  the bus for contexts that aim nowhere in particular
 * @throws Error for a context aimed at cell0, which has no bus
 */
export const clientPerCell = (
  home: Transport,
  make: (transport: Transport) => RpcCaller,
): ((context: object) => RpcCaller) => {
  const clients = new WeakMap<Transport, RpcCaller>()
  return context => {
    const transport = transportOf(context, home)
    const known = clients.get(transport)
    if (known) return known
    const client = make(transport)
    clients.set(transport, client)
    return client
  }
}

const transportOf = (context: object, home: Transport): Transport => {
  const data = context instanceof RequestContext ? context.services.data : undefined
  if (data?.kind !== 'direct' || data.transport === undefined) return home
  if (data.transport === null) throw new Error('cell0 has no message bus: nothing runs there')
  return data.transport
}
