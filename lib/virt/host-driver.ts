import type { RequestContext } from '../context/index.js'
import type { ProviderTree } from '../placement/provider-tree.js'
import type { AvailableResource, DriverCapabilities, LifecycleEvent, VirtApi } from './host.js'
import type { InventoryOptions } from './inventory.js'
import { notImplemented } from './not-implemented.js'

/** What a driver says and does of its host. */
export abstract class HostDriver {
  #listener: ((event: LifecycleEvent) => void) | undefined

  readonly capabilities: DriverCapabilities = {
    supportsAttachInterface: false,
    supportsTaggedAttachInterface: false,
    supportsExtendVolume: false,
    supportsEvacuate: false,
    supportsBfvRescue: false,
    supportsMigrateToSameHost: false,
  }

  #virtApi: VirtApi | undefined

  /** Given once, before {@link initHost}. */
  useVirtApi(virtApi: VirtApi): void {
    this.#virtApi = virtApi
  }

  protected get virtApi(): VirtApi {
    if (!this.#virtApi) throw new Error('this driver was given no virt API')
    return this.#virtApi
  }

  /** Called once, before anything else. */
  initHost(_host: string): Promise<void> {
    return notImplemented('init_host')
  }

  async cleanupHost(_host: string): Promise<void> {}

  /** hypervisor hostnames */
  getAvailableNodes(): Promise<readonly string[]> {
    return notImplemented('get_available_nodes')
  }

  async nodeIsAvailable(nodename: string): Promise<boolean> {
    return (await this.getAvailableNodes()).includes(nodename)
  }

  getAvailableResource(_nodename: string): Promise<AvailableResource> {
    return notImplemented('get_available_resource')
  }

  /**
   * Edits what Placement is told of a node: inventories, traits and children of the provider that bears the
   * node's name.
   */
  updateProviderTree(
    _tree: ProviderTree,
    _nodename: string,
    _options: InventoryOptions,
  ): Promise<void> {
    return notImplemented('update_provider_tree')
  }

  /** What it can and cannot do, by Placement's traits. Others are not its to say. */
  capabilitiesAsTraits(): Readonly<Record<string, boolean>> {
    const { capabilities } = this
    return {
      COMPUTE_NET_ATTACH_INTERFACE: capabilities.supportsAttachInterface,
      COMPUTE_NET_ATTACH_INTERFACE_WITH_TAG: capabilities.supportsTaggedAttachInterface,
      COMPUTE_VOLUME_EXTEND: capabilities.supportsExtendVolume,
      COMPUTE_RESCUE_BFV: capabilities.supportsBfvRescue,
      COMPUTE_SAME_HOST_COLD_MIGRATE: capabilities.supportsMigrateToSameHost,
    }
  }

  /**
   * Switches the host itself.
   *
   * @param _action  `startup`, `shutdown`, `reboot`
   */
  hostPowerAction(_action: string): Promise<string> {
    return notImplemented('host_power_action')
  }

  /** @returns `on_maintenance` or `off_maintenance`, else why not */
  hostMaintenanceMode(_host: string, _mode: boolean): Promise<string> {
    return notImplemented('host_maintenance_mode')
  }

  /** @returns `enabled` or `disabled`, else why not */
  setHostEnabled(_enabled: boolean): Promise<string> {
    return notImplemented('set_host_enabled')
  }

  getHostUptime(): Promise<string> {
    return notImplemented('get_host_uptime')
  }

  /** The address of the host, where other hosts send disks to; null: not known. */
  async getHostIpAddr(): Promise<string | null> {
    return null
  }

  /** Looks after the images that are kept here for boots. @param _images  ids that instances are made of */
  async manageImageCache(_context: RequestContext, _images: ReadonlySet<string>): Promise<void> {}

  /** Before there is a guest that needs it. @returns false: it is there already */
  cacheImage(_context: RequestContext, _imageId: string): Promise<boolean> {
    return notImplemented('cache_image')
  }

  /** One listener; a later one replaces it. */
  registerEventListener(listener: (event: LifecycleEvent) => void): void {
    this.#listener = listener
  }

  protected emitEvent(event: LifecycleEvent): void {
    this.#listener?.(event)
  }
}
