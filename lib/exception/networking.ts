import { NovaException } from './base.js'
import { Invalid, NotFound, NotSupported } from './kinds.js'
import { NetworkNotFound, SecurityGroupNotFound } from './network.js'

export class VirtualInterfaceCreateException extends NovaException {
  static override readonly msgFmt: string = 'Virtual Interface creation failed'
}

export class VirtualInterfaceMacAddressException extends NovaException {
  static override readonly msgFmt: string =
    'Creation of virtual interface with unique mac address failed'
}

export class VirtualInterfacePlugException extends NovaException {
  static override readonly msgFmt: string = 'Virtual interface plugin failed'
}

export class VirtualInterfaceUnplugException extends NovaException {
  static override readonly msgFmt: string = 'Failed to unplug virtual interface: %(reason)s'
}

export class ForbiddenWithRemoteManagedPorts extends NotSupported {
  static override readonly msgFmt: string =
    'This feature is not supported when remote-managed ports are in use.'
}

export class NetworkInterfaceTaggedAttachNotSupported extends Invalid {
  static override readonly msgFmt: string = 'Network interface tagged attach not supported.'
}

export class InvalidPortRange extends Invalid {
  static override readonly msgFmt: string = 'Invalid port range %(from_port)s:%(to_port)s. %(msg)s'
}

export class InvalidIpProtocol extends Invalid {
  static override readonly msgFmt: string = 'Invalid IP protocol %(protocol)s.'
}

export class MultiplePortsNotApplicable extends Invalid {
  static override readonly msgFmt: string = 'Failed to launch instances: %(reason)s'
}

export class InvalidFixedIpAndMaxCountRequest extends Invalid {
  static override readonly msgFmt: string = 'Failed to launch instances: %(reason)s'
}

export class OperationNotSupportedForVDPAInterface extends NotSupported {
  static override readonly msgFmt: string =
    'Operation not supported for VDPA interface (operation: %(operation)s).'
}

export class InvalidIpAddressError extends Invalid {
  static override readonly msgFmt: string = '%(address)s is not a valid IP v4/6 address.'
}

export class InvalidCidr extends Invalid {
  static override readonly msgFmt: string = '%(cidr)s is not a valid IP network.'
}

export class NetworkNotFoundForBridge extends NetworkNotFound {
  static override readonly msgFmt: string = 'Network could not be found for bridge %(bridge)s'
}

export class NetworkNotFoundForInstance extends NetworkNotFound {
  static override readonly msgFmt: string =
    'Network could not be found for instance %(instance_id)s.'
}

export class NetworkMissingPhysicalNetwork extends NovaException {
  static override readonly msgFmt: string =
    'Network missing physical network (network uuid: %(network_uuid)s).'
}

export class VifDetailsMissingVhostuserSockPath extends Invalid {
  static override readonly msgFmt: string =
    'Vif details missing vhostuser sock path (vif id: %(vif_id)s).'
}

export class VifDetailsMissingMacvtapParameters extends Invalid {
  static override readonly msgFmt: string =
    'Vif details missing macvtap parameters (missing params: %(missing_params)s, vif id: %(vif_id)s).'
}

export class PortNotUsableDNS extends Invalid {
  static override readonly msgFmt: string =
    "Port %(port_id)s not usable for instance %(instance)s. Value %(value)s assigned to dns_name attribute does not match instance's hostname %(hostname)s"
}

export class PortBindingDeletionFailed extends NovaException {
  static override readonly msgFmt: string =
    'Port binding deletion failed (host: %(host)s, port id: %(port_id)s).'
}

export class PortBindingActivationFailed extends NovaException {
  static override readonly msgFmt: string =
    'Port binding activation failed (host: %(host)s, port id: %(port_id)s).'
}

export class AttachSRIOVPortNotSupported extends Invalid {
  static override readonly msgFmt: string =
    'Attach SRIOV port not supported (instance uuid: %(instance_uuid)s, port id: %(port_id)s).'
}

export class FixedIpNotFoundForAddress extends NotFound {
  static override readonly msgFmt: string = 'Fixed IP not found for address %(address)s.'
}

export class FixedIpAssociatedWithMultipleInstances extends NovaException {
  static override readonly msgFmt: string =
    "More than one instance is associated with fixed IP address '%(address)s'."
}

