import { NotImplementedError } from '../../exception/index.js'
import type { ComputeDriver } from '../../virt/driver.js'
import { cacheImages } from '../cache-images.js'
import { type RpcMethods, rpcMethod } from '../method-guards.js'
import type { ComputeServices } from '../services.js'

interface MaintenanceArgs {
  readonly host: string
  readonly mode: boolean
}

interface CacheImagesArgs {
  readonly image_ids: readonly string[]
}

/** The methods that concern the host as a whole, by their names on the wire. */
export const hostMethods = (services: ComputeServices): RpcMethods => {
  const { driver } = services
  return {
    get_host_uptime: rpcMethod(() => driver.getHostUptime()),
    host_power_action: rpcMethod((_context, { action }: { readonly action: string }) =>
      driver.hostPowerAction(action),
    ),
    host_maintenance_mode: rpcMethod((_context, args: MaintenanceArgs) =>
      driver.hostMaintenanceMode(args.host, args.mode),
    ),
    set_host_enabled: rpcMethod((_context, { enabled }: { readonly enabled: boolean }) =>
      setHostEnabled(driver, enabled),
    ),
    cache_images: rpcMethod((context, args: CacheImagesArgs) =>
      cacheImages(context, services, args.image_ids),
    ),
  }
}

/** Few hypervisors care; those that do not are told by the service's row. */
const setHostEnabled = async (driver: ComputeDriver, enabled: boolean): Promise<string> => {
  try {
    return await driver.setHostEnabled(enabled)
  } catch (error) {
    if (!(error instanceof NotImplementedError)) throw error
    return enabled ? 'enabled' : 'disabled'
  }
}
