import {
  dateTime,
  integer,
  novaObject,
  novaObjectList,
  object,
  string,
  uuid,
} from './base/index.js'
import { BlockDeviceMappingList } from './block-device-mapping.js'
import { Instance } from './instance.js'
import { TagList } from './tag.js'

export class BuildRequest extends novaObject('BuildRequest', '1.3', {
  id: integer(),
  instance_uuid: uuid(),
  project_id: string(),
  instance: object(() => Instance)(),
  block_device_mappings: object(() => BlockDeviceMappingList)({ since: '1.1' }),
  created_at: dateTime({ nullable: true }),
  updated_at: dateTime({ nullable: true }),
  tags: object(() => TagList)({ since: '1.3' }),
}) {}

export class BuildRequestList extends novaObjectList(
  'BuildRequestList',
  '1.0',
  () => BuildRequest,
) {}
