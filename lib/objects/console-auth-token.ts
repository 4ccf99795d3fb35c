import { integer, novaObject, string, uuid } from './base/index.js'
import { timestampFields } from './persistent.js'

export class ConsoleAuthToken extends novaObject('ConsoleAuthToken', '1.1', {
  id: integer(),
  console_type: string(),
  host: string(),
  port: integer(),
  internal_access_path: string({ nullable: true }),
  instance_uuid: uuid(),
  access_url_base: string({ nullable: true }),
  token: string(),
  ...timestampFields(),
}) {}
