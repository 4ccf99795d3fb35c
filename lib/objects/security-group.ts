import type { RequestContext } from '../context/index.js'
import { securityGroupsOf } from '../db/queries/cell/instance-parts.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  integer,
  novaObject,
  novaObjectList,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { persistentFields } from './persistent.js'

export class SecurityGroup extends novaObject('SecurityGroup', '1.2', {
  id: integer(),
  name: string(),
  description: string(),
  user_id: string(),
  project_id: string(),
  uuid: uuid({ since: '1.2' }),
  ...persistentFields(),
}) {}

export class SecurityGroupList extends novaObjectList(
  'SecurityGroupList',
  '1.1',
  () => SecurityGroup,
) {
  /** The rows of old; groups belong to the network service now. */
  @remotableClassMethod(['instance'])
  static async getByInstance(
    context: RequestContext,
    instance: { readonly uuid: string },
  ): Promise<SecurityGroupList> {
    const rows = await securityGroupsOf(cellOf(context).kysely, [instance.uuid])
    return SecurityGroupList.of(
      context,
      rows.map(row => SecurityGroup.hydrate(context, withDeletedFlag(row))),
    )
  }
}
