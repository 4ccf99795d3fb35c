import { NovaException } from './base.js'
import { Invalid, NotFound, ServiceUnavailable } from './kinds.js'

/** The text keeps its trailing blank when there is no reason, as nova's does. */
export class NoValidHost extends NovaException {
  static override readonly msgFmt: string = 'No valid host was found. %(reason)s'
}

export class MaxRetriesExceeded extends NoValidHost {
  static override readonly msgFmt: string = 'Exceeded maximum number of retries. %(reason)s'
}

export class RequestFilterFailed extends NovaException {
  static override readonly msgFmt: string = 'Scheduling failed: %(reason)s'
}

export class ComputeResourcesUnavailable extends ServiceUnavailable {
  static override readonly msgFmt: string = 'Insufficient compute resources: %(reason)s.'
}

export class ComputeServiceUnavailable extends ServiceUnavailable {
  static override readonly msgFmt: string =
    'Compute service of %(host)s is unavailable at this time.'
}

export class SchedulerHostFilterNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Scheduler Host Filter %(filter_name)s could not be found.'
}

export class HostNotFound extends NotFound {
  static override readonly msgFmt: string = 'Host %(host)s could not be found.'
}

export class ComputeHostNotFound extends HostNotFound {
  static override readonly msgFmt: string = 'Compute host %(host)s could not be found.'
}

export class ServiceNotFound extends NotFound {
  static override readonly msgFmt: string = 'Service %(service_id)s could not be found.'
}

export class CellMappingNotFound extends NotFound {
  static override readonly msgFmt: string = 'Cell %(uuid)s has no mapping.'
}

export class HostMappingNotFound extends Invalid {
  static override readonly msgFmt: string = "Host '%(name)s' is not mapped to any cell"
}

export class ResourceProviderNotFound extends NotFound {
  static override readonly msgFmt: string = 'No such resource provider %(name_or_uuid)s.'
}

export class AllocationUpdateFailed extends NovaException {
  static override readonly msgFmt: string =
    'Failed to update allocations for consumer %(consumer_uuid)s. Error: %(error)s'
}

/** This build ends here: no other host is tried. */
export class BuildAbortException extends NovaException {
  static override readonly msgFmt: string =
    'Build of instance %(instance_uuid)s aborted: %(reason)s'
}

/** This host cannot build it; another may. */
export class RescheduledException extends NovaException {
  static override readonly msgFmt: string =
    'Build of instance %(instance_uuid)s was re-scheduled: %(reason)s'
}

export class GroupAffinityViolation extends NovaException {
  static override readonly msgFmt: string = '%(policy)s instance group policy was violated'
}
