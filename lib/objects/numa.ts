import { integer, listOf, novaObject, object, setOf } from './base/index.js'
import { NetworkMetadata } from './network-metadata.js'

export class NUMAPagesTopology extends novaObject('NUMAPagesTopology', '1.1', {
  size_kb: integer(),
  total: integer(),
  used: integer({ default: 0 }),
  reserved: integer({ default: 0, since: '1.1' }),
}) {}

export class NUMACell extends novaObject('NUMACell', '1.5', {
  id: integer({ readOnly: true }),
  cpuset: setOf(integer())(),
  pcpuset: setOf(integer())({ since: '1.4' }),
  memory: integer(),
  cpu_usage: integer({ default: 0 }),
  memory_usage: integer({ default: 0 }),
  pinned_cpus: setOf(integer())(),
  siblings: listOf(setOf(integer())())(),
  mempages: listOf(object(() => NUMAPagesTopology)())(),
  network_metadata: object(() => NetworkMetadata)({ since: '1.3' }),
  socket: integer({ nullable: true, since: '1.5' }),
}) {}

export class NUMATopology extends novaObject('NUMATopology', '1.2', {
  cells: listOf(object(() => NUMACell)())(),
}) {}
