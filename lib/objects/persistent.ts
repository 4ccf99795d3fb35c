import { boolean, dateTime } from './base/index.js'

/** Columns of the tables that know no soft delete (the API database). */
export const timestampFields = () => ({
  created_at: dateTime({ nullable: true }),
  updated_at: dateTime({ nullable: true }),
})

/** Columns that every soft-deleted table has; `deleted` is a yes or no here, an id in the row. */
export const persistentFields = () => ({
  ...timestampFields(),
  deleted_at: dateTime({ nullable: true }),
  deleted: boolean({ default: false }),
})
