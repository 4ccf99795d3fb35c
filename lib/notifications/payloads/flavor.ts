import {
  boolean,
  dictOf,
  type Flavor,
  float,
  integer,
  listOf,
  novaObject,
  string,
} from '../../objects/index.js'
import { fill } from './fill.js'

/** Projects are told where they are known: a flavor that a server carries does not have them. */
export class FlavorPayload extends novaObject('FlavorPayload', '1.4', {
  flavorid: string({ nullable: true }),
  memory_mb: integer({ nullable: true }),
  vcpus: integer({ nullable: true }),
  root_gb: integer({ nullable: true }),
  ephemeral_gb: integer({ nullable: true }),
  name: string(),
  swap: integer(),
  rxtx_factor: float({ nullable: true }),
  vcpu_weight: integer({ nullable: true }),
  disabled: boolean(),
  is_public: boolean(),
  extra_specs: dictOf(string())({ nullable: true }),
  projects: listOf(string())({ nullable: true }),
  description: string({ nullable: true }),
}) {
  static of(flavor: Flavor): FlavorPayload {
    return fill(new FlavorPayload(), flavor)
  }
}
