import { boolean, dictOf, integer, listOf, novaObject, object, string, uuid } from './base/index.js'
import { pcinumaAffinityPolicy } from './enums.js'

export class InstancePCIRequest extends novaObject('InstancePCIRequest', '1.4', {
  count: integer(),
  spec: listOf(dictOf(string({ nullable: true }))())(),
  alias_name: string({ nullable: true }),
  is_new: boolean({ default: false }),
  request_id: uuid({ nullable: true, since: '1.1' }),
  requester_id: string({ nullable: true, since: '1.3' }),
  numa_policy: pcinumaAffinityPolicy({ nullable: true, since: '1.2' }),
}) {}

export class InstancePCIRequests extends novaObject('InstancePCIRequests', '1.1', {
  instance_uuid: uuid(),
  requests: listOf(object(() => InstancePCIRequest)())(),
}) {}
