import type { CellDb, CellRow } from '../rows.js'

export const pciDevicesOfNode = (db: CellDb, nodeId: number): Promise<CellRow<'pci_devices'>[]> =>
  db
    .selectFrom('pci_devices')
    .selectAll()
    .where('compute_node_id', '=', nodeId)
    .where('deleted', '=', 0)
    .orderBy('id')
    .execute()
