import type { ManageSession } from './session.js'
import { prettyTable } from './table.js'

/**
 * Rows that a newer schema wants changed, a batch at a time. From Zed on there are none: what nova's
 * own list holds, an upgrade to Zed has done (`nova-status upgrade check`). The command stays for the
 * scripts that call it, and its table is empty because nothing is looked for.
 */
export const onlineDataMigrations = async (
  session: ManageSession,
  { maxCount }: { maxCount?: string | undefined },
): Promise<number> => {
  if (maxCount === undefined) session.print('Running batches of 50 until complete')
  else if (!/^0*[1-9]\d*$/.test(maxCount)) {
    session.print('Must supply a positive value for max_number')
    return 127
  }
  session.print(prettyTable(['Migration', 'Total Needed', 'Completed'], []))
  return 0
}
