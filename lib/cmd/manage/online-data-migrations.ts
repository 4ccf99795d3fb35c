import { onlineMigrations, type Progress } from './online-migrations.js'
import type { ManageSession } from './session.js'
import { prettyTable } from './table.js'

/** Rows of a batch when no `--max-count` is given. */
const BATCH = 50

/**
 * Changes rows that an older nova wrote as a newer one wants them, batch by batch until none are left, or
 * `maxCount` at most. It may be interrupted, and run again, at any time.
 *
 * @returns 0: none are left; 1: some were changed and more may be left; 2: a step failed, which was told; 127: no number
 */
export const onlineDataMigrations = async (
  session: ManageSession,
  { maxCount }: { maxCount?: string | undefined },
): Promise<number> => {
  if (maxCount === undefined) session.print(`Running batches of ${BATCH} until complete`)
  else if (!/^0*[1-9]\d{0,8}$/.test(maxCount)) {
    session.print('Must supply a positive value for max_number')
    return 127
  }
  const isUnlimited = maxCount === undefined
  const limit = isUnlimited ? BATCH : Number(maxCount)
  const sums = new Map<string, Progress>()
  let last: Batch
  do {
    last = await runBatch(session, limit)
    for (const [name, { found, done }] of last.progress) {
      const sum = sums.get(name) ?? { found: 0, done: 0 }
      sums.set(name, { found: sum.found + found, done: sum.done + done })
    }
  } while (isUnlimited && last.done > 0 && !session.signal?.aborted)

  session.print(
    prettyTable(
      ['Migration', 'Total Needed', 'Completed'],
      [...sums]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, { found, done }]) => [name, String(found), String(done)]),
    ),
  )
  // Where something else was changed, that may have been what the step that failed waits for.
  if (last.hasFailed && (isUnlimited || last.done === 0)) {
    session.print('Some migrations failed unexpectedly. Check log for details.')
    return 2
  }
  return last.done > 0 ? 1 : 0
}

interface Batch {
  readonly progress: ReadonlyMap<string, Progress>
  readonly done: number
  readonly hasFailed: boolean
}

const runBatch = async (session: ManageSession, limit: number): Promise<Batch> => {
  const progress = new Map<string, Progress>()
  let sum = 0
  let hasFailed = false
  for (const [name, migrate] of onlineMigrations) {
    let step: Progress = { found: 0, done: 0 }
    try {
      step = await migrate(session, limit - sum)
    } catch (error) {
      hasFailed = true
      session.print(`Error attempting to run ${name}`)
      session.warn(error instanceof Error ? error.message : String(error))
    }
    const { found, done } = step
    if (found > 0) session.print(`${found} rows matched query ${name}, ${done} migrated`)
    progress.set(name, step)
    sum += done
    if (sum >= limit || session.signal?.aborted) break
  }
  return { progress, done: sum, hasFailed }
}
