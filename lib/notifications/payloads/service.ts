import {
  boolean,
  dateTime,
  integer,
  novaObject,
  type Service,
  string,
  uuid,
} from '../../objects/index.js'
import { fill } from './fill.js'

export class ServiceStatusPayload extends novaObject('ServiceStatusPayload', '1.1', {
  host: string({ nullable: true }),
  binary: string({ nullable: true }),
  topic: string({ nullable: true }),
  report_count: integer(),
  disabled: boolean(),
  disabled_reason: string({ nullable: true }),
  availability_zone: string({ nullable: true }),
  last_seen_up: dateTime({ nullable: true }),
  forced_down: boolean(),
  version: integer(),
  uuid: uuid(),
}) {
  static of(service: Service): ServiceStatusPayload {
    return fill(new ServiceStatusPayload(), service)
  }
}
