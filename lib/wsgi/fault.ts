import { NotImplementedError, NovaException } from '../exception/index.js'

export interface FaultOptions extends ErrorOptions {
  /** Of the answer, names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** A second text beside the message, where a fault has one (rate limit). */
  readonly details?: string | undefined
}

/** `{"<name>": {"code", "message", …}}` */
export type FaultDocument = Readonly<
  Record<string, { code: number; message: string; details?: string; retryAfter?: string }>
>

/** What a fault is called on the wire, by its status; any other is a `computeFault`. */
const names: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
}

/** The name of a fault with this status. */
export const faultName = (code: number): string => names[code] ?? 'computeFault'

/**
 * An error whose text a client may read. Thrown anywhere below a Resource, or given to `next`; its
 * document is `{"<faultName>": {"code": …, "message": …}}`.
 */
export class Fault extends Error {
  override readonly name: string = 'Fault'
  /** Status of the answer. */
  readonly code: number
  readonly faultName: string
  readonly headers: Readonly<Record<string, string>>
  readonly details: string | undefined

  constructor(code: number, name: string, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.faultName = name
    this.headers = options.headers ?? {}
    this.details = options.details
  }

  /** A fault by its status alone. */
  static of(code: number, message: string, options?: FaultOptions): Fault {
    return new Fault(code, faultName(code), message, options)
  }
}

const of =
  (code: number, text: string) =>
  (message: string = text, options?: FaultOptions): Fault =>
    Fault.of(code, message, options)

/** The HTTP errors that handlers throw: `throw errors.notFound('no such flavor')`. */
export const errors = {
  badRequest: of(
    400,
    'The server could not comply with the request since it is either malformed or otherwise incorrect.',
  ),
  unauthorized: of(401, 'This request needs authentication.'),
  forbidden: of(403, 'Access was denied to this resource.'),
  notFound: of(404, 'The resource could not be found.'),
  methodNotAllowed: of(405, 'This method is not allowed for this resource.'),
  notAcceptable: of(406, 'The resource is not available in a form that is acceptable.'),
  conflict: of(409, 'There was a conflict when trying to complete your request.'),
  gone: of(410, 'This resource is gone.'),
  requestTooLarge: of(413, 'The body of the request was too large.'),
  unsupportedMediaType: of(415, 'content type not supported'),
  unprocessable: of(422, 'Unable to process the contained instructions.'),
  tooManyRequests: of(429, 'This request was rate-limited.'),
  internal: of(500, 'Unexpected error. It was logged under the id of this request.'),
  notImplemented: of(501, 'This is not implemented.'),
  badGateway: of(502, 'A service behind this one answered in a way that was not understood.'),
  unavailable: of(503, 'The service is unavailable at this time.'),
} as const

/** The body of a fault's answer. `retryAfter` repeats the header of that name. */
export const faultDocument = (fault: Fault): FaultDocument => {
  const retryAfter = fault.headers['retry-after']
  return {
    [fault.faultName]: {
      code: fault.code,
      message: fault.message,
      ...(fault.details === undefined ? {} : { details: fault.details }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    },
  }
}

/** Whether an exception is of nova's class of this name, or of one below it. */
export const isException = (error: unknown, className: string): boolean => {
  if (!(error instanceof NovaException)) return false
  for (
    let type = error.constructor;
    typeof type === 'function';
    type = Object.getPrototypeOf(type)
  ) {
    if (type.name === className) return true
  }
  return false
}

/** Lets every handler pass these, whatever it declares (contract: rest/errors.md 3). */
const alwaysDeclared = (error: NovaException): boolean =>
  error.code === 401 ||
  error.code === 403 ||
  isException(error, 'ValidationError') ||
  isException(error, 'NotSupported')

/**
 * What a client is told when a handler throws.
 *
 * @param expected  statuses that the handler declares; null: it declares nothing, and any fault passes
 * @returns null when the error is not for a client: it is to be logged and answered by a fixed text
 */
export const toFault = (error: unknown, expected: ReadonlySet<number> | null): Fault | null => {
  if (error instanceof Fault) {
    return error instanceof ValidationFault || !expected || expected.has(error.code) ? error : null
  }
  // A hypervisor that has no such ability: Python's own class, which is none of nova's exceptions.
  if (error instanceof NotImplementedError) {
    return expected?.has(501) ? errors.notImplemented(undefined, { cause: error }) : null
  }
  if (!(error instanceof NovaException)) return null
  const code = isException(error, 'NotSupported') ? 400 : error.code
  if (code < 400 || code === 500 || code > 599) return null
  if (!alwaysDeclared(error) && expected && !expected.has(code)) return null
  return Fault.of(code, error.message, { headers: error.headers, cause: error })
}

/** 400: a request that breaks the form of its call. Needs no declaration by the handler. */
export class ValidationFault extends Fault {
  override readonly name = 'ValidationError'

  constructor(message: string) {
    super(400, 'badRequest', message)
  }
}
