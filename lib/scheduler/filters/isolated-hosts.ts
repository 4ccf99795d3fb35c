import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import type { FilterFactory } from './filter.js'

/** `isolated_images` run on `isolated_hosts`, and (unless told otherwise) nothing else does. */
export const isolatedHostsFilter: FilterFactory = ({ conf }) => {
  const {
    isolated_images,
    isolated_hosts,
    restrict_isolated_hosts_to_isolated_images: restricts,
  } = conf.filter_scheduler
  const images = new Set(isolated_images)
  const hosts = new Set(isolated_hosts)
  const hostPasses = (host: HostState, { imageId }: SchedulerRequest): boolean => {
    const isIsolatedHost = hosts.has(host.host)
    if (images.size === 0) return !restricts || !isIsolatedHost
    const isIsolatedImage = imageId !== null && images.has(imageId)
    return restricts ? isIsolatedImage === isIsolatedHost : !isIsolatedImage || isIsolatedHost
  }
  return {
    name: 'IsolatedHostsFilter',
    runOncePerRequest: true,
    runOnRebuild: true,
    hostPasses,
    why: host =>
      hosts.has(host.host)
        ? 'is isolated, and the image is not'
        : 'is not isolated, and the image is',
  }
}
