import { isServiceUp } from '../compute/service-up.js'
import type { RequestContext } from '../context/index.js'
import { HostMappingNotFound } from '../exception/index.js'
import { notify, notifying } from '../notifications/index.js'
import { type Aggregate, HostMapping, Service } from '../objects/index.js'
import { Semaphore } from '../util/semaphore.js'
import type { ConductorServices } from './services.js'

/**
 * Has the hosts of an aggregate fetch images ahead, a few at a time. A host that is down, disabled or
 * fails is said in the log, and holds up none of the others.
 */
export const cacheImagesOnHosts = (
  context: RequestContext,
  services: ConductorServices,
  aggregate: Aggregate,
  imageIds: readonly string[],
): Promise<void> => {
  const turns = new Semaphore(services.precacheConcurrency)
  const hosts = aggregate.hosts ?? []
  let done = 0
  const fetchOn = async (host: string): Promise<void> => {
    const images = await fetchImages(context, services, host, imageIds)
    done += 1
    const progress = { aggregate, host, images, index: done, total: hosts.length }
    await notify(context, 'aggregate.cache_images.progress', progress)
  }
  return notifying(context, 'aggregate.cache_images', { aggregate }, async () => {
    await Promise.all(hosts.map(host => turns.run(() => fetchOn(host))))
  })
}

/** @returns image id → how it went: the host's word, `skipped`, or `error` */
const fetchImages = async (
  context: RequestContext,
  { cells, compute, log, serviceDownTime }: ConductorServices,
  host: string,
  imageIds: readonly string[],
): Promise<Readonly<Record<string, string>>> => {
  const all = (status: string) => Object.fromEntries(imageIds.map(id => [id, status]))
  try {
    const { cellMapping } = await HostMapping.getByHost(context.elevated(), host)
    const cell = await cells.target(context, cellMapping)
    const service = await Service.getByComputeHost(cell, host)
    if (!service || service.disabled || !isServiceUp(service, serviceDownTime)) {
      log.info({ host }, 'no images are fetched ahead on a host that is down or disabled')
      return all('skipped')
    }
    const results = await compute.cacheImages(cell, host, imageIds)
    log.info({ host, images: results }, 'images were fetched ahead')
    return results
  } catch (error) {
    if (error instanceof HostMappingNotFound) log.info({ host }, 'a host without a cell')
    else log.error({ err: error, host }, 'cannot have images fetched ahead')
    return all('error')
  }
}
