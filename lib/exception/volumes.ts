import { NovaException } from './base.js'
import { Forbidden } from './forbidden.js'
import { Invalid, NotFound, NotSupported } from './kinds.js'

export class CinderConnectionFailed extends NovaException {
  static override readonly msgFmt: string = 'Connection to cinder host failed: %(reason)s'
}

export class UnsupportedCinderAPIVersion extends NovaException {
  static override readonly msgFmt: string = 'Nova does not support Cinder API version %(version)s'
}

export class CinderAPIVersionNotAvailable extends NovaException {
  static override readonly msgFmt: string = 'Cinder API version %(version)s is not available.'
}

export class InvalidBDM extends Invalid {
  static override readonly msgFmt: string = 'Block Device Mapping is Invalid.'
}

export class InvalidBDMSnapshot extends InvalidBDM {
  static override readonly msgFmt: string =
    'Block Device Mapping is Invalid: failed to get snapshot %(id)s.'
}

export class InvalidBDMVolume extends InvalidBDM {
  static override readonly msgFmt: string =
    'Block Device Mapping is Invalid: failed to get volume %(id)s.'
}

export class InvalidBDMImage extends InvalidBDM {
  static override readonly msgFmt: string =
    'Block Device Mapping is Invalid: failed to get image %(id)s.'
}

export class InvalidBDMBootSequence extends InvalidBDM {
  static override readonly msgFmt: string =
    'Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid.'
}

export class InvalidBDMLocalsLimit extends InvalidBDM {
  static override readonly msgFmt: string =
    'Block Device Mapping is Invalid: You specified more local devices than the limit allows'
}

export class InvalidBDMEphemeralSize extends InvalidBDM {
  static override readonly msgFmt: string =
    'Ephemeral disks requested are larger than the instance type allows. If no size is given in one block device mapping, flavor ephemeral size will be used.'
}

export class InvalidBDMSwapSize extends InvalidBDM {
  static override readonly msgFmt: string =
    'Swap drive requested is larger than instance type allows.'
}

export class InvalidBDMFormat extends InvalidBDM {
  static override readonly msgFmt: string = 'Block Device Mapping is Invalid: %(details)s'
}

export class InvalidBDMForLegacy extends InvalidBDM {
  static override readonly msgFmt: string =
    'Block Device Mapping cannot be converted to legacy format.'
}

export class InvalidBDMVolumeNotBootable extends InvalidBDM {
  static override readonly msgFmt: string = 'Block Device %(id)s is not bootable.'
}

export class TooManyDiskDevices extends InvalidBDM {
  static override readonly code: number = 403
  static override readonly msgFmt: string =
    'The maximum allowed number of disk devices (%(maximum)d) to attach to a single instance has been exceeded.'
}

export class InvalidBDMDiskBus extends InvalidBDM {
  static override readonly msgFmt: string =
    'Block Device Mapping is invalid: The provided disk bus is not valid.'
}

export class VolumeAttachFailed extends Invalid {
  static override readonly msgFmt: string =
    'Volume %(volume_id)s could not be attached. Reason: %(reason)s'
}

export class VolumeDetachFailed extends Invalid {
  static override readonly msgFmt: string =
    'Volume %(volume_id)s could not be detached. Reason: %(reason)s'
}

export class VolumeExtendFailed extends Invalid {
  static override readonly msgFmt: string =
    'Volume extend failed (volume id: %(volume_id)s): %(reason)s'
}

export class MultiattachNotSupportedByVirtDriver extends NotSupported {
  static override readonly msgFmt: string =
    'Multiattach not supported by virt driver (volume id: %(volume_id)s).'
}

export class MultiattachNotSupportedOldMicroversion extends Invalid {
  static override readonly msgFmt: string = 'Multiattach not supported old microversion.'
}

export class MultiattachToShelvedNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Multiattach to shelved not supported.'
}

export class MultiattachSwapVolumeNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Multiattach swap volume not supported.'
}

