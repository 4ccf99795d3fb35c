import { cacheImages } from '../cache-images.js'
import { setHostEnabled } from '../host-enabled.js'
import { type RpcMethods, rpcMethod } from '../method-guards.js'
import type { ResourceTracker } from '../resource-tracker.js'
import type { ComputeServices } from '../services.js'

interface MaintenanceArgs {
  readonly host: string
  readonly mode: boolean
}

interface SharedStorageArgs {
  readonly data: Readonly<Record<string, unknown>>
}

interface CacheImagesArgs {
  readonly image_ids: readonly string[]
}

/** The methods that concern the host as a whole, by their names on the wire. */
export const hostMethods = (services: ComputeServices, tracker: ResourceTracker): RpcMethods => {
  const { driver } = services
  return {
    get_host_uptime: rpcMethod(() => driver.getHostUptime()),
    host_power_action: rpcMethod((_context, { action }: { readonly action: string }) =>
      driver.hostPowerAction(action),
    ),
    host_maintenance_mode: rpcMethod((_context, args: MaintenanceArgs) =>
      driver.hostMaintenanceMode(args.host, args.mode),
    ),
    set_host_enabled: rpcMethod((context, { enabled }: { readonly enabled: boolean }) =>
      setHostEnabled(context, services, tracker, enabled),
    ),
    // Whose instance it is matters to nobody: the data says all.
    check_instance_shared_storage: rpcMethod((context, args: SharedStorageArgs) =>
      driver.checkInstanceSharedStorageRemote(context, args.data),
    ),
    cache_images: rpcMethod((context, args: CacheImagesArgs) =>
      cacheImages(context, services, args.image_ids),
    ),
  }
}
