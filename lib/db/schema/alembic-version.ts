import { varchar } from './columns.js'
import { table } from './table.js'

/** One row: the revision that the schema is at. */
export const alembicVersion = table(
  'alembic_version',
  { version_num: varchar(32).notNull() },
  { primaryKey: ['version_num'] },
)