export class VolumeNotCreated extends NovaException {
  static override readonly msgFmt: string =
    'Volume %(volume_id)s did not finish being created even after we waited %(seconds)s seconds or %(attempts)s attempts. And its status is %(volume_status)s.'
}

export class ExtendVolumeNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Extend volume not supported.'
}

export class VolumeEncryptionNotSupported extends Invalid {
  static override readonly msgFmt: string =
    'Volume encryption not supported (volume id: %(volume_id)s, volume type: %(volume_type)s).'
}

export class VolumeTaggedAttachNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Volume tagged attach not supported.'
}

export class VolumeTaggedAttachToShelvedNotSupported extends VolumeTaggedAttachNotSupported {
  static override readonly msgFmt: string = 'Volume tagged attach to shelved not supported.'
}

export class InvalidVolume extends Invalid {
  static override readonly msgFmt: string = 'Invalid volume: %(reason)s'
}

export class InvalidVolumeAccessMode extends Invalid {
  static override readonly msgFmt: string =
    'Invalid volume access mode (access mode: %(access_mode)s).'
}

export class StaleVolumeMount extends InvalidVolume {
  static override readonly msgFmt: string = 'Stale volume mount (mount path: %(mount_path)s).'
}

export class DestinationDiskExists extends Invalid {
  static override readonly msgFmt: string =
    'The supplied disk path (%(path)s) already exists, it is expected not to exist.'
}

export class InvalidDevicePath extends Invalid {
  static override readonly msgFmt: string = 'The supplied device path (%(path)s) is invalid.'
}

export class DevicePathInUse extends Invalid {
  static override readonly code: number = 409
  static override readonly msgFmt: string = 'The supplied device path (%(path)s) is in use.'
}

export class InvalidDiskFormat extends Invalid {
  static override readonly msgFmt: string = 'Disk format %(disk_format)s is not acceptable'
}

export class InvalidDiskInfo extends Invalid {
  static override readonly msgFmt: string = 'Disk info file is invalid: %(reason)s'
}

export class DiskInfoReadWriteFail extends Invalid {
  static override readonly msgFmt: string = 'Failed to read or write disk info file: %(reason)s'
}

export class VolumeAttachmentNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Volume attachment %(attachment_id)s could not be found.'
}

export class VolumeNotFound extends NotFound {
  static override readonly msgFmt: string = 'Volume %(volume_id)s could not be found.'
}

export class VolumeTypeNotFound extends NotFound {
  static override readonly msgFmt: string = 'Volume type %(id_or_name)s could not be found.'
}

export class UndefinedRootBDM extends NovaException {
  static override readonly msgFmt: string =
    'Undefined Block Device Mapping root: BlockDeviceMappingList contains Block Device Mappings from multiple instances.'
}

export class BDMNotFound extends NotFound {
  static override readonly msgFmt: string = 'No Block Device Mapping with id %(id)s.'
}

export class VolumeBDMNotFound extends NotFound {
  static override readonly msgFmt: string = 'No volume Block Device Mapping with id %(volume_id)s.'
}

export class VolumeBDMIsMultiAttach extends Invalid {
  static override readonly msgFmt: string =
    'Block Device Mapping %(volume_id)s is a multi-attach volume and is not valid for this operation.'
}

export class VolumeBDMPathNotFound extends VolumeBDMNotFound {
  static override readonly msgFmt: string = 'No volume Block Device Mapping at path: %(path)s'
}

export class DeviceDetachFailed extends NovaException {
  static override readonly msgFmt: string = 'Device detach failed for %(device)s: %(reason)s'
}

export class DeviceNotFound extends NotFound {
  static override readonly msgFmt: string = "Device '%(device)s' not found."
}

export class SnapshotNotFound extends NotFound {
  static override readonly msgFmt: string = 'Snapshot %(snapshot_id)s could not be found.'
}

