import { NovaException } from '../exception/base.js'
import { isRecord } from '../util/is-record.js'
import { RemoteError, type RemoteFailure } from './errors.js'
import { textOf } from './text.js'

/** Makes an error from what crossed the wire: `new InstanceNotFound(message, kwargs)`. */
export type ErrorConstructor = new (
  message: string,
  kwargs: Readonly<Record<string, unknown>>,
) => Error

/** The errors a client rebuilds as themselves: `{ 'nova.exception': { InstanceNotFound, … } }`. */
export type ErrorRegistry = Readonly<Record<string, Readonly<Record<string, ErrorConstructor>>>>

/** JavaScript's own errors by their nearest relative among Python's. */
const builtins: Readonly<Record<string, string>> = {
  Error: 'RuntimeError',
  TypeError: 'TypeError',
  RangeError: 'ValueError',
  SyntaxError: 'ValueError',
}

/**
 * An error as it goes on the wire: the JSON text that stands under a reply's `failure`.
 *
 * A NovaException is `nova.exception`'s class of the same name; another class may name its Python
 * module by `static module`; an error that came from a third process passes through as what it was.
 */
export const serializeFailure = (error: unknown): string => {
  const failure = describe(error)
  try {
    return JSON.stringify(failure)
  } catch {
    // kwargs and args may hold what is no JSON; their text is better than losing the failure.
    const { code } = failure.kwargs
    const kwargs = Object.entries(failure.kwargs).map(([key, value]) => [key, textOf(value)])
    return JSON.stringify({
      ...failure,
      args: failure.args.map(textOf),
      kwargs: { ...Object.fromEntries(kwargs), ...(typeof code === 'number' ? { code } : {}) },
    })
  }
}

const describe = (error: unknown): RemoteFailure => {
  if (error instanceof RemoteError) return error.failure
  if (!(error instanceof Error)) {
    const text = textOf(error)
    return {
      class: 'RuntimeError',
      module: 'builtins',
      message: text,
      tb: [],
      args: [text],
      kwargs: {},
    }
  }
  const tb = (error.stack ?? '').split('\n')
  const common = { message: error.message, tb, args: [error.message] }
  const className = error.constructor.name
  if (error instanceof NovaException) {
    return {
      class: className,
      module: moduleOf(error) ?? 'nova.exception',
      ...common,
      kwargs: error.kwargs,
    }
  }
  const declared = moduleOf(error)
  if (declared) return { class: className, module: declared, ...common, kwargs: {} }
  const builtin = builtins[className]
  if (builtin) return { class: builtin, module: 'builtins', ...common, kwargs: {} }
  return { class: className, module: 'kilonova', ...common, kwargs: {} }
}

const moduleOf = (error: Error): string | undefined => {
  const module: unknown = Reflect.get(error.constructor, 'module')
  return typeof module === 'string' ? module : undefined
}

/** The failure in a reply. Whatever a peer put there becomes one that can be thrown. */
export const parseFailure = (text: unknown): RemoteFailure => {
  const value = typeof text === 'string' ? parseJson(text) : text
  const dict = isRecord(value) ? value : {}
  return {
    class: typeof dict.class === 'string' ? dict.class : 'Exception',
    module: typeof dict.module === 'string' ? dict.module : 'builtins',
    message: typeof dict.message === 'string' ? dict.message : textOf(dict.message ?? text),
    tb: Array.isArray(dict.tb) ? dict.tb.map(textOf) : [],
    args: Array.isArray(dict.args) ? dict.args : [],
    kwargs: isRecord(dict.kwargs) ? dict.kwargs : {},
  }
}

/**
 * The error that a failure stands for: of the registry's class, else a RemoteError. The far end's
 * traceback goes into the stack, not into the message, which may be shown to a user.
 */
export const rebuildError = (remote: RemoteError, registry: ErrorRegistry): Error => {
  const { failure } = remote
  const classes = registry[failure.module]
  const ctor = classes && Object.hasOwn(classes, failure.class) && classes[failure.class]
  if (!ctor) return remote
  const message = typeof failure.args[0] === 'string' ? failure.args[0] : failure.message
  try {
    const error = new ctor(message, failure.kwargs)
    if (failure.tb.length) {
      error.stack = `${error.stack}\nRemote traceback:\n${failure.tb.join('\n')}`
    }
    return error
  } catch {
    return remote
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return { message: text }
  }
}
