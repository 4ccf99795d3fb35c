/** Values that fill `%(name)s` in an exception's text, and travel with it over RPC. */
export type ExceptionKwargs = Readonly<Record<string, unknown>>

/**
 * The root of nova's exceptions (`nova.exception.NovaException`): a class name that means the same
 * on both ends of a wire, an HTTP-like code, a text made from named values.
 *
 * A subclass states its `code` and `msgFmt`; `new InstanceNotFound({ instance_id })` fills the
 * text in, `new InstanceNotFound('text')` replaces it, as in nova.
 */
export class NovaException extends Error {
  static readonly code: number = 500
  static readonly msgFmt: string = 'An unknown exception occurred.'
  /** Whether a client may read the text of an exception that no handler expected. */
  static readonly safe: boolean = false
  static readonly headers: Readonly<Record<string, string>> = {}

  readonly kwargs: ExceptionKwargs
  readonly code: number

  constructor(message?: string | ExceptionKwargs, kwargs: ExceptionKwargs = {}) {
    const type = new.target as typeof NovaException
    const values = typeof message === 'object' ? message : kwargs
    super(typeof message === 'string' ? message : interpolate(type.msgFmt, values))
    this.name = type.name
    this.code = typeof values.code === 'number' ? values.code : type.code
    this.kwargs = { ...values, code: this.code }
  }

  get safe(): boolean {
    return (this.constructor as typeof NovaException).safe
  }

  get headers(): Readonly<Record<string, string>> {
    return (this.constructor as typeof NovaException).headers
  }
}

/** `%(name)s` and `%(name)d`; a name that is missing stays as it is, so that the text never throws. */
const interpolate = (format: string, values: ExceptionKwargs): string =>
  format.replaceAll(/%\((\w+)\)[sdr]/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  )
