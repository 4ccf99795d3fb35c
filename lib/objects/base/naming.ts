/** `memory_mb` → `memoryMb`; a leading underscore stays. */
export type CamelCase<S extends string> = S extends `_${infer Rest}`
  ? `_${CamelTail<Rest>}`
  : CamelTail<S>

type CamelTail<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelTail<Tail>>}`
  : S

/** The run-time side of {@link CamelCase}. */
export const toCamel = (wire: string): string =>
  wire.replace(/(?!^)_+([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase())

/** `getByUuid` → `get_by_uuid`: the wire's name of a method. */
export const toSnake = (name: string): string =>
  name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
