import { apiTables } from '../schema/api.js'
import { cellTables } from '../schema/cell.js'
import type { Tables } from '../schema/table.js'

export interface Revision {
  readonly id: string
  readonly title: string
  /** Tables of nova's earlier migration tool, to be dropped if they are there. */
  readonly drops?: readonly string[]
}

/** How a database came to be: nova's own revisions (nova/db/{api,main}/migrations/versions). */
export interface History {
  readonly name: 'api' | 'main'
  readonly tables: Tables
  /** Before Zed's: known, but not upgraded from here. */
  readonly older: readonly string[]
  /** Zed's first; each further one changes what is dated with it in the tables. */
  readonly revisions: readonly Revision[]
}

export const apiHistory: History = {
  name: 'api',
  tables: apiTables,
  older: ['d67eeaabee36'],
  revisions: [
    { id: 'b30f573d3377', title: 'remove unused build_requests columns (Zed)' },
    {
      id: 'cdeec0c85668',
      title: 'drop legacy migrate_version table',
      drops: ['migrate_version'],
    },
  ],
}

export const cellHistory: History = {
  name: 'main',
  tables: cellTables,
  older: ['8f2f1571d55b', '16f1fbcab42b'],
  revisions: [
    { id: 'ccb0fa1a2252', title: 'add encryption fields to block_device_mapping (Zed)' },
    { id: '960aac0e09ea', title: 'de-duplicate indexes of instances and console_auth_tokens' },
    {
      id: '1b91788ec3a6',
      title: 'drop legacy migrate_version table',
      drops: ['migrate_version', 'shadow_migrate_version'],
    },
    { id: '1acf2c98e646', title: 'add compute_id to instances, dest_compute_id to migrations' },
    { id: '13863f4e1612', title: 'create share_mapping' },
    { id: 'd60bddf7a903', title: 'make shares of an instance unique' },
    { id: '2903cd72dc14', title: 'add tls_port to console_auth_tokens' },
    { id: 'ab450ba04102', title: 'index migrations by source and by destination' },
  ],
}
