import { bool, int, str } from '../kinds.js'
import { group } from '../option.js'

/** oslo.db's options, which both databases have. */
const options = (what: string) =>
  ({
    connection: str({
      secret: true,
      help: `URL of ${what}: mysql+pymysql://user:password@host/name, sqlite:////path.`,
    }),
    connection_parameters: str({ default: '', help: 'Parameters added to that URL.' }),
    slave_connection: str({ secret: true, help: 'URL of a replica, for reads that allow it.' }),
    max_pool_size: int({ default: 5, min: 1, help: 'Connections kept when idle.' }),
    min_pool_size: int({ default: 1, min: 0, help: 'Not supported; read and ignored.' }),
    // oslo.db's 50 are for a pool a process; ours has one for each database, cells too, and MariaDB
    // takes 151 connections as packaged.
    max_overflow: int({
      default: 5,
      min: 0,
      help: 'Connections beyond those: each process has such a pool for each database.',
    }),
    pool_timeout: int({ default: 30, min: 0, help: 'Seconds to wait for a free connection.' }),
    connection_recycle_time: int({
      default: 3600,
      help: 'Seconds that a connection is used.',
    }),
    max_retries: int({
      default: 10,
      min: -1,
      help: 'Tries to reach a database that is full or away; -1: as many as pool_timeout allows.',
    }),
    retry_interval: int({ default: 10, min: 0, help: 'Most seconds between them.' }),
    db_max_retries: int({ default: 20, min: -1, help: 'Attempts of a transaction.' }),
    mysql_sql_mode: str({ default: 'TRADITIONAL', help: 'sql_mode of MySQL.' }),
    mysql_wsrep_sync_wait: int({ help: 'wsrep_sync_wait of Galera.' }),
    sqlite_synchronous: bool({ default: true, help: 'Wait for the disk (SQLite).' }),
    connection_debug: int({ default: 0, min: 0, max: 100, help: 'Log SQL: 1 statements.' }),
    connection_trace: bool({ default: false, help: 'Not supported; read and ignored.' }),
    backend: str({ default: 'sqlalchemy', help: 'Not supported; read and ignored.' }),
    use_db_reconnect: bool({ default: false, help: 'Not supported; read and ignored.' }),
    db_retry_interval: int({ default: 1, help: 'Seconds between attempts of a transaction.' }),
    db_inc_retry_interval: bool({ default: true, help: 'Each wait is longer than the last.' }),
    db_max_retry_interval: int({ default: 10, help: 'Longest wait, in seconds.' }),
  }) as const

export const database = group('database', options("the cell's database (by convention cell0's)"))
export const apiDatabase = group('api_database', options('the API database'))
