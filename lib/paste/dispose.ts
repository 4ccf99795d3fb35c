/**
 * Closes what a factory made, if it can be: by `close()`, or else by `Symbol.asyncDispose` or
 * `Symbol.dispose`.
 */
export const dispose = async (thing: unknown): Promise<void> => {
  if ((typeof thing !== 'object' && typeof thing !== 'function') || thing === null) return
  for (const name of ['close', Symbol.asyncDispose, Symbol.dispose]) {
    const close: unknown = Reflect.get(thing, name)
    if (typeof close === 'function') {
      await close.call(thing)
      return
    }
  }
}
