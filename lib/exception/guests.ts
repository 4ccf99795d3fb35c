import { NovaException } from './base.js'
import { Invalid, NotFound } from './kinds.js'

export class InstanceNotInRescueMode extends Invalid {
  static override readonly msgFmt: string = 'Instance %(instance_id)s is not in rescue mode'
}

export class InstanceNotRescuable extends Invalid {
  static override readonly msgFmt: string = 'Instance %(instance_id)s cannot be rescued: %(reason)s'
}

export class InstanceDeployFailure extends Invalid {
  static override readonly msgFmt: string = 'Failed to deploy instance: %(reason)s'
}

export class InstanceUnacceptable extends Invalid {
  static override readonly msgFmt: string = 'Instance %(instance_id)s is unacceptable: %(reason)s'
}

export class InstanceTagNotFound extends NotFound {
  static override readonly msgFmt: string = "Instance %(instance_id)s has no tag '%(tag)s'"
}

export class InstancePasswordSetFailed extends NovaException {
  static override readonly msgFmt: string =
    'Failed to set admin password on %(instance)s because %(reason)s'
}

export class InstanceFaultRollback extends NovaException {
  static override readonly msgFmt: string =
    'Instance rollback performed due to: %(inner_exception)s'
}

export class RequestedVRamTooHigh extends NovaException {
  static override readonly msgFmt: string =
    'Requested V ram too high (max vram: %(max_vram)s, req vram: %(req_vram)s).'
}

export class InstanceQuiesceNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Quiescing is not supported in instance %(instance_id)s'
}

/** The guest could have been held still, and was not. */
export class InstanceQuiesceFailed extends Invalid {
  static override readonly msgFmt: string = 'Failed to quiesce instance: %(reason)s'
  static override readonly code: number = 409
}

export class InstanceAgentNotEnabled extends Invalid {
  static override readonly msgFmt: string = 'Guest agent is not enabled for the instance'
}

export class QemuGuestAgentNotEnabled extends InstanceAgentNotEnabled {
  static override readonly msgFmt: string = 'QEMU guest agent is not enabled'
}

export class UEFINotSupported extends Invalid {
  static override readonly msgFmt: string = 'UEFI not supported.'
}

export class SecureBootNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Secure boot not supported.'
}

export class FirmwareSMMNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Firmware SMM not supported.'
}

export class TriggerCrashDumpNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Triggering crash dump is not supported'
}

export class InstanceRescueFailure extends NovaException {
  static override readonly msgFmt: string = 'Failed to move instance to rescue mode: %(reason)s'
}

export class InstanceUnRescueFailure extends NovaException {
  static override readonly msgFmt: string = 'Failed to unrescue instance: %(reason)s'
}
