import type { RequestContext } from '../../context/index.js'
import { ServiceUnavailable } from '../../exception/index.js'
import { type Instance, Service } from '../../objects/index.js'
import { isServiceUp } from '../service-up.js'

/**
 * Whether the nova-compute of a server's host is alive.
 *
 * @param downTime  seconds; `[DEFAULT] service_down_time`
 */
export const isHostUp = async (
  cell: RequestContext,
  host: string,
  downTime: number,
): Promise<boolean> => {
  const service = await Service.getByComputeHost(cell, host)
  return service !== null && isServiceUp(service, downTime)
}

/** @throws ServiceUnavailable when the source of a move could not do its part */
export const checkHostIsUp = async (
  cell: RequestContext,
  { host }: Instance,
  downTime: number,
): Promise<void> => {
  if (host && (await isHostUp(cell, host, downTime))) return
  throw new ServiceUnavailable()
}
