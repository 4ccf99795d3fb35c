import {
  dateTime,
  dictOf,
  integer,
  listOf,
  type MonitorMetric,
  novaObject,
  object,
  string,
} from '../../objects/index.js'
import { fill } from './fill.js'

export class MetricPayload extends novaObject('MetricPayload', '1.0', {
  name: string(),
  value: integer(),
  numa_membw_values: dictOf(integer())({ nullable: true }),
  timestamp: dateTime(),
  source: string(),
}) {}

/** What a host has measured of itself. */
export interface HostMetrics {
  readonly host: string
  readonly hostIp: string
  readonly nodename: string
  readonly metrics: readonly MonitorMetric[]
}

export class MetricsPayload extends novaObject('MetricsPayload', '1.0', {
  host: string(),
  host_ip: string(),
  nodename: string(),
  metrics: listOf(object(() => MetricPayload)())(),
}) {
  static of({ metrics, ...values }: HostMetrics): MetricsPayload {
    return new MetricsPayload(null, {
      ...values,
      // A value that is not of the metric's kind (the one or the other) is unset in it.
      metrics: metrics.map(metric => fill(new MetricPayload(), metric)),
    })
  }
}
