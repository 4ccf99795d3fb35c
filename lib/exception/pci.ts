import { NovaException } from './base.js'
import { Forbidden } from './forbidden.js'
import { Invalid, NotFound, NotSupported } from './kinds.js'

export class ForbiddenWithAccelerators extends NotSupported {
  static override readonly msgFmt: string =
    'Feature not supported with instances that have accelerators.'
}

export class ForbiddenPortsWithAccelerator extends NotSupported {
  static override readonly msgFmt: string =
    'Feature not supported with Ports that have accelerators.'
}

export class InterfaceAttachPciClaimFailed extends Invalid {
  static override readonly msgFmt: string =
    'Interface attach pci claim failed (instance uuid: %(instance_uuid)s).'
}

export class PciDeviceWrongAddressFormat extends NovaException {
  static override readonly msgFmt: string =
    'Pci device wrong address format (address: %(address)s).'
}

export class PciDeviceInvalidDeviceName extends NovaException {
  static override readonly msgFmt: string = 'Pci device invalid device name.'
}

export class PciDeviceNotFoundById extends NotFound {
  static override readonly msgFmt: string = 'PCI device %(id)s not found'
}

export class PciDeviceNotFound extends NotFound {
  static override readonly msgFmt: string = 'PCI Device %(node_id)s:%(address)s not found.'
}

export class PciDeviceInvalidStatus extends Invalid {
  static override readonly msgFmt: string =
    'Pci device invalid status (address: %(address)s, compute node id: %(compute_node_id)s, hopestatus: %(hopestatus)s, status: %(status)s).'
}

export class PciDeviceVFInvalidStatus extends Invalid {
  static override readonly msgFmt: string =
    'Pci device VF invalid status (address: %(address)s, compute node id: %(compute_node_id)s).'
}

export class PciDevicePFInvalidStatus extends Invalid {
  static override readonly msgFmt: string =
    'Pci device PF invalid status (address: %(address)s, compute node id: %(compute_node_id)s, hopestatus: %(hopestatus)s, status: %(status)s, vf address: %(vf_address)s).'
}

export class PciDeviceInvalidOwner extends Invalid {
  static override readonly msgFmt: string =
    'Pci device invalid owner (address: %(address)s, compute node id: %(compute_node_id)s, hopeowner: %(hopeowner)s, owner: %(owner)s).'
}

export class PciDeviceRequestFailed extends NovaException {
  static override readonly msgFmt: string = 'PCI device request %(requests)s failed'
}

export class PciDevicePoolEmpty extends NovaException {
  static override readonly msgFmt: string =
    'Pci device pool empty (address: %(address)s, compute node id: %(compute_node_id)s).'
}

export class PciInvalidAlias extends Invalid {
  static override readonly msgFmt: string = 'Pci invalid alias: %(reason)s'
}

export class PciRequestAliasNotDefined extends NovaException {
  static override readonly msgFmt: string = 'Pci request alias not defined (alias: %(alias)s).'
}

export class PciConfigInvalidSpec extends Invalid {
  static override readonly msgFmt: string = 'Pci config invalid spec: %(reason)s'
}

export class PciRequestFromVIFNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Pci request from VIF not found (node id: %(node_id)s, pci slot: %(pci_slot)s).'
}

export class PciDeviceRemoteManagedNotPresent extends NovaException {
  static override readonly msgFmt: string = 'Pci device remote managed not present.'
}

export class PciDeviceInvalidPFRemoteManaged extends NovaException {
  static override readonly msgFmt: string =
    'Pci device invalid PF remote managed (address: %(address)s).'
}

export class PciDeviceDetachFailed extends NovaException {
  static override readonly msgFmt: string = 'Pci device detach failed (dev: %(dev)s): %(reason)s'
}

export class PciDeviceUnsupportedHypervisor extends NovaException {
  static override readonly msgFmt: string = 'Pci device unsupported hypervisor (type: %(type)s).'
}

export class ImagePCINUMAPolicyForbidden extends Forbidden {
  static override readonly msgFmt: string = 'Image PCINUMA policy forbidden.'
}

export class InvalidPCINUMAAffinity extends Invalid {
  static override readonly msgFmt: string = 'Invalid PCINUMA affinity (policy: %(policy)s).'
}

export class PMEMNamespaceConfigInvalid extends NovaException {
  static override readonly msgFmt: string = 'PMEM namespace config invalid: %(reason)s'
}

export class GetPMEMNamespacesFailed extends NovaException {
  static override readonly msgFmt: string = 'Get PMEM namespaces failed: %(reason)s'
}

export class VPMEMCleanupFailed extends NovaException {
  static override readonly msgFmt: string = 'VPMEM cleanup failed (dev: %(dev)s): %(error)s'
}

export class DeviceProfileError extends NovaException {
  static override readonly msgFmt: string = 'Device profile (msg: %(msg)s, name: %(name)s).'
}

export class AcceleratorRequestOpFailed extends NovaException {
  static override readonly msgFmt: string =
    'Accelerator request op failed (msg: %(msg)s, op: %(op)s).'
}

export class AcceleratorRequestBindingFailed extends NovaException {
  static override readonly msgFmt: string = 'Accelerator request binding failed (msg: %(msg)s).'
}

export class InvalidLibvirtMdevConfig extends NovaException {
  static override readonly msgFmt: string = 'Invalid libvirt mdev config: %(reason)s'
}
