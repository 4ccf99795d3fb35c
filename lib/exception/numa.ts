import { NovaException } from './base.js'
import { Forbidden } from './forbidden.js'
import { Invalid, NotFound } from './kinds.js'

export class InvalidNUMANodesNumber extends Invalid {
  static override readonly msgFmt: string = 'Invalid NUMA nodes number (nodes: %(nodes)s).'
}

export class InvalidCPUInfo extends Invalid {
  static override readonly msgFmt: string = 'Unacceptable CPU info: %(reason)s'
}

export class ImageVCPULimitsRangeExceeded extends Invalid {
  static override readonly msgFmt: string =
    'Image VCPU limits range exceeded (flavor cores: %(flavor_cores)s, flavor sockets: %(flavor_sockets)s, flavor threads: %(flavor_threads)s, image cores: %(image_cores)s, image sockets: %(image_sockets)s, image threads: %(image_threads)s).'
}

export class ImageVCPUTopologyRangeExceeded extends Invalid {
  static override readonly msgFmt: string =
    'Image VCPU topology range exceeded (image cores: %(image_cores)s, image sockets: %(image_sockets)s, image threads: %(image_threads)s, max cores: %(max_cores)s, max sockets: %(max_sockets)s, max threads: %(max_threads)s).'
}

export class ImageVCPULimitsRangeImpossible extends Invalid {
  static override readonly msgFmt: string =
    'Image VCPU limits range impossible (cores: %(cores)s, sockets: %(sockets)s, threads: %(threads)s, vcpus: %(vcpus)s).'
}

export class ImageNUMATopologyIncomplete extends Invalid {
  static override readonly msgFmt: string = 'Image NUMA topology incomplete.'
}

export class ImageNUMATopologyForbidden extends Forbidden {
  static override readonly msgFmt: string = 'Image NUMA topology forbidden (name: %(name)s).'
}

export class ImageNUMATopologyRebuildConflict extends Invalid {
  static override readonly msgFmt: string = 'Image NUMA topology rebuild conflict.'
}

export class ImageNUMATopologyAsymmetric extends Invalid {
  static override readonly msgFmt: string = 'Image NUMA topology asymmetric.'
}

export class ImageNUMATopologyCPUOutOfRange extends Invalid {
  static override readonly msgFmt: string =
    'Image NUMA topology CPU out of range (cpumax: %(cpumax)s, cpunum: %(cpunum)s).'
}

export class ImageNUMATopologyCPUDuplicates extends Invalid {
  static override readonly msgFmt: string =
    'Image NUMA topology CPU duplicates (cpunum: %(cpunum)s).'
}

export class ImageNUMATopologyCPUsUnassigned extends Invalid {
  static override readonly msgFmt: string =
    'Image NUMA topology CP us unassigned (cpuset: %(cpuset)s).'
}

export class ImageNUMATopologyMemoryOutOfRange extends Invalid {
  static override readonly msgFmt: string =
    'Image NUMA topology memory out of range (memsize: %(memsize)s, memtotal: %(memtotal)s).'
}

export class NumaTopologyNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Instance %(instance_uuid)s does not specify a NUMA topology'
}

export class MemoryPageSizeInvalid extends Invalid {
  static override readonly msgFmt: string = 'Memory page size invalid (pagesize: %(pagesize)s).'
}

export class MemoryPageSizeForbidden extends Invalid {
  static override readonly msgFmt: string =
    'Memory page size forbidden (against: %(against)s, pagesize: %(pagesize)s).'
}

export class MemoryPageSizeNotSupported extends Invalid {
  static override readonly msgFmt: string =
    'Memory page size not supported (pagesize: %(pagesize)s).'
}

export class LockMemoryForbidden extends Forbidden {
  static override readonly msgFmt: string = 'Lock memory forbidden.'
}

export class CPUPinningInvalid extends Invalid {
  static override readonly msgFmt: string =
    'CPU pinning invalid (available: %(available)s, requested: %(requested)s).'
}

export class CPUUnpinningInvalid extends Invalid {
  static override readonly msgFmt: string =
    'CPU unpinning invalid (available: %(available)s, requested: %(requested)s).'
}

export class CPUPinningUnknown extends Invalid {
  static override readonly msgFmt: string =
    'CPU pinning unknown (available: %(available)s, requested: %(requested)s).'
}

export class CPUUnpinningUnknown extends Invalid {
  static override readonly msgFmt: string =
    'CPU unpinning unknown (available: %(available)s, requested: %(requested)s).'
}

export class ImageCPUPinningForbidden extends Forbidden {
  static override readonly msgFmt: string = 'Image CPU pinning forbidden.'
}

export class ImageCPUThreadPolicyForbidden extends Forbidden {
  static override readonly msgFmt: string = 'Image CPU thread policy forbidden.'
}

export class NUMATopologyUnsupported extends Invalid {
  static override readonly msgFmt: string = 'NUMA topology unsupported.'
}

export class MemoryPagesUnsupported extends Invalid {
  static override readonly msgFmt: string = 'Memory pages unsupported.'
}

export class RealtimeConfigurationInvalid extends Invalid {
  static override readonly msgFmt: string = 'Realtime configuration invalid.'
}

export class CPUThreadPolicyConfigurationInvalid extends Invalid {
  static override readonly msgFmt: string = 'CPU thread policy configuration invalid.'
}

export class UnsupportedHostCPUControlPolicy extends Invalid {
  static override readonly msgFmt: string = 'Unsupported host CPU control policy.'
}

export class RealtimeMaskNotFoundOrInvalid extends Invalid {
  static override readonly msgFmt: string = 'Realtime mask not found or invalid.'
}

export class InvalidReservedMemoryPagesOption extends Invalid {
  static override readonly msgFmt: string = 'Invalid reserved memory pages option (conf: %(conf)s).'
}

export class InvalidEmulatorThreadsPolicy extends Invalid {
  static override readonly msgFmt: string =
    'Invalid emulator threads policy (available: %(available)s, requested: %(requested)s).'
}

export class BadRequirementEmulatorThreadsPolicy extends Invalid {
  static override readonly msgFmt: string = 'Bad requirement emulator threads policy.'
}

export class InvalidNetworkNUMAAffinity extends Invalid {
  static override readonly msgFmt: string = 'Invalid network NUMA affinity: %(reason)s'
}

export class RequiredMixedInstancePolicy extends Invalid {
  static override readonly msgFmt: string = 'Required mixed instance policy.'
}

export class RequiredMixedOrRealtimeCPUMask extends Invalid {
  static override readonly msgFmt: string = 'Required mixed or realtime CPU mask.'
}

export class MixedInstanceNotSupportByComputeService extends NovaException {
  static override readonly msgFmt: string = 'Mixed instance not support by compute service.'
}

export class InvalidMixedInstanceDedicatedMask extends Invalid {
  static override readonly msgFmt: string = 'Invalid mixed instance dedicated mask.'
}
