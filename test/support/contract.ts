import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * The path of a file of the contract: below `KILONOVA_CONTRACT`, or `../shared/contract` beside the
 * checkout. Without it the test or suite that asks is skipped, and says so.
 */
export const contractFile = (test: Mocha.Context, path: string): string => {
  const folder =
    process.env.KILONOVA_CONTRACT ?? resolve(import.meta.dirname, '../../../../shared/contract')
  const file = join(folder, path)
  if (!existsSync(file)) {
    console.log(`      skipped: ${file} is not there`)
    test.skip()
  }
  return file
}
