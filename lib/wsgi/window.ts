/**
 * Ranges of microversions. A version is known by its minor number, for the API has one major (2);
 * 0 stands for /v2, which has no microversions: `'2.0'`.
 */
export interface Window {
  readonly min: number
  /** Included. `Infinity`: still there. */
  readonly max: number
}

const VERSION = /^2\.(0|[1-9]\d{0,3})$/

/**
 * @param version  `2.N`
 * @throws TypeError when it is anything else: tables are written by programmers
 */
export const minorOf = (version: string): number => {
  const minor = VERSION.exec(version)?.[1]
  if (minor === undefined) {
    throw new TypeError(`'${version}' is not a microversion: expected '2.N', such as '2.37'`)
  }
  return Number(minor)
}

/** Both ends included; without a first version also /v2 is meant, without a last one all later ones. */
export const windowOf = (min?: string, max?: string): Window => {
  const window = {
    min: min === undefined ? 0 : minorOf(min),
    max: max === undefined ? Number.POSITIVE_INFINITY : minorOf(max),
  }
  if (window.min > window.max) throw new TypeError(`the window ${min} to ${max} is empty`)
  return window
}

export const within = (window: Window, minor: number): boolean =>
  minor >= window.min && minor <= window.max

/** `2.6 to 2.35`, `2.6 on`: for people. */
export const windowText = ({ min, max }: Window): string =>
  max === Number.POSITIVE_INFINITY
    ? `2.${min} on`
    : min === max
      ? `2.${min}`
      : `2.${min} to 2.${max}`

/** A mark in a view's table: the field stands in documents of these versions only. */
export class WindowMark {
  constructor(readonly window: Window) {}
}

/** A value anywhere in a schema that stands there in some versions only. */
export class Windowed<T = unknown> {
  constructor(
    readonly window: Window,
    readonly value: T,
  ) {}
}

/**
 * In a view: a mark, `locked: [i => i.locked, since('2.9')]`.
 * In a schema: around a value, `locked_reason: since('2.73', { type: 'string' })`.
 */
export function since(min: string): WindowMark
export function since<T>(min: string, value: T): Windowed<T>
export function since<T>(...args: [string] | [string, T]): WindowMark | Windowed<T> {
  const window = windowOf(args[0])
  return args.length === 2 ? new Windowed(window, args[1]) : new WindowMark(window)
}

/** The last version is included. In a schema, /v2 too. */
export function until(max: string): WindowMark
export function until<T>(max: string, value: T): Windowed<T>
export function until<T>(...args: [string] | [string, T]): WindowMark | Windowed<T> {
  const window = windowOf(undefined, args[0])
  return args.length === 2 ? new Windowed(window, args[1]) : new WindowMark(window)
}

export function between(min: string, max: string): WindowMark
export function between<T>(min: string, max: string, value: T): Windowed<T>
export function between<T>(
  ...args: [string, string] | [string, string, T]
): WindowMark | Windowed<T> {
  const window = windowOf(args[0], args[1])
  return args.length === 3 ? new Windowed(window, args[2]) : new WindowMark(window)
}

/** In a schema: only under /v2. */
export const legacyOnly = <T>(value: T): Windowed<T> => new Windowed(windowOf('2.0', '2.0'), value)

/** In a schema: the first of these whose window holds; nothing when none does. */
export class Choice {
  constructor(readonly options: readonly unknown[]) {}
}

/** In a schema: `networks: versions(until('2.36', list), since('2.37', listOrAuto))`. */
export const versions = (...options: unknown[]): Choice => new Choice(options)

/**
 * Cuts versions into the ranges within which nothing of these windows changes.
 *
 * @returns the first minor of each range, ascending, beginning with 0
 */
export const rangesOf = (windows: Iterable<Window>): readonly number[] => {
  const starts = new Set([0])
  for (const { min, max } of windows) {
    starts.add(min)
    if (max !== Number.POSITIVE_INFINITY) starts.add(max + 1)
  }
  return [...starts].sort((a, b) => a - b)
}

/** For each minor, the number of its range in `starts`; later minors belong to the last range. */
export const rangeIndex = (starts: readonly number[]): readonly number[] => {
  const index: number[] = []
  starts.forEach((start, range) => {
    const end = starts[range + 1] ?? start + 1
    for (let minor = start; minor < end; minor++) index.push(range)
  })
  return index
}
