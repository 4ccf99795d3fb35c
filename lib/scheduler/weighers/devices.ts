import { ComputeHostMetricNotFound } from '../../exception/index.js'
import type { WeigherFactory } from './weigher.js'
import { weightSettings } from './weight-settings.js'

/** More free devices make no difference. */
const MOST_DEVICES = 99

/**
 * Keeps hosts with PCI devices for those who ask for them: hosts without any come first for the
 * others, and of those with, the one that has fewest left.
 */
export const pciWeigher: WeigherFactory = ({ conf }) => ({
  name: 'PCIWeigher',
  multiplierKey: 'pci_weight_multiplier',
  multiplier: conf.filter_scheduler.pci_weight_multiplier,
  weigh: host => {
    let free = 0
    for (const { count } of host.pciPools) free += count
    return MOST_DEVICES + 1 - Math.min(free, MOST_DEVICES)
  },
})

/** Weighs what the hosts' monitors report, by `[metrics] weight_setting`. */
export const metricsWeigher: WeigherFactory = ({ conf }) => {
  const { metrics } = conf
  const settings = weightSettings('[metrics] weight_setting', metrics.weight_setting)
  return {
    name: 'MetricsWeigher',
    multiplierKey: 'metrics_weight_multiplier',
    multiplier: metrics.weight_multiplier,
    concerns: () => settings.size > 0,
    weigh(host) {
      let sum = 0
      for (const [name, ratio] of settings) {
        const value = host.metrics.get(name)
        if (value !== undefined) sum += value * ratio
        else if (metrics.required) {
          throw new ComputeHostMetricNotFound({ name, host: host.host, node: host.nodename })
        } else return metrics.weight_of_unavailable
      }
      return sum
    },
  }
}
