import type { Microversion } from './microversion.js'
import {
  Choice,
  rangeIndex,
  rangesOf,
  type Window,
  Windowed,
  WindowMark,
  windowText,
  within,
} from './window.js'

/** A mark is true within its window and false outside; a value is undefined outside of its windows. */
export type BehaviourTable = Readonly<Record<string, WindowMark | Windowed | Choice>>

export type BehavioursAt<Table extends BehaviourTable> = {
  readonly [Name in keyof Table]: Table[Name] extends WindowMark
    ? boolean
    : Table[Name] extends Windowed<infer Value>
      ? Value | undefined
      : unknown
}

/**
 * What a controller does differently by version, where its documents and schemas cannot tell it: a table, cut
 * into ranges at load, so that no handler compares versions.
 *
 *     const behaviours = behavioursOf({
 *       partial: since('2.69'),
 *       idOf: versions(until('2.52', numberOf), since('2.53', uuidOf)),
 *     })
 *     if (behaviours.at(req.version).partial) …
 */
export class Behaviours<Table extends BehaviourTable> {
  readonly #ranges: readonly BehavioursAt<Table>[]
  readonly #names: readonly (readonly string[])[]
  readonly #rangeOf: readonly number[]

  /** @throws TypeError when two values of a name overlap */
  constructor(table: Table) {
    for (const [name, entry] of Object.entries(table)) refuseOverlaps(name, windowsOf(entry))
    const starts = rangesOf(Object.values(table).flatMap(windowsOf))
    this.#rangeOf = rangeIndex(starts)
    this.#ranges = starts.map(minor => resolved(table, minor))
    this.#names = this.#ranges.map(range =>
      Object.entries(range).flatMap(([name, value]) => (value ? [name] : [])),
    )
  }

  /** One object for all versions of a range; it inherits nothing. */
  at({ minor }: Microversion): BehavioursAt<Table> {
    return this.#ranges[this.#index(minor)] as BehavioursAt<Table>
  }

  /** The names that hold at a version, in the order of the table. */
  namesAt({ minor }: Microversion): readonly string[] {
    return this.#names[this.#index(minor)] ?? []
  }

  #index(minor: number): number {
    return this.#rangeOf[minor] ?? this.#ranges.length - 1
  }
}

export const behavioursOf = <const Table extends BehaviourTable>(table: Table): Behaviours<Table> =>
  new Behaviours(table)

const windowsOf = (entry: WindowMark | Windowed | Choice): readonly Window[] =>
  entry instanceof Choice
    ? entry.options.flatMap(option => (option instanceof Windowed ? [option.window] : []))
    : [entry.window]

const refuseOverlaps = (name: string, windows: readonly Window[]): void => {
  windows.forEach((one, index) => {
    const other = windows.slice(0, index).find(({ min, max }) => min <= one.max && one.min <= max)
    if (other) {
      throw new TypeError(
        `behaviour '${name}' has two values that overlap: ${windowText(other)}, ${windowText(one)}`,
      )
    }
  })
}

const resolved = <Table extends BehaviourTable>(
  table: Table,
  minor: number,
): BehavioursAt<Table> => {
  const range: Record<string, unknown> = Object.create(null)
  for (const [name, entry] of Object.entries(table)) range[name] = valueAt(entry, minor)
  return Object.freeze(range) as BehavioursAt<Table>
}

const valueAt = (entry: unknown, minor: number): unknown => {
  if (entry instanceof WindowMark) return within(entry.window, minor)
  if (entry instanceof Windowed) return within(entry.window, minor) ? entry.value : undefined
  if (!(entry instanceof Choice)) return entry
  const option = entry.options.find(one => !(one instanceof Windowed) || within(one.window, minor))
  return valueAt(option, minor)
}
