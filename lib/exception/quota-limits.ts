import { NovaException } from './base.js'
import { Invalid, NotFound } from './kinds.js'
import { OverQuota } from './quota.js'

export class InvalidQuotaValue extends Invalid {
  static override readonly msgFmt: string =
    'Change would make usage less than 0 for the following resources: %(unders)s'
}

export class InvalidQuotaMethodUsage extends Invalid {
  static override readonly msgFmt: string = 'Wrong quota method %(method)s used on resource %(res)s'
}

export class QuotaNotFound extends NotFound {
  static override readonly msgFmt: string = 'Quota could not be found'
}

export class QuotaExists extends NovaException {
  static override readonly msgFmt: string =
    'Quota exists for project %(project_id)s, resource %(resource)s'
}

export class QuotaResourceUnknown extends QuotaNotFound {
  static override readonly msgFmt: string = 'Unknown quota resources %(unknown)s.'
}

export class ProjectUserQuotaNotFound extends QuotaNotFound {
  static override readonly msgFmt: string =
    'Quota for user %(user_id)s in project %(project_id)s could not be found.'
}

export class ProjectQuotaNotFound extends QuotaNotFound {
  static override readonly msgFmt: string = 'Quota for project %(project_id)s could not be found.'
}

export class QuotaClassNotFound extends QuotaNotFound {
  static override readonly msgFmt: string = 'Quota class %(class_name)s could not be found.'
}

export class QuotaClassExists extends NovaException {
  static override readonly msgFmt: string =
    'Quota class %(class_name)s exists for resource %(resource)s'
}

export class TooManyInstances extends OverQuota {
  static override readonly msgFmt: string =
    'Quota exceeded for %(overs)s: Requested %(req)s, but already used %(used)s of %(allowed)s %(overs)s'
}

export class FloatingIpLimitExceeded extends OverQuota {
  static override readonly msgFmt: string = 'Maximum number of floating IPs exceeded'
}

export class MetadataLimitExceeded extends OverQuota {
  static override readonly msgFmt: string = 'Maximum number of metadata items exceeds %(allowed)d'
}

export class OnsetFileLimitExceeded extends OverQuota {
  static override readonly msgFmt: string = 'Personality file limit exceeded'
}

export class OnsetFilePathLimitExceeded extends OnsetFileLimitExceeded {
  static override readonly msgFmt: string = 'Personality file path exceeds maximum %(allowed)s'
}

export class OnsetFileContentLimitExceeded extends OnsetFileLimitExceeded {
  static override readonly msgFmt: string = 'Personality file content exceeds maximum %(allowed)s'
}

export class KeypairLimitExceeded extends OverQuota {
  static override readonly msgFmt: string = 'Quota exceeded, too many key pairs.'
}

export class SecurityGroupLimitExceeded extends OverQuota {
  static override readonly msgFmt: string = 'Maximum number of security groups or rules exceeded'
}

export class ServerGroupLimitExceeded extends OverQuota {
  static override readonly msgFmt: string = 'Quota exceeded, too many server groups.'
}

export class GroupMemberLimitExceeded extends OverQuota {
  static override readonly msgFmt: string = 'Quota exceeded, too many servers in group'
}

export class SerialPortNumberLimitExceeded extends Invalid {
  static override readonly msgFmt: string =
    'Serial port number limit exceeded (allowed: %(allowed)s, virt type: %(virt_type)s).'
}