export class FixedIpInvalidOnHost extends Invalid {
  static override readonly msgFmt: string =
    'The fixed IP associated with port %(port_id)s is not compatible with the host.'
}

export class FloatingIpNotFound extends NotFound {
  static override readonly msgFmt: string = 'Floating IP not found for ID %(id)s.'
}

export class FloatingIpNotFoundForAddress extends FloatingIpNotFound {
  static override readonly msgFmt: string = 'Floating IP not found for address %(address)s.'
}

export class FloatingIpMultipleFoundForAddress extends NovaException {
  static override readonly msgFmt: string =
    'Multiple floating IPs are found for address %(address)s.'
}

export class FloatingIpPoolNotFound extends NotFound {
  static override readonly msgFmt: string = 'Floating IP pool not found.'
}

export class NoMoreFloatingIps extends FloatingIpNotFound {
  static override readonly msgFmt: string = 'Zero floating IPs available.'
}

export class FloatingIpAssociated extends NovaException {
  static override readonly msgFmt: string = 'Floating IP %(address)s is associated.'
}

export class NoFloatingIpInterface extends NotFound {
  static override readonly msgFmt: string = 'Interface %(interface)s not found.'
}

export class FloatingIpAssociateFailed extends NovaException {
  static override readonly msgFmt: string = 'Floating IP %(address)s association has failed.'
}

export class FloatingIpBadRequest extends Invalid {
  static override readonly msgFmt: string = 'The floating IP request failed with a BadRequest'
}

export class SecurityGroupNotFoundForProject extends SecurityGroupNotFound {
  static override readonly msgFmt: string =
    'Security group %(security_group_id)s not found for project %(project_id)s.'
}

export class SecurityGroupExists extends Invalid {
  static override readonly msgFmt: string =
    'Security group %(security_group_name)s already exists for project %(project_id)s.'
}

export class ConsolePortRangeExhausted extends NovaException {
  static override readonly msgFmt: string =
    'The console port range %(min_port)d-%(max_port)d is exhausted.'
}

export class InvalidRoutedNetworkConfiguration extends NovaException {
  static override readonly msgFmt: string = 'Invalid routed network configuration: %(reason)s'
}

export class InterfaceAttachFailed extends NovaException {
  static override readonly msgFmt: string =
    'Failed to attach network adapter device to %(instance_uuid)s'
}

export class InterfaceDetachFailed extends Invalid {
  static override readonly msgFmt: string =
    'Failed to detach network adapter device from %(instance_uuid)s'
}

export class SocketPortRangeExhaustedException extends NovaException {
  static override readonly msgFmt: string = 'Socket port range exhausted (host: %(host)s).'
}

export class SocketPortInUseException extends NovaException {
  static override readonly msgFmt: string =
    'Socket port in use (host: %(host)s, port: %(port)s): %(error)s'
}

export class ImageSerialPortNumberInvalid extends Invalid {
  static override readonly msgFmt: string =
    'Image serial port number invalid (num ports: %(num_ports)s).'
}

export class ImageSerialPortNumberExceedFlavorValue extends Invalid {
  static override readonly msgFmt: string = 'Image serial port number exceed flavor value.'
}

export class AttachInterfaceNotSupported extends Invalid {
  static override readonly msgFmt: string =
    'Attaching interfaces is not supported for instance %(instance_uuid)s.'
}

export class AttachInterfaceWithQoSPolicyNotSupported extends AttachInterfaceNotSupported {
  static override readonly msgFmt: string =
    'Attach interface with qo S policy not supported (instance uuid: %(instance_uuid)s).'
}

export class AttachWithExtendedQoSPolicyNotSupported extends AttachInterfaceNotSupported {
  static override readonly msgFmt: string = 'Attach with extended qo S policy not supported.'
}

export class NetworksWithQoSPolicyNotSupported extends Invalid {
  static override readonly msgFmt: string =
    'Networks with qo S policy not supported (instance uuid: %(instance_uuid)s, network id: %(network_id)s).'
}

export class CreateWithPortResourceRequestOldVersion extends Invalid {
  static override readonly msgFmt: string = 'Create with port resource request old version.'
}
