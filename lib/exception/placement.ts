import { NovaException } from './base.js'
import { Invalid } from './kinds.js'

export class InterfaceAttachResourceAllocationFailed extends Invalid {
  static override readonly msgFmt: string =
    'Interface attach resource allocation failed (instance uuid: %(instance_uuid)s).'
}

export class ResourceProviderInUse extends NovaException {
  static override readonly msgFmt: string = 'Resource provider in use.'
}

export class ResourceProviderRetrievalFailed extends NovaException {
  static override readonly msgFmt: string = 'Resource provider retrieval failed (uuid: %(uuid)s).'
}

export class ResourceProviderAggregateRetrievalFailed extends NovaException {
  static override readonly msgFmt: string =
    'Resource provider aggregate retrieval failed (uuid: %(uuid)s).'
}

export class ResourceProviderTraitRetrievalFailed extends NovaException {
  static override readonly msgFmt: string =
    'Resource provider trait retrieval failed (uuid: %(uuid)s).'
}

export class ResourceProviderCreationFailed extends NovaException {
  static override readonly msgFmt: string = 'Resource provider creation failed (name: %(name)s).'
}

export class ResourceProviderDeletionFailed extends NovaException {
  static override readonly msgFmt: string = 'Resource provider deletion failed (uuid: %(uuid)s).'
}

export class ResourceProviderUpdateFailed extends NovaException {
  static override readonly msgFmt: string =
    'Resource provider update failed (url: %(url)s): %(error)s'
}

export class ResourceProviderSyncFailed extends NovaException {
  static override readonly msgFmt: string = 'Resource provider sync failed.'
}

export class PlacementAPIConnectFailure extends NovaException {
  static override readonly msgFmt: string = 'Placement API connect failure.'
}

export class PlacementAPIConflict extends NovaException {
  static override readonly msgFmt: string = 'Placement API conflict (url: %(url)s): %(error)s'
}

export class ResourceProviderUpdateConflict extends PlacementAPIConflict {
  static override readonly msgFmt: string =
    'Resource provider update conflict (generation: %(generation)s, uuid: %(uuid)s): %(error)s'
}

export class PlacementReshapeConflict extends PlacementAPIConflict {
  static override readonly msgFmt: string = 'Placement reshape conflict: %(error)s'
}

export class InvalidResourceClass extends Invalid {
  static override readonly msgFmt: string =
    'Invalid resource class (resource class: %(resource_class)s).'
}

export class InvalidInventory extends Invalid {
  static override readonly msgFmt: string =
    "Inventory for '%(resource_class)s' on resource provider '%(resource_provider)s' invalid."
}

export class InventoryInUse extends InvalidInventory {
  static override readonly msgFmt: string =
    "Inventory for '%(resource_class)s' on resource provider '%(resource_provider)s' in use."
}

export class UsagesRetrievalFailed extends NovaException {
  static override readonly msgFmt: string =
    'Usages retrieval failed (project id: %(project_id)s, user id: %(user_id)s).'
}

export class InvalidCPUAllocationPolicy extends Invalid {
  static override readonly msgFmt: string =
    'Invalid CPU allocation policy (available: %(available)s, requested: %(requested)s, source: %(source)s).'
}

export class InvalidCPUThreadAllocationPolicy extends Invalid {
  static override readonly msgFmt: string =
    'Invalid CPU thread allocation policy (available: %(available)s, requested: %(requested)s, source: %(source)s).'
}

export class TraitRetrievalFailed extends NovaException {
  static override readonly msgFmt: string = 'Trait retrieval failed: %(error)s'
}

export class TraitCreationFailed extends NovaException {
  static override readonly msgFmt: string = 'Trait creation failed (name: %(name)s): %(error)s'
}

export class AllocationCreateFailed extends NovaException {
  static override readonly msgFmt: string =
    'Failed to create allocations for instance %(instance)s against resource provider %(provider)s.'
}

export class AllocationMoveFailed extends NovaException {
  static override readonly msgFmt: string =
    'Failed to move allocations from consumer %(source_consumer)s to consumer %(target_consumer)s. Error: %(error)s'
}

