import { withoutIgnored } from '../choose.js'
import type { HostFilter } from '../filters/index.js'
import type { SchedulerDriver } from './driver.js'
import { shuffle } from './filter.js'

/** nova's ChanceScheduler (up to Rocky): any host whose service is up. */
export const chanceDriver = (isUp: HostFilter, random: () => number): SchedulerDriver => ({
  name: 'chance_scheduler',
  needs: [],
  rank(hosts, request, _first, audit) {
    const up = withoutIgnored(hosts, request, audit).filter(host => {
      if (isUp.hostPasses(host, request)) return true
      audit?.dropped(host, isUp.name, () => isUp.why?.(host, request) ?? '')
      return false
    })
    audit?.ranked?.(up, new Float64Array(up.length))
    return shuffle(up, random)
  },
})
