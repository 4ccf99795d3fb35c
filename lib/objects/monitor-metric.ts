import { dateTime, dictOf, integer, novaObject, novaObjectList, string } from './base/index.js'
import { monitorMetricType } from './enums.js'

export class MonitorMetric extends novaObject('MonitorMetric', '1.1', {
  name: monitorMetricType(),
  value: integer(),
  numa_membw_values: dictOf(integer())({ nullable: true, since: '1.1' }),
  timestamp: dateTime(),
  source: string(),
}) {}

export class MonitorMetricList extends novaObjectList(
  'MonitorMetricList',
  '1.1',
  () => MonitorMetric,
) {}