export class DiskNotFound extends NotFound {
  static override readonly msgFmt: string = 'No disk at %(location)s'
}

export class VolumeDriverNotFound extends NotFound {
  static override readonly msgFmt: string = 'Could not find a handler for %(driver_type)s volume.'
}

export class VolumeDriverNotSupported extends VolumeDriverNotFound {
  static override readonly msgFmt: string =
    'Volume driver not supported (volume driver: %(volume_driver)s).'
}

export class AutoDiskConfigDisabledByImage extends Invalid {
  static override readonly msgFmt: string =
    'Requested image %(image)s has automatic disk resize disabled.'
}

export class InvalidSharedStorage extends NovaException {
  static override readonly msgFmt: string = '%(path)s is not on shared storage: %(reason)s'
}

export class InvalidLocalStorage extends NovaException {
  static override readonly msgFmt: string = '%(path)s is not on local storage: %(reason)s'
}

export class StorageError extends NovaException {
  static override readonly msgFmt: string = 'Storage error: %(reason)s'
}

export class CannotResizeDisk extends NovaException {
  static override readonly msgFmt: string =
    'Server disk was unable to be resized because: %(reason)s'
}

export class FlavorDiskTooSmall extends NovaException {
  static override readonly msgFmt: string = "The created instance's disk would be too small."
}

export class FlavorDiskSmallerThanImage extends FlavorDiskTooSmall {
  static override readonly msgFmt: string =
    "Flavor's disk is too small for requested image. Flavor disk is %(flavor_size)s bytes, image is %(image_size)s bytes."
}

export class FlavorDiskSmallerThanMinDisk extends FlavorDiskTooSmall {
  static override readonly msgFmt: string =
    "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is %(flavor_size)s bytes, minimum size is %(image_min_disk)s bytes."
}

export class VolumeSmallerThanMinDisk extends FlavorDiskTooSmall {
  static override readonly msgFmt: string =
    'Volume is smaller than the minimum size specified in image metadata. Volume size is %(volume_size)s bytes, minimum size is %(image_min_disk)s bytes.'
}

export class BootFromVolumeRequiredForZeroDiskFlavor extends Forbidden {
  static override readonly msgFmt: string =
    'Only volume-backed servers are allowed for flavors with zero disk.'
}

export class UnsupportedRescueDevice extends Invalid {
  static override readonly msgFmt: string = 'Unsupported rescue device (device: %(device)s).'
}

export class VolumesNotRemoved extends Invalid {
  static override readonly msgFmt: string = 'Failed to remove volume(s): (%(reason)s)'
}

export class VolumeRebaseFailed extends NovaException {
  static override readonly msgFmt: string = 'Volume rebase failed: %(reason)s'
}

export class RngDeviceNotExist extends Invalid {
  static override readonly msgFmt: string = 'Rng device not exist (path: %(path)s).'
}

export class MismatchVolumeAZException extends Invalid {
  static override readonly code: number = 409
  static override readonly msgFmt: string =
    'The availability zone between the server and its attached volumes do not match: %(reason)s.'
}

export class InstanceDiskMappingFailed extends NovaException {
  static override readonly msgFmt: string =
    'Instance disk mapping failed (instance name: %(instance_name)s).'
}

export class NoDiskDiscoveryException extends NovaException {
  static override readonly msgFmt: string =
    'No disk discovery (bus: %(bus)s, polls: %(polls)s, timeout: %(timeout)s, udid: %(udid)s).'
}

export class UniqueDiskDiscoveryException extends NovaException {
  static override readonly msgFmt: string =
    'Unique disk discovery (count: %(count)s, path pattern: %(path_pattern)s).'
}

export class DeviceDeletionException extends NovaException {
  static override readonly msgFmt: string =
    'Device deletion (devpath: %(devpath)s, polls: %(polls)s, timeout: %(timeout)s).'
}

export class ReimageException extends NovaException {
  static override readonly msgFmt: string = 'Reimaging volume failed.'
}
