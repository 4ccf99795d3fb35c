import { NovaException } from '../../exception/index.js'

/** A value that does not fit its field; names the object, the field and what was expected. */
export class FieldValueError extends NovaException {
  static override readonly msgFmt: string = '%(object)s.%(field)s: %(problem)s'
}

/** A field was read that nobody has set (nova: "Cannot load 'x' in the base class"). */
export class FieldNotSetError extends NovaException {
  static override readonly msgFmt: string = "Cannot load '%(field)s' of %(object)s: it is not set"
}

/** A read-only field was set a second time. */
export class ReadOnlyFieldError extends NovaException {
  static override readonly msgFmt: string = "Cannot modify readonly field '%(field)s' of %(object)s"
}

/** A primitive names an object that this process does not know. */
export class UnsupportedObjectError extends NovaException {
  static override readonly msgFmt: string = 'Unsupported object type %(objtype)s'
}

/** A primitive is of a version that this process cannot read: the conductor may backport it. */
export class IncompatibleObjectVersion extends NovaException {
  static override readonly msgFmt: string =
    'Version %(objver)s of %(objname)s is not supported, supported version is %(supported)s'
}

/** An object was to be written in a version that it never had. */
export class InvalidTargetVersion extends NovaException {
  static override readonly msgFmt: string =
    'Invalid target version %(version)s of %(objname)s, the newest known is %(supported)s'
}
