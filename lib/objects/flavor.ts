import {
  boolean,
  dictOf,
  float,
  integer,
  listOf,
  novaObject,
  novaObjectList,
  string,
} from './base/index.js'
import { persistentFields } from './persistent.js'

export class Flavor extends novaObject('Flavor', '1.2', {
  id: integer(),
  name: string({ nullable: true }),
  memory_mb: integer(),
  vcpus: integer(),
  root_gb: integer(),
  ephemeral_gb: integer(),
  flavorid: string(),
  swap: integer(),
  rxtx_factor: float({ nullable: true, default: 1 }),
  vcpu_weight: integer({ nullable: true }),
  disabled: boolean(),
  is_public: boolean(),
  extra_specs: dictOf(string())(),
  projects: listOf(string())(),
  description: string({ nullable: true, since: '1.2' }),
  ...persistentFields(),
}) {}

export class FlavorList extends novaObjectList('FlavorList', '1.1', () => Flavor) {}
