import { withoutIgnored } from '../choose.js'
import type { HostFilter } from '../filters/index.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import { Ranking } from '../weighers/ranking.js'
import type { SchedulerDriver } from './driver.js'

export interface SimpleOptions {
  readonly isUp: HostFilter
  readonly isolation: HostFilter
  /** `[DEFAULT] max_cores`: of servers on one host. */
  readonly maxCores: number
  /** `[DEFAULT] skip_isolated_core_check`: isolated hosts may have more. */
  readonly skipIsolatedCoreCheck: boolean
  readonly isIsolatedImage: (imageId: string | null) => boolean
}

/**
 * nova's SimpleScheduler (up to Folsom): the host that is up and has the fewest cores in use, as long
 * as that one stays within `max_cores`.
 */
export const simpleDriver = (options: SimpleOptions): SchedulerDriver => {
  const { isUp, isolation, maxCores, skipIsolatedCoreCheck, isIsolatedImage } = options
  const isTooFull = (host: HostState, { flavor, imageId }: SchedulerRequest): boolean =>
    !(skipIsolatedCoreCheck && isIsolatedImage(imageId)) && host.vcpusUsed + flavor.vcpus > maxCores
  return {
    name: 'simple_scheduler',
    needs: [],
    rank(hosts, request, _first, audit) {
      const able = withoutIgnored(hosts, request, audit).filter(host => {
        const by = [isUp, isolation].find(filter => !filter.hostPasses(host, request))
        if (by) audit?.dropped(host, by.name, () => by.why?.(host, request) ?? '')
        return !by
      })
      // Who is asked for by name is not weighed against others.
      const isForced = request.forceHosts.length > 0
      const left = able.filter(host => {
        if (isForced || !isTooFull(host, request)) return true
        audit?.dropped(host, 'max_cores', () => `has ${host.vcpusUsed} cores in use`)
        return false
      })
      const weights = Float64Array.from(left, host => -host.vcpusUsed)
      audit?.ranked?.(left, weights)
      return new Ranking(left, weights)
    },
  }
}
