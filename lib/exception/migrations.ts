import { NovaException } from './base.js'
import { InstanceInvalidState } from './instances.js'
import { Invalid, NotFound } from './kinds.js'

export class UnableToMigrateToSelf extends Invalid {
  static override readonly msgFmt: string =
    'Unable to migrate instance (%(instance_id)s) to current host (%(host)s).'
}

export class NoActiveMigrationForInstance extends NotFound {
  static override readonly msgFmt: string =
    'Active live migration for instance %(instance_id)s not found'
}

export class MigrationNotFound extends NotFound {
  static override readonly msgFmt: string = 'Migration %(migration_id)s could not be found.'
}

export class MigrationNotFoundByStatus extends MigrationNotFound {
  static override readonly msgFmt: string =
    'Migration not found for instance %(instance_id)s with status %(status)s.'
}

export class MigrationNotFoundForInstance extends MigrationNotFound {
  static override readonly msgFmt: string =
    'Migration %(migration_id)s not found for instance %(instance_id)s'
}

export class InvalidMigrationState extends Invalid {
  static override readonly msgFmt: string =
    'Migration %(migration_id)s state of instance %(instance_uuid)s is %(state)s. Cannot %(method)s while the migration is in this state.'
}

export class MigrationError extends NovaException {
  static override readonly msgFmt: string = 'Migration error: %(reason)s'
}

export class MigrationPreCheckError extends MigrationError {
  static override readonly msgFmt: string = 'Migration pre-check error: %(reason)s'
}

export class MigrationSchedulerRPCError extends MigrationError {
  static override readonly msgFmt: string = 'Migration select destinations error: %(reason)s'
}

export class ResizeError extends NovaException {
  static override readonly msgFmt: string = 'Resize error: %(reason)s'
}

export class InstanceEvacuateNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Instance evacuate is not supported.'
}

export class LiveMigrationNotSubmitted extends NovaException {
  static override readonly msgFmt: string =
    'Live migration not submitted (instance uuid: %(instance_uuid)s, migration uuid: %(migration_uuid)s).'
}

export class LiveMigrationURINotAvailable extends NovaException {
  static override readonly msgFmt: string =
    'No live migration URI configured and no default available for "%(virt_type)s" hypervisor virtualization type.'
}

export class UnshelveException extends NovaException {
  static override readonly msgFmt: string =
    'Error during unshelve instance %(instance_id)s: %(reason)s'
}

export class UnshelveInstanceInvalidState extends InstanceInvalidState {
  static override readonly code: number = 409
  static override readonly msgFmt: string =
    'Specifying an availability zone or a host when unshelving server %(instance_uuid)s with status %(state)s is not supported. The server status must be SHELVED_OFFLOADED.'
}

export class UnshelveHostNotInAZ extends Invalid {
  static override readonly code: number = 409
  static override readonly msgFmt: string =
    'Host "%(host)s" is not in the availability zone "%(availability_zone)s".'
}

export class MigrationContextNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Instance %(instance_uuid)s does not specify a migration context.'
}

export class CannotMigrateToSameHost extends NovaException {
  static override readonly msgFmt: string = 'Cannot migrate to the host where the server exists.'
}
