import type { NovaConf } from '../conf/index.js'
import type { Database, DatabaseOptions } from './database.js'
import { openDatabase } from './open.js'

/** oslo.db's options of `[database]` or `[api_database]`, in our units. */
export const poolOptions = ({
  max_pool_size,
  max_overflow,
  pool_timeout,
  max_retries,
  retry_interval,
}: NovaConf['database']): DatabaseOptions => ({
  maxPoolSize: max_pool_size,
  maxOverflow: max_overflow,
  poolTimeout: pool_timeout * 1000,
  maxRetries: max_retries,
  retryInterval: retry_interval * 1000,
})

/**
 * Opens a database and makes sure that it is there: what a process does at its start, once (an API)
 * or until it works (a worker).
 *
 * @throws DatabaseUrlError
 * @throws DatabaseConnectionError
 */
export const connectDatabase = async <Schema>(
  url: string,
  options: DatabaseOptions = {},
): Promise<Database<Schema>> => {
  const database = openDatabase<Schema>(url, options)
  try {
    await database.ping()
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}
