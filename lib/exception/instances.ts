import { NovaException } from './base.js'
import { Invalid, NotFound } from './kinds.js'

export class InstanceNotFound extends NotFound {
  static override readonly msgFmt: string = 'Instance %(instance_id)s could not be found.'
}

export class InstanceInfoCacheNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Info cache for instance %(instance_uuid)s could not be found.'
}

export class InstanceMappingNotFound extends NotFound {
  static override readonly msgFmt: string = 'Instance %(uuid)s has no mapping to a cell.'
}

export class BuildRequestNotFound extends NotFound {
  static override readonly msgFmt: string = 'BuildRequest not found for instance %(uuid)s'
}

export class InstanceExists extends NovaException {
  static override readonly msgFmt: string = 'Instance %(name)s already exists.'
}

export class InstanceInvalidState extends Invalid {
  static override readonly msgFmt: string =
    'Instance %(instance_uuid)s in %(attr)s %(state)s. Cannot %(method)s while the instance is in this state.'
}

export class InstanceIsLocked extends InstanceInvalidState {
  static override readonly msgFmt: string = 'Instance %(instance_uuid)s is locked'
}

export class InstanceNotReady extends Invalid {
  static override readonly msgFmt: string = 'Instance %(instance_id)s is not ready'
}

export class InstanceNotRunning extends Invalid {
  static override readonly msgFmt: string = 'Instance %(instance_id)s is not running.'
}

export class InstanceSuspendFailure extends Invalid {
  static override readonly msgFmt: string = 'Failed to suspend instance: %(reason)s'
}

export class InstanceResumeFailure extends Invalid {
  static override readonly msgFmt: string = 'Failed to resume instance: %(reason)s'
}

export class InstancePowerOnFailure extends Invalid {
  static override readonly msgFmt: string = 'Failed to power on instance: %(reason)s'
}

export class InstancePowerOffFailure extends Invalid {
  static override readonly msgFmt: string = 'Failed to power off instance: %(reason)s'
}

export class InstanceRebootFailure extends Invalid {
  static override readonly msgFmt: string = 'Failed to reboot instance: %(reason)s'
}

export class InstanceTerminationFailure extends Invalid {
  static override readonly msgFmt: string = 'Failed to terminate instance: %(reason)s'
}

export class ConsoleNotAvailable extends NotFound {
  static override readonly msgFmt: string = 'Guest does not have a console available.'
}

/** kwargs: instance_uuid, and `expected`, `actual`: maps of field to value. */
export class InstanceUpdateConflict extends NovaException {
  static override readonly msgFmt: string =
    'Conflict updating instance %(instance_uuid)s. Expected: %(expected)s. Actual: %(actual)s'
}

export class UnknownInstanceUpdateConflict extends InstanceUpdateConflict {
  static override readonly msgFmt: string =
    'Conflict updating instance %(instance_uuid)s, but we were unable to determine the cause'
}

export class UnexpectedTaskStateError extends InstanceUpdateConflict {}

export class UnexpectedDeletingTaskStateError extends UnexpectedTaskStateError {}

export class InstanceActionNotFound extends NovaException {
  static override readonly msgFmt: string =
    'Action for request_id %(request_id)s on instance %(instance_uuid)s not found'
}

export class InstanceActionEventNotFound extends NovaException {
  static override readonly msgFmt: string = 'Event %(event)s not found for action id %(action_id)s'
}
