import type { RequestContext } from '../context/index.js'
import { NotImplementedError } from '../exception/index.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { ComputeServices } from './services.js'

/**
 * Whether this host takes new guests, told to those who choose and to the hypervisor. Few hypervisors care;
 * those that do not are told by the service's row.
 *
 * @returns `enabled`, `disabled`
 */
export const setHostEnabled = async (
  context: RequestContext,
  { driver, providers }: Pick<ComputeServices, 'driver' | 'providers'>,
  { providerUuid, nodename }: ResourceTracker,
  enabled: boolean,
): Promise<string> => {
  if (providerUuid !== undefined && nodename !== undefined) {
    await providers.setStatusDisabled(context, { uuid: providerUuid, name: nodename }, !enabled)
  }
  try {
    return await driver.setHostEnabled(enabled)
  } catch (error) {
    if (!(error instanceof NotImplementedError)) throw error
    return enabled ? 'enabled' : 'disabled'
  }
}
