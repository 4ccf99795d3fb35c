import { isServiceUp } from '../compute/service-up.js'
import type { RequestContext } from '../context/index.js'
import { HostMappingNotFound } from '../exception/index.js'
import { type Aggregate, HostMapping, Service } from '../objects/index.js'
import { Semaphore } from '../util/semaphore.js'
import type { ConductorServices } from './services.js'

/**
 * Has the hosts of an aggregate fetch images ahead, a few at a time. A host that is down, disabled or
 * fails is said in the log, and holds up none of the others.
 */
export const cacheImagesOnHosts = async (
  context: RequestContext,
  { cells, compute, log, serviceDownTime, precacheConcurrency }: ConductorServices,
  aggregate: Aggregate,
  imageIds: readonly string[],
): Promise<void> => {
  const turns = new Semaphore(precacheConcurrency)
  const fetchOn = async (host: string): Promise<void> => {
    try {
      const { cellMapping } = await HostMapping.getByHost(context.elevated(), host)
      const cell = await cells.target(context, cellMapping)
      const service = await Service.getByComputeHost(cell, host)
      if (!service || service.disabled || !isServiceUp(service, serviceDownTime)) {
        log.info({ host }, 'no images are fetched ahead on a host that is down or disabled')
        return
      }
      const results = await compute.cacheImages(cell, host, imageIds)
      log.info({ host, images: results }, 'images were fetched ahead')
    } catch (error) {
      if (error instanceof HostMappingNotFound) log.info({ host }, 'a host without a cell')
      else log.error({ err: error, host }, 'cannot have images fetched ahead')
    }
  }
  await Promise.all((aggregate.hosts ?? []).map(host => turns.run(() => fetchOn(host))))
}
