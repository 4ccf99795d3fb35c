import { NovaException } from './base.js'
import { Invalid, NotFound, NotSupported } from './kinds.js'
import { RescheduledException } from './scheduling.js'

export class EncryptionFailure extends NovaException {
  static override readonly msgFmt: string = 'Failed to encrypt text: %(reason)s'
}

export class KeystoneConnectionFailed extends NovaException {
  static override readonly msgFmt: string = 'Connection to keystone host failed: %(reason)s'
}

export class HypervisorUnavailable extends NovaException {
  static override readonly msgFmt: string = 'Connection to the hypervisor is broken on host'
}

export class OperationNotSupportedForSEV extends NotSupported {
  static override readonly msgFmt: string =
    'Operation not supported for SEV (instance uuid: %(instance_uuid)s, operation: %(operation)s).'
}

export class OperationNotSupportedForVTPM extends NotSupported {
  static override readonly msgFmt: string =
    'Operation not supported for VTPM (instance uuid: %(instance_uuid)s, operation: %(operation)s).'
}

export class HypervisorTooOld extends Invalid {
  static override readonly msgFmt: string =
    "This compute node's hypervisor is older than the minimum supported version: %(version)s."
}

export class DestinationHypervisorTooOld extends Invalid {
  static override readonly msgFmt: string =
    'The instance requires a newer hypervisor version than has been provided.'
}

export class ConstraintNotMet extends NovaException {
  static override readonly code: number = 412
  static override readonly msgFmt: string = 'Constraint not met.'
}

export class PreserveEphemeralNotSupported extends Invalid {
  static override readonly msgFmt: string =
    'The current driver does not support preserving ephemeral partitions.'
}

export class DatastoreNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Could not find the datastore reference(s) which the VM uses.'
}

export class ComputeHostMetricNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Metric %(name)s could not be found on the compute host node %(host)s.%(node)s.'
}

export class FileNotFound extends NotFound {
  static override readonly msgFmt: string = 'File %(file_path)s could not be found.'
}

export class ClassNotFound extends NotFound {
  static override readonly msgFmt: string = 'Class %(class_name)s could not be found: %(exception)s'
}

export class DBNotAllowed extends NovaException {
  static override readonly msgFmt: string =
    '%(binary)s attempted direct database access which is not allowed by policy'
}

export class UnsupportedVirtType extends Invalid {
  static override readonly msgFmt: string =
    "Virtualization type '%(virt)s' is not supported by this compute driver"
}

export class UnsupportedHardware extends Invalid {
  static override readonly msgFmt: string =
    "Requested hardware '%(model)s' is not supported by the '%(virt)s' virt driver"
}

export class UnsupportedRescueBus extends Invalid {
  static override readonly msgFmt: string = 'Unsupported rescue bus (bus: %(bus)s, virt: %(virt)s).'
}

export class RescheduledByPolicyException extends RescheduledException {
  static override readonly msgFmt: string =
    'Build of instance %(instance_uuid)s was re-scheduled: %(reason)s'
}

export class ResourceMonitorError extends NovaException {
  static override readonly msgFmt: string = 'Error when creating resource monitor: %(monitor)s'
}

export class InternalError extends NovaException {
  static override readonly msgFmt: string = '%(err)s'
}

export class KeyManagerError extends NovaException {
  static override readonly msgFmt: string = 'Key manager error: %(reason)s'
}

export class UnsupportedMachineType extends Invalid {
  static override readonly msgFmt: string =
    'Unsupported machine type (machine type: %(machine_type)s).'
}

export class SetAdminPasswdNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Set admin password is not supported'
}

export class UnsupportedPolicyException extends Invalid {
  static override readonly msgFmt: string = 'Unsupported policy: %(reason)s'
}

export class RequestSpecNotFound extends NotFound {
  static override readonly msgFmt: string = 'RequestSpec not found for instance %(instance_uuid)s'
}

export class LibguestfsCannotReadKernel extends Invalid {
  static override readonly msgFmt: string = 'Libguestfs cannot read kernel.'
}

export class OsInfoNotFound extends NotFound {
  static override readonly msgFmt: string = 'Os info not found (os name: %(os_name)s).'
}

export class ExtendedResourceRequestOldCompute extends Invalid {
  static override readonly msgFmt: string = 'Extended resource request old compute.'
}

export class NotSupportedWithOption extends Invalid {
  static override readonly msgFmt: string =
    'Not supported with option (operation: %(operation)s, option: %(option)s).'
}

export class VirtDriverNotReady extends NovaException {
  static override readonly msgFmt: string = 'Virt driver is not ready.'
}

export class NewMgmtMappingNotFoundException extends NovaException {
  static override readonly msgFmt: string =
    'New mgmt mapping not found (stg name: %(stg_name)s, vios name: %(vios_name)s).'
}

export class OptRequiredIfOtherOptValue extends NovaException {
  static override readonly msgFmt: string =
    'Opt required if other opt value (if opt: %(if_opt)s, if value: %(if_value)s, then opt: %(then_opt)s).'
}

export class ZVMDriverException extends NovaException {
  static override readonly msgFmt: string = 'ZVM driver: %(error)s'
}

export class ZVMConnectorError extends ZVMDriverException {
  static override readonly msgFmt: string = 'ZVM connector (results: %(results)s).'
}

export class MissingDomainCapabilityFeatureException extends NovaException {
  static override readonly msgFmt: string =
    'Missing domain capability feature (feature: %(feature)s).'
}
