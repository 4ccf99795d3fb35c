import { weightSettings } from '../weighers/weight-settings.js'
import { type FilterFactory, perInstance } from './filter.js'

/** The host reports every metric that `[metrics] weight_setting` weighs. */
export const metricsFilter: FilterFactory = ({ conf }) => {
  const names = [...weightSettings('[metrics] weight_setting', conf.metrics.weight_setting).keys()]
  return {
    name: 'MetricsFilter',
    ...perInstance,
    concerns: () => names.length > 0,
    hostPasses: host => names.every(name => host.metrics.has(name)),
    why: host => `does not report ${names.filter(name => !host.metrics.has(name)).join(', ')}`,
  }
}
