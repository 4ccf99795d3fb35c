import { boolean, dictOf, integer, listOf, novaObject, setOf, string, uuid } from './base/index.js'

export class RequestGroup extends novaObject('RequestGroup', '1.3', {
  use_same_provider: boolean({ default: true }),
  resources: dictOf(integer())({ default: {} }),
  required_traits: setOf(string())({ default: new Set() }),
  forbidden_traits: setOf(string())({ default: new Set() }),
  aggregates: listOf(listOf(string())())({ default: [] }),
  forbidden_aggregates: setOf(string())({ default: new Set(), since: '1.3' }),
  requester_id: string({ nullable: true, default: null, since: '1.1' }),
  provider_uuids: listOf(uuid())({ default: [], since: '1.1' }),
  in_tree: uuid({ nullable: true, default: null, since: '1.2' }),
}) {}

export class RequestLevelParams extends novaObject('RequestLevelParams', '1.1', {
  root_required: setOf(string())({ default: new Set() }),
  root_forbidden: setOf(string())({ default: new Set() }),
  same_subtree: listOf(listOf(string())())({ default: [], since: '1.1' }),
}) {}
