import { NovaException } from './base.js'
import { Invalid, NotFound } from './kinds.js'
import { ServiceNotFound } from './scheduling.js'

export class ServiceNotUnique extends Invalid {
  static override readonly msgFmt: string = 'More than one possible service found.'
}

export class ComputeServiceInUse extends NovaException {
  static override readonly msgFmt: string = 'Compute service of %(host)s is still in use.'
}

export class ServiceTooOld extends Invalid {
  static override readonly msgFmt: string =
    'This service is older (v%(thisver)s) than the minimum (v%(minver)s) version of the rest of the deployment. Unable to continue.'
}

/** Hosts, or those of `[upgrade_levels]`, are too old for what was asked. */
export class UnsupportedRPCVersion extends Invalid {
  static override readonly msgFmt: string =
    'Unsupported RPC version for %(api)s. Required >= %(required)s'
}

export class TooOldComputeService extends Invalid {
  static override readonly msgFmt: string =
    'Current Nova version does not support computes older than %(oldest_supported_version)s but the minimum compute service level in your %(scope)s is %(min_service_level)d and the oldest supported service level is %(oldest_supported_service)d.'
}

export class ConfGroupForServiceTypeNotFound extends ServiceNotFound {
  static override readonly msgFmt: string =
    'Conf group for service type not found (stype: %(stype)s).'
}

export class ServiceBinaryExists extends NovaException {
  static override readonly msgFmt: string = 'Service with host %(host)s binary %(binary)s exists.'
}

export class ServiceTopicExists extends NovaException {
  static override readonly msgFmt: string = 'Service with host %(host)s topic %(topic)s exists.'
}

export class HostBinaryNotFound extends NotFound {
  static override readonly msgFmt: string = 'Could not find binary %(binary)s on host %(host)s.'
}

export class CellTimeout extends NotFound {
  static override readonly msgFmt: string = 'Timeout waiting for response from cell'
}

export class TaskAlreadyRunning extends NovaException {
  static override readonly msgFmt: string = 'Task %(task_name)s is already running on host %(host)s'
}

export class TaskNotRunning extends NovaException {
  static override readonly msgFmt: string = 'Task %(task_name)s is not running on host %(host)s'
}

export class HostMappingExists extends Invalid {
  static override readonly msgFmt: string = "Host '%(name)s' mapping already exists"
}

export class TooManyComputesForHost extends NovaException {
  static override readonly msgFmt: string =
    'Unexpected number of compute node records (%(num_computes)d) found for host %(host)s. There should only be a one-to-one mapping.'
}
