import { groups } from './groups.js'
import type { NovaConf } from './load.js'
import type { Options } from './option.js'

/** An option whose value is another one in a file that was read again. */
export interface OptionChange {
  readonly group: string
  readonly name: string
  /** It counts from now on; else from the next start. */
  readonly isMutable: boolean
}

/** What differs between two readings of nova.conf. */
export const changedOptions = (before: NovaConf, after: NovaConf): OptionChange[] =>
  Object.entries(groups).flatMap(([group, { options }]) => {
    const name = group as keyof typeof groups
    return changesIn(group, options, before[name], after[name])
  })

const changesIn = (
  group: string,
  options: Options,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): OptionChange[] =>
  Object.entries(options)
    // Values are texts, numbers, and lists and maps of them.
    .filter(([name]) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map(([name, { mutable = false }]) => ({ group, name, isMutable: mutable }))
