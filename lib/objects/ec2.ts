import { integer, novaObject, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class EC2Ids extends novaObject('EC2Ids', '1.0', {
  instance_id: string({ readOnly: true }),
  ami_id: string({ nullable: true, readOnly: true }),
  kernel_id: string({ nullable: true, readOnly: true }),
  ramdisk_id: string({ nullable: true, readOnly: true }),
}) {}

export class EC2InstanceMapping extends novaObject('EC2InstanceMapping', '1.0', {
  id: integer(),
  uuid: uuid(),
  ...persistentFields(),
}) {}

export class S3ImageMapping extends novaObject('S3ImageMapping', '1.0', {
  id: integer({ readOnly: true }),
  uuid: uuid(),
  ...persistentFields(),
}) {}
