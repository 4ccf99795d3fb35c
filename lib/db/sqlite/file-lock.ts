import { DatabaseSync } from 'node:sqlite'
import { isBusy } from '../errors.js'

export interface FileLock {
  release(): void
}

/**
 * Keeps a file for this process. Whatever ends the process, the operating system gives the file free:
 * unlike a number in a file, such a lock is never left behind.
 *
 * @param file  made when it is not there; holds nothing
 * @returns null when another process has it
 */
export const lockFile = (file: string): FileLock | null => {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) return null
    throw error
  }
  return { release: () => database.close() }
}
