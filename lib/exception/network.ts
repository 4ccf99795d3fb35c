import { NovaException } from './base.js'
import { Forbidden } from './forbidden.js'
import { Invalid, NotFound } from './kinds.js'

/** The network service did not answer in time, or not at all. Ours: nova lets the client's own error through. */
export class NetworkServiceUnavailable extends NovaException {
  static override readonly code: number = 503
  static override readonly safe: boolean = true
  static override readonly msgFmt: string = 'The network service cannot be reached.'
}

export class NeutronAdminCredentialConfigurationInvalid extends Invalid {
  static override readonly msgFmt: string =
    'Networking client is experiencing an unauthorized exception.'
}

export class NetworkNotFound extends NotFound {
  static override readonly msgFmt: string = 'Network %(network_id)s could not be found.'
}

export class PortNotFound extends NotFound {
  static override readonly msgFmt: string = 'Port id %(port_id)s could not be found.'
}

export class NetworkAmbiguous extends Invalid {
  static override readonly msgFmt: string =
    'More than one possible network found. Specify network ID(s) to select which one(s) to connect to.'
}

export class UnableToAutoAllocateNetwork extends Invalid {
  static override readonly msgFmt: string =
    'Unable to automatically allocate a network for project %(project_id)s'
}

export class NetworkRequiresSubnet extends Invalid {
  static override readonly msgFmt: string =
    'Network %(network_uuid)s requires a subnet in order to boot instances on.'
}

export class ExternalNetworkAttachForbidden extends Forbidden {
  static override readonly msgFmt: string =
    'It is not allowed to create an interface on external network %(network_uuid)s'
}

export class PortInUse extends Invalid {
  static override readonly msgFmt: string = 'Port %(port_id)s is still in use.'
}

export class PortRequiresFixedIP extends Invalid {
  static override readonly msgFmt: string =
    'Port %(port_id)s requires a FixedIP in order to be used.'
}

export class PortNotUsable extends Invalid {
  static override readonly msgFmt: string = 'Port %(port_id)s not usable for instance %(instance)s.'
}

export class PortBindingFailed extends Invalid {
  static override readonly msgFmt: string =
    'Binding failed for port %(port_id)s, please check neutron logs for more information.'
}

export class PortUpdateFailed extends Invalid {
  static override readonly msgFmt: string = 'Port update failed for port %(port_id)s: %(reason)s'
}

export class InterfaceAttachFailedNoNetwork extends Invalid {
  static override readonly msgFmt: string =
    "No specific network was requested and none are available for project '%(project_id)s'."
}

export class FixedIpAlreadyInUse extends NovaException {
  static override readonly msgFmt: string =
    'Fixed IP address %(address)s is already in use on instance %(instance_uuid)s.'
}

export class FixedIpNotFoundForInstance extends NotFound {
  static override readonly msgFmt: string =
    "Instance %(instance_uuid)s does not have fixed IP '%(ip)s'."
}

export class NoMoreFixedIps extends NovaException {
  static override readonly msgFmt: string = 'No fixed IP addresses available for network: %(net)s'
}

export class SecurityGroupNotFound extends NotFound {
  static override readonly msgFmt: string = 'Security group %(security_group_id)s not found.'
}

export class SecurityGroupCannotBeApplied extends Invalid {
  static override readonly msgFmt: string =
    'Network requires port_security_enabled and subnet associated in order to apply security groups.'
}

/** 409: a name was given that several resources bear. */
export class NoUniqueMatch extends NovaException {
  static override readonly code: number = 409
  static override readonly msgFmt: string = 'No Unique Match Found.'
}
