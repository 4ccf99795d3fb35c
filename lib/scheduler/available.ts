import { PasteError } from '../paste/errors.js'
import { importReference } from '../paste/importer.js'
import { nearest } from '../util/nearest.js'
import { OperatorError } from '../util/operator-error.js'
import type { FilterOptions } from './filters/index.js'

/** A filter's or weigher's name, and what makes it. */
export type Makers<T> = ReadonlyMap<string, (options: FilterOptions) => T>

export interface AvailableOptions<T extends { readonly name: string }> {
  /** `[filter_scheduler] available_filters`: in messages. */
  readonly option: string
  /** What it names: `filter`, `weigher`. */
  readonly noun: string
  /** `nova.scheduler.filters.all_filters` */
  readonly all: readonly string[]
  readonly stock: Readonly<Record<string, (options: FilterOptions) => T>>
  /** The method that makes it one: `hostPasses`. */
  readonly method: string
  /** What a user's own may leave out. */
  readonly complete: (own: T, name: string) => T
  /** What files and packages are looked up from. */
  readonly folder: string
}

/**
 * What an option like `available_filters` makes known: all of nova's, single ones by their Python
 * class, and users' own by `package`, `package:Name`, `/path/file.js` or `/path/file.js:Name`.
 *
 * @throws OperatorError for what cannot be found, or is none
 */
export const available = async <T extends { readonly name: string }>(
  entries: readonly string[],
  options: AvailableOptions<T>,
): Promise<Makers<T>> => {
  const makers = new Map<string, (options: FilterOptions) => T>()
  for (const entry of entries) {
    if (options.all.includes(entry)) {
      for (const [name, make] of Object.entries(options.stock)) makers.set(name, make)
      continue
    }
    const own = entry.startsWith('nova.') ? ofNova(entry, options) : await ofUser(entry, options)
    for (const [name, make] of own) makers.set(name, make)
  }
  return makers
}

const ofNova = <T extends { readonly name: string }>(
  entry: string,
  { option, noun, all, stock }: AvailableOptions<T>,
): Makers<T> => {
  const name = entry.slice(entry.lastIndexOf('.') + 1)
  const make = stock[name]
  if (make) return new Map([[name, make]])
  const meant = nearest(name, Object.keys(stock)) ?? nearest(entry, all)
  throw new OperatorError(
    `${option}: there is no ${noun} '${entry}'.${meant ? ` Did you mean '${meant}'?` : ''}`,
  )
}

const ofUser = async <T extends { readonly name: string }>(
  entry: string,
  options: AvailableOptions<T>,
): Promise<Makers<T>> => {
  const { option, noun, folder, method } = options
  const [, module = entry, attribute = null] = /^(.+?)(?::([\w$.]+))?$/.exec(entry) ?? []
  let found: unknown
  try {
    const asking = { at: undefined, chain: [] }
    found = await importReference({ module, attribute }, folder, {}, asking)
  } catch (cause) {
    if (!(cause instanceof PasteError)) throw cause
    throw new OperatorError(`${option}: '${entry}': ${cause.message}`, { cause })
  }
  const exports: readonly (readonly [string, unknown])[] =
    attribute !== null ? [[attribute, found]] : Object.entries(isObject(found) ? found : {})
  const makers = new Map<string, (options: FilterOptions) => T>()
  for (const [name, value] of exports) {
    if (isClassWith(value, method) || hasMethod(value, method) || attribute !== null) {
      const make = (given: FilterOptions) => own(name, entry, value, given, options)
      makers.set(nameOf(name, value), make)
    }
  }
  if (makers.size > 0) return makers
  throw new OperatorError(
    `${option}: '${entry}' exports no ${noun}: neither a class nor an object with ${method}(host, request).`,
  )
}

type Constructor = new (options: FilterOptions) => unknown

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isClassWith = (value: unknown, method: string): value is Constructor =>
  typeof value === 'function' && hasMethod(value.prototype, method)

const hasMethod = (value: unknown, method: string): boolean =>
  isObject(value) && typeof Reflect.get(value, method) === 'function'

/** Exported by default, it is known by its class's name. */
const nameOf = (exported: string, value: unknown): string => {
  const { name } = value as { readonly name?: unknown }
  return exported === 'default' && typeof name === 'string' && name !== '' ? name : exported
}

/** One of a user's own, with what he left out. */
const own = <T extends { readonly name: string }>(
  exported: string,
  entry: string,
  value: unknown,
  given: FilterOptions,
  { option, noun, method, complete }: AvailableOptions<T>,
): T => {
  const made: unknown = isClassWith(value, method)
    ? new value(given)
    : typeof value === 'function'
      ? value(given)
      : value
  if (!hasMethod(made, method)) {
    throw new OperatorError(
      `${option}: '${entry}' is no ${noun}: it has no ${method}(host, request).`,
    )
  }
  const { name } = made as { readonly name?: unknown }
  const label = typeof name === 'string' && name !== '' ? name : nameOf(exported, value)
  return complete(made as T, label)
}

/**
 * Those that an option like `enabled_filters` names, in its order.
 *
 * @throws OperatorError naming the first that is none, and what was probably meant
 */
export const named = <T>(
  names: readonly string[],
  makers: Makers<T>,
  options: FilterOptions,
  {
    option,
    from,
    noun,
    stock,
  }: {
    readonly option: string
    readonly from: string
    readonly noun: string
    readonly stock: Readonly<Record<string, unknown>>
  },
): readonly T[] =>
  names.map(name => {
    const make = makers.get(name)
    if (make) return make(options)
    const meant = nearest(name, makers.keys())
    const hint = meant
      ? `Did you mean '${meant}'?`
      : Object.hasOwn(stock, name)
        ? `It is none of those that ${from} names.`
        : `There are ${[...makers.keys()].sort().join(', ')}.`
    throw new OperatorError(`${option}: there is no ${noun} '${name}'. ${hint}`)
  })
