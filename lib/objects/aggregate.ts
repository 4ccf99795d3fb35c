import { dictOf, integer, listOf, novaObject, novaObjectList, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class Aggregate extends novaObject('Aggregate', '1.3', {
  id: integer(),
  uuid: uuid(),
  name: string(),
  hosts: listOf(string())({ nullable: true }),
  metadata: dictOf(string())({ nullable: true }),
  ...persistentFields(),
}) {}

export class AggregateList extends novaObjectList('AggregateList', '1.3', () => Aggregate) {}
