import {
  dictOf,
  type InstanceGroup,
  listOf,
  novaObject,
  string,
  uuid,
} from '../../objects/index.js'
import { fill } from './fill.js'

/** `policies` is what the group had before 2.64; hosts are not looked up for it. */
export class ServerGroupPayload extends novaObject('ServerGroupPayload', '1.1', {
  uuid: uuid(),
  name: string({ nullable: true }),
  user_id: string({ nullable: true }),
  project_id: string({ nullable: true }),
  policies: listOf(string())({ nullable: true }),
  members: listOf(string())({ nullable: true }),
  hosts: listOf(string())({ nullable: true }),
  policy: string({ nullable: true }),
  rules: dictOf(string())(),
}) {
  static of(group: InstanceGroup): ServerGroupPayload {
    return fill(new ServerGroupPayload(null, { rules: group.get('_rules') ?? {} }), group)
  }
}