export class AllocationDeleteFailed extends NovaException {
  static override readonly msgFmt: string =
    'Failed to delete allocations for consumer %(consumer_uuid)s. Error: %(error)s'
}

export class NoResourceClass extends NovaException {
  static override readonly msgFmt: string = 'No resource class (node: %(node)s).'
}

export class ResourceProviderAllocationRetrievalFailed extends NovaException {
  static override readonly msgFmt: string =
    'Resource provider allocation retrieval failed (rp uuid: %(rp_uuid)s): %(error)s'
}

export class ConsumerAllocationRetrievalFailed extends NovaException {
  static override readonly msgFmt: string =
    'Consumer allocation retrieval failed (consumer uuid: %(consumer_uuid)s): %(error)s'
}

export class ReshapeFailed extends NovaException {
  static override readonly msgFmt: string = 'Reshape failed: %(error)s'
}

export class ReshapeNeeded extends NovaException {
  static override readonly msgFmt: string = 'Reshape needed.'
}

export class HealAllocationException extends NovaException {
  static override readonly msgFmt: string = 'Heal allocation.'
}

export class HealvGPUAllocationNotSupported extends HealAllocationException {
  static override readonly msgFmt: string =
    'Healv GPU allocation not supported (instance uuid: %(instance_uuid)s).'
}

export class HealDeviceProfileAllocationNotSupported extends HealAllocationException {
  static override readonly msgFmt: string =
    'Heal device profile allocation not supported (instance uuid: %(instance_uuid)s).'
}

export class HealPortAllocationException extends NovaException {
  static override readonly msgFmt: string = 'Heal port allocation.'
}

export class UnableToQueryPorts extends HealPortAllocationException {
  static override readonly msgFmt: string =
    'Unable to query ports (instance uuid: %(instance_uuid)s): %(error)s'
}

export class UnableToUpdatePorts extends HealPortAllocationException {
  static override readonly msgFmt: string = 'Unable to update ports: %(error)s'
}

export class UnableToRollbackPortUpdates extends HealPortAllocationException {
  static override readonly msgFmt: string =
    'Unable to rollback port updates (port uuids: %(port_uuids)s): %(error)s'
}

export class AssignedResourceNotFound extends NovaException {
  static override readonly msgFmt: string = 'Assigned resource not found: %(reason)s'
}

export class RequestGroupSuffixConflict extends NovaException {
  static override readonly msgFmt: string = 'Request group suffix conflict (suffix: %(suffix)s).'
}

export class AmbiguousResourceProviderForPCIRequest extends NovaException {
  static override readonly msgFmt: string =
    'Ambiguous resource provider for PCI request (providers: %(providers)s, requester: %(requester)s).'
}

export class UnexpectedResourceProviderNameForPCIRequest extends NovaException {
  static override readonly msgFmt: string =
    'Unexpected resource provider name for PCI request (provider: %(provider)s, provider name: %(provider_name)s, requester: %(requester)s).'
}

export class ProviderConfigException extends NovaException {
  static override readonly msgFmt: string = 'Provider config: %(error)s'
}

export class PlacementPciException extends NovaException {
  static override readonly msgFmt: string = 'Placement pci: %(error)s'
}

export class PlacementPciDependentDeviceException extends PlacementPciException {
  static override readonly msgFmt: string =
    'Placement pci dependent device (children devs: %(children_devs)s, parent dev: %(parent_dev)s).'
}

export class PlacementPciMixedResourceClassException extends PlacementPciException {
  static override readonly msgFmt: string =
    'Placement pci mixed resource class (current devs: %(current_devs)s, current rc: %(current_rc)s, new dev: %(new_dev)s, new rc: %(new_rc)s).'
}

export class PlacementPciMixedTraitsException extends PlacementPciException {
  static override readonly msgFmt: string =
    'Placement pci mixed traits (current devs: %(current_devs)s, current traits: %(current_traits)s, new dev: %(new_dev)s, new traits: %(new_traits)s).'
}
