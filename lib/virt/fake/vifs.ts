import { fixedIps, type NetworkInfo } from '../../network/model.js'
import type { Guest } from './guest-store.js'

/** What the fake hypervisor keeps of interfaces. */
export const vifsOf = (info: NetworkInfo): Guest['vifs'] =>
  info.map(vif => ({ id: vif.id, mac: vif.address, ip: fixedIps(vif)[0]?.address ?? null }))
