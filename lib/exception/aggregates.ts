import { NovaException } from './base.js'
import { Invalid, NotFound } from './kinds.js'

export class InvalidAggregateAction extends Invalid {
  static override readonly msgFmt: string = 'Unacceptable parameters.'
}

export class InvalidAggregateActionAdd extends InvalidAggregateAction {
  static override readonly msgFmt: string =
    'Cannot add host to aggregate %(aggregate_id)s. Reason: %(reason)s.'
}

export class InvalidAggregateActionDelete extends InvalidAggregateAction {
  static override readonly msgFmt: string =
    'Cannot remove host from aggregate %(aggregate_id)s. Reason: %(reason)s.'
}

export class InvalidAggregateActionUpdate extends InvalidAggregateAction {
  static override readonly msgFmt: string =
    'Cannot update aggregate %(aggregate_id)s. Reason: %(reason)s.'
}

export class InvalidAggregateActionUpdateMeta extends InvalidAggregateAction {
  static override readonly msgFmt: string =
    'Cannot update metadata of aggregate %(aggregate_id)s. Reason: %(reason)s.'
}

export class AggregateNotFound extends NotFound {
  static override readonly msgFmt: string = 'Aggregate %(aggregate_id)s could not be found.'
}

export class AggregateNameExists extends NovaException {
  static override readonly msgFmt: string = 'Aggregate %(aggregate_name)s already exists.'
}

export class AggregateHostNotFound extends NotFound {
  static override readonly msgFmt: string = 'Aggregate %(aggregate_id)s has no host %(host)s.'
}

export class AggregateMetadataNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Aggregate %(aggregate_id)s has no metadata with key %(metadata_key)s.'
}

export class AggregateHostExists extends NovaException {
  static override readonly msgFmt: string = 'Aggregate %(aggregate_id)s already has host %(host)s.'
}

export class InstanceGroupNotFound extends NotFound {
  static override readonly msgFmt: string = 'Instance group %(group_uuid)s could not be found.'
}

export class InstanceGroupIdExists extends NovaException {
  static override readonly msgFmt: string = 'Instance group %(group_uuid)s already exists.'
}

export class InstanceGroupSaveException extends NovaException {
  static override readonly msgFmt: string = '%(field)s should not be part of the updates.'
}
