import { NovaException } from './base.js'

/** 400: what was asked cannot be. */
export class Invalid extends NovaException {
  static override readonly code: number = 400
  static override readonly msgFmt: string = 'Bad Request - Invalid Parameters'
}

/** 404. */
export class NotFound extends NovaException {
  static override readonly code: number = 404
  static override readonly msgFmt: string = 'Resource could not be found.'
}

/** 401: the service behind us refused the token. */
export class Unauthorized extends NovaException {
  static override readonly code: number = 401
  static override readonly msgFmt: string = 'Not authorized.'
}

/** 400 as nova has it: a service, or the room on a host, is not there at this moment. */
export class ServiceUnavailable extends Invalid {
  static override readonly msgFmt: string = 'Service is unavailable at this time.'
}

/**
 * Python's NotImplementedError, which crosses the wire by that name (module `builtins`): a driver or
 * a host that has no such ability.
 */
export class NotImplementedError extends Error {
  static readonly module = 'builtins'
  override readonly name = 'NotImplementedError'
}

/** A method that needs a context was called on an object that has none. */
export class OrphanedObjectError extends NovaException {
  static override readonly msgFmt: string = 'Cannot call %(method)s on orphaned %(objtype)s object'
}

/** An object cannot do what was asked of it in its state: create what is there, say. */
export class ObjectActionError extends NovaException {
  static override readonly msgFmt: string = 'Object action %(action)s failed because: %(reason)s'
}

/** 400: the feature is there, but not for this. */
export class NotSupported extends NovaException {
  static override readonly code: number = 400
  static override readonly msgFmt: string = 'Bad Request - Feature is not supported'
}
