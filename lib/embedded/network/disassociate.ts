import { now } from '../support/request.js'
import { type Db, find, replace } from './store.js'

/** What a floating address is that leads nowhere. */
export const free = {
  port_id: null,
  fixed_ip_address: null,
  router_id: null,
  status: 'DOWN',
  port_details: null,
}

/** A port goes: its floating addresses stay, leading nowhere. */
export const disassociatePort = async (db: Db, portId: string): Promise<void> => {
  for (const floating of await find(db, 'floatingip')) {
    if (floating.port_id !== portId) continue
    await replace(db, 'floatingip', { ...floating, ...free, updated_at: now() })
  }
}
