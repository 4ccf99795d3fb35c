import { datetime, enumeration, integer, text, varchar } from '../columns.js'
import { table } from '../table.js'

export const keyPairs = table(
  'key_pairs',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    name: varchar(255).notNull(),
    user_id: varchar(255).notNull(),
    fingerprint: varchar(255),
    public_key: text(),
    type: enumeration('ssh', 'x509').notNull().default('ssh'),
  },
  {
    uniques: {
      uniq_key_pairs0user_id0name: ['user_id', 'name'],
    },
  },
)
