import {
  boolean,
  dateTime,
  integer,
  novaObject,
  novaObjectList,
  object,
  string,
  uuid,
} from './base/index.js'
import { ComputeNode } from './compute-node.js'
import { persistentFields } from './persistent.js'

export class Service extends novaObject('Service', '1.22', {
  id: integer({ readOnly: true }),
  uuid: uuid({ since: '1.21' }),
  host: string({ nullable: true }),
  binary: string({ nullable: true }),
  topic: string({ nullable: true }),
  report_count: integer(),
  disabled: boolean(),
  disabled_reason: string({ nullable: true }),
  availability_zone: string({ nullable: true }),
  compute_node: object(() => ComputeNode)(),
  last_seen_up: dateTime({ nullable: true, since: '1.13' }),
  forced_down: boolean({ since: '1.14' }),
  version: integer({ since: '1.16' }),
  ...persistentFields(),
}) {}

export class ServiceList extends novaObjectList('ServiceList', '1.19', () => Service) {}
