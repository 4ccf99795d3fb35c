import { NovaException } from './base.js'
import { NotFound } from './kinds.js'

export class ManilaConnectionFailed extends NovaException {
  static override readonly msgFmt: string = 'Connection to manila service failed: %(reason)s'
}

/** An action that a server's shares forbid. nova's is a NotSupported, of which each controller makes a 409. */
export class ForbiddenWithShare extends NovaException {
  static override readonly code: number = 409
  static override readonly msgFmt: string = 'Feature not supported with instances that have shares.'
}

export class ShareNotFound extends NotFound {
  static override readonly msgFmt: string = 'Share %(share_id)s could not be found.'
}

export class ShareStatusIncorect extends NotFound {
  static override readonly msgFmt: string =
    "Share %(share_id)s is in '%(status)s' instead of 'available' status."
}

export class ShareMappingAlreadyExists extends NotFound {
  static override readonly msgFmt: string =
    "Share '%(share_id)s' or tag '%(tag)s' already associated to this server."
}

export class ShareProtocolNotSupported extends NotFound {
  static override readonly msgFmt: string = 'Share protocol %(share_proto)s is not supported.'
}

export class ShareMissingExportLocation extends NotFound {
  static override readonly msgFmt: string = 'Share %(share_id)s export location is missing.'
}

export class ShareErrorUnexpectedStatus extends NovaException {
  static override readonly msgFmt: string =
    'Share %(share_id)s used by instance %(instance_uuid)s is in an unexpected status.'
}

export class ShareUmountError extends NovaException {
  static override readonly msgFmt: string =
    'Share id %(share_id)s umount error from server %(server_id)s.\nReason: %(reason)s.'
}

export class ShareMountError extends NovaException {
  static override readonly msgFmt: string =
    'Share id %(share_id)s mount error from server %(server_id)s.\nReason: %(reason)s.'
}

export class ShareAccessNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Share access from Manila could not be found for share id %(share_id)s.'
}

export class ShareAccessGrantError extends NovaException {
  static override readonly msgFmt: string =
    'Share access could not be granted to share id %(share_id)s.\nReason: %(reason)s.'
}

export class ShareAccessRemovalError extends NovaException {
  static override readonly msgFmt: string =
    'Share access could not be removed from share id %(share_id)s.\nReason: %(reason)s.'
}
