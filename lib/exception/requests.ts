import { NovaException } from './base.js'
import { Invalid, NotFound } from './kinds.js'

export class InvalidVIOMMUMachineType extends Invalid {
  static override readonly msgFmt: string =
    'Invalid VIOMMU machine type (arch: %(arch)s, mtype: %(mtype)s).'
}

export class InvalidVIOMMUArchitecture extends Invalid {
  static override readonly msgFmt: string = 'Invalid VIOMMU architecture (arch: %(arch)s).'
}

export class InvalidConfiguration extends Invalid {
  static override readonly msgFmt: string = 'Configuration is Invalid.'
}

export class InvalidAttribute extends Invalid {
  static override readonly msgFmt: string = 'Attribute not supported: %(attr)s'
}

export class ValidationError extends Invalid {
  static override readonly msgFmt: string = '%(detail)s'
}

export class InvalidRequest extends Invalid {
  static override readonly msgFmt: string = 'The request is invalid.'
}

export class InvalidInput extends Invalid {
  static override readonly msgFmt: string = 'Invalid input received: %(reason)s'
}

export class InvalidMetadata extends Invalid {
  static override readonly msgFmt: string = 'Invalid metadata: %(reason)s'
}

export class InvalidMetadataSize extends Invalid {
  static override readonly msgFmt: string = 'Invalid metadata size: %(reason)s'
}

export class InvalidContentType extends Invalid {
  static override readonly msgFmt: string = 'Invalid content type %(content_type)s.'
}

export class InvalidAPIVersionString extends Invalid {
  static override readonly msgFmt: string =
    'API Version String %(version)s is of invalid format. Must be of format MajorNum.MinorNum.'
}

export class VersionNotFoundForAPIMethod extends Invalid {
  static override readonly msgFmt: string =
    'API version %(version)s is not supported on this method.'
}

export class InvalidGlobalAPIVersion extends Invalid {
  static override readonly msgFmt: string =
    'Version %(req_ver)s is not supported by the API. Minimum is %(min_ver)s and maximum is %(max_ver)s.'
}

export class ApiVersionsIntersect extends Invalid {
  static override readonly msgFmt: string =
    'Version of %(name)s %(min_ver)s %(max_ver)s intersects with another versions.'
}

export class InvalidParameterValue extends Invalid {
  static override readonly msgFmt: string = '%(err)s'
}

export class InvalidSortKey extends Invalid {
  static override readonly msgFmt: string = 'Sort key supplied was not valid.'
}

export class InvalidStrTime extends Invalid {
  static override readonly msgFmt: string = 'Invalid datetime string: %(reason)s'
}

export class InvalidName extends Invalid {
  static override readonly msgFmt: string =
    "An invalid 'name' value was provided. The name must be: %(reason)s"
}

export class AmbiguousHostnameForMultipleInstances extends Invalid {
  static override readonly msgFmt: string =
    'Unable to allocate a single hostname to multiple instances'
}

export class InvalidHypervisorType extends Invalid {
  static override readonly msgFmt: string = 'The supplied hypervisor type of is invalid.'
}

export class InvalidUUID extends Invalid {
  static override readonly msgFmt: string = 'Expected a uuid but received %(uuid)s.'
}

export class InvalidID extends Invalid {
  static override readonly msgFmt: string = 'Invalid ID received %(id)s.'
}

export class MalformedRequestBody extends NovaException {
  static override readonly msgFmt: string = 'Malformed message body: %(reason)s'
}

export class ConfigNotFound extends NovaException {
  static override readonly msgFmt: string = 'Could not find config at %(path)s'
}

export class PasteAppNotFound extends NovaException {
  static override readonly msgFmt: string = "Could not load paste app '%(name)s' from %(path)s"
}

export class MarkerNotFound extends NotFound {
  static override readonly msgFmt: string = 'Marker %(marker)s could not be found.'
}

export class ConfigDriveInvalidValue extends Invalid {
  static override readonly msgFmt: string = 'Invalid value for Config Drive option: %(option)s'
}

export class ConfigDriveUnsupportedFormat extends Invalid {
  static override readonly msgFmt: string = 'Config drive unsupported format (format: %(format)s).'
}

export class ConfigDriveMountFailed extends NovaException {
  static override readonly msgFmt: string =
    'Config drive mount failed (operation: %(operation)s): %(error)s'
}

export class ConfigDriveUnknownFormat extends NovaException {
  static override readonly msgFmt: string = 'Config drive unknown format (format: %(format)s).'
}

export class ConfigDriveNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Config drive not found (instance uuid: %(instance_uuid)s).'
}

export class InstanceUserDataMalformed extends NovaException {
  static override readonly msgFmt: string = 'User data needs to be valid base 64.'
}

export class Base64Exception extends NovaException {
  static override readonly msgFmt: string = 'Invalid Base 64 data for file %(path)s'
}

export class InvalidVideoMode extends Invalid {
  static override readonly msgFmt: string = 'Invalid video mode (model: %(model)s).'
}

export class InvalidWatchdogAction extends Invalid {
  static override readonly msgFmt: string = 'Invalid watchdog action (action: %(action)s).'
}

export class SelectionObjectsWithOldRPCVersionNotSupported extends NovaException {
  static override readonly msgFmt: string =
    'Requests for Selection objects with alternates are not supported in select_destinations() before RPC version 4.5; version %(version)s requested.'
}

export class InvalidArchitectureName extends Invalid {
  static override readonly msgFmt: string = 'Invalid architecture name (arch: %(arch)s).'
}

export class InvalidHostname extends Invalid {
  static override readonly msgFmt: string = "Invalid characters in hostname '%(hostname)s'"
}

export class InvalidHypervisorVirtType extends Invalid {
  static override readonly msgFmt: string = 'Invalid hypervisor virt type (hv type: %(hv_type)s).'
}

export class InvalidMachineType extends Invalid {
  static override readonly msgFmt: string =
    'Invalid machine type (image id: %(image_id)s, image name: %(image_name)s, mtype: %(mtype)s): %(reason)s'
}

export class InvalidMachineTypeUpdate extends Invalid {
  static override readonly msgFmt: string =
    'Invalid machine type update (existing machine type: %(existing_machine_type)s, machine type: %(machine_type)s).'
}

export class InvalidVirtualMachineMode extends Invalid {
  static override readonly msgFmt: string = 'Invalid virtual machine mode (vmmode: %(vmmode)s).'
}

export class InvalidConnectionInfo extends Invalid {
  static override readonly msgFmt: string = 'Invalid Connection Info'
}

export class InvalidPeerList extends NovaException {
  static override readonly msgFmt: string = 'Invalid peer list (host: %(host)s).'
}

export class IronicAPIVersionNotAvailable extends NovaException {
  static override readonly msgFmt: string =
    'Ironic API version not available (version: %(version)s).'
}
