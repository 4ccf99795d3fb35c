import { boolean, listOf, novaObject, object, setOf, string } from './base/index.js'
import { CellMapping } from './cell-mapping.js'

export class Destination extends novaObject('Destination', '1.4', {
  host: string(),
  node: string({ nullable: true }),
  cell: object(() => CellMapping)({ nullable: true, since: '1.1' }),
  aggregates: listOf(string())({ nullable: true, default: null, since: '1.2' }),
  allow_cross_cell_move: boolean({ default: false, since: '1.3' }),
  forbidden_aggregates: setOf(string())({ nullable: true, default: null, since: '1.4' }),
}) {}
