import type { Database } from '../../db/database.js'
import type { App, AppFactory } from '../../paste/types.js'
import { reporter } from '../support/report.js'
import { carrier, stateDirOf } from '../support/state.js'
import { createNetworkApp, type NetworkAppOptions } from './app.js'
import { type NetworkSchema, openNetworkState } from './store.js'

export { createNetworkApp, type NetworkAppOptions } from './app.js'
export { type SeededNetwork, seedNetwork } from './seed.js'
export { type NetworkSchema, openNetworkState } from './store.js'

/** What a process has opened of it. */
export interface NetworkState {
  readonly database: Database<NetworkSchema>
  /** Takes to compute what it should know of servers' ports. */
  readonly tell?: NetworkAppOptions['tell']
}

const carried = carrier<NetworkState>('network')

/** Lets {@link factory} serve what this process has opened (and seeded) already. */
export const withNetwork = carried.into

/**
 * Neutron in miniature: networks, subnets, ports, security groups, routers, floating addresses, quotas.
 * Addresses and documents only; nothing is plugged anywhere.
 *
 *     [app:network]
 *     paste.app_factory = kilonova/embedded/network:factory
 *     # folder of its network.sqlite; absent: in memory
 *     state_dir = /var/lib/kilonova
 *     # named by a 401
 *     identity_url = http://127.0.0.1:8774/identity
 *
 * Stands behind authtoken and a context filter, but for its root, which it answers to anybody. May be
 * mounted at the service's root or at `…/v2.0`.
 */
export const factory: AppFactory = async (globalConf, localConf): Promise<App> => {
  const state: NetworkState = carried.from(globalConf) ?? {
    database: await openNetworkState(stateDirOf(globalConf, localConf)),
  }
  const app = createNetworkApp({
    ...state,
    identityUrl: localConf.identity_url ?? '',
    onError: reporter(globalConf, 'network'),
  })
  return (req, res, next) => app(req, res, next)
}
