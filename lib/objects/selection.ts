import { novaObject, object, string, uuid } from './base/index.js'
import { SchedulerLimits } from './scheduler-limits.js'

export class Selection extends novaObject('Selection', '1.1', {
  compute_node_uuid: uuid(),
  service_host: string(),
  nodename: string(),
  cell_uuid: uuid(),
  limits: object(() => SchedulerLimits)({ nullable: true }),
  allocation_request: string({ nullable: true }),
  allocation_request_version: string({ nullable: true }),
  availability_zone: string({ nullable: true, since: '1.1' }),
}) {}
