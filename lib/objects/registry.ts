import { Aggregate, AggregateList } from './aggregate.js'
import type { NovaObjectClass } from './base/index.js'
import { BlockDeviceMapping, BlockDeviceMappingList } from './block-device-mapping.js'
import { BuildRequest, BuildRequestList } from './build-request.js'
import { CellMapping, CellMappingList } from './cell-mapping.js'
import { ComputeNode, ComputeNodeList } from './compute-node.js'
import { ConsoleAuthToken } from './console-auth-token.js'
import { Destination } from './destination.js'
import {
  CpuDiagnostics,
  Diagnostics,
  DiskDiagnostics,
  MemoryDiagnostics,
  NicDiagnostics,
} from './diagnostics.js'
import { EC2Ids, EC2InstanceMapping, S3ImageMapping } from './ec2.js'
import { Flavor, FlavorList } from './flavor.js'
import { HostMapping, HostMappingList } from './host-mapping.js'
import { HVSpec } from './hv-spec.js'
import { ImageMeta } from './image-meta.js'
import { ImageMetaProps } from './image-meta-props.js'
import { Instance } from './instance.js'
import { InstanceAction, InstanceActionList } from './instance-action.js'
import { InstanceActionEvent, InstanceActionEventList } from './instance-action-event.js'
import {
  DeviceBus,
  DeviceMetadata,
  DiskMetadata,
  IDEDeviceBus,
  InstanceDeviceMetadata,
  NetworkInterfaceMetadata,
  PCIDeviceBus,
  SCSIDeviceBus,
  USBDeviceBus,
  XenDeviceBus,
} from './instance-device-metadata.js'
import { InstanceExternalEvent } from './instance-external-event.js'
import { InstanceFault, InstanceFaultList } from './instance-fault.js'
import { InstanceGroup, InstanceGroupList } from './instance-group.js'
import { InstanceInfoCache } from './instance-info-cache.js'
import { InstanceList } from './instance-list.js'
import { InstanceMapping, InstanceMappingList } from './instance-mapping.js'
import { InstanceNUMACell, InstanceNUMATopology } from './instance-numa.js'
import { InstancePCIRequest, InstancePCIRequests } from './instance-pci-requests.js'
import { KeyPair, KeyPairList } from './keypair.js'
import {
  HyperVLiveMigrateData,
  LibvirtLiveMigrateBDMInfo,
  LibvirtLiveMigrateData,
  LibvirtLiveMigrateNUMAInfo,
  VIFMigrateData,
  VMwareLiveMigrateData,
} from './live-migrate-data.js'
import { Migration, MigrationList } from './migration.js'
import { MigrationContext } from './migration-context.js'
import { MonitorMetric, MonitorMetricList } from './monitor-metric.js'
import { NetworkMetadata } from './network-metadata.js'
import { NetworkRequest, NetworkRequestList } from './network-request.js'
import { NUMACell, NUMAPagesTopology, NUMATopology } from './numa.js'
import { PciDevice, PciDeviceList } from './pci-device.js'
import { PciDevicePool, PciDevicePoolList } from './pci-device-pool.js'
import { Quotas, QuotasNoOp } from './quotas.js'
import { RequestGroup, RequestLevelParams } from './request-group.js'
import { RequestSpec } from './request-spec.js'
import { LibvirtVPMEMDevice, Resource, ResourceList, ResourceMetadata } from './resource.js'
import { NUMATopologyLimits, SchedulerLimits } from './scheduler-limits.js'
import { SchedulerRetries } from './scheduler-retries.js'
import { SecurityGroup, SecurityGroupList } from './security-group.js'
import { Selection } from './selection.js'
import { Service, ServiceList } from './service.js'
import { ShareMapping, ShareMappingList } from './share-mapping.js'
import { Tag, TagList } from './tag.js'
import { TaskLog, TaskLogList } from './task-log.js'
import { TrustedCerts } from './trusted-certs.js'
import { VirtCPUFeature, VirtCPUModel, VirtCPUTopology } from './vcpu-model.js'
import { VirtualInterface, VirtualInterfaceList } from './virtual-interface.js'
import { VolumeUsage } from './volume-usage.js'

/** Every object that may stand in a message, by its name there. */
export const novaObjects: ReadonlyMap<string, NovaObjectClass> = new Map(
  [
    Aggregate,
    AggregateList,
    BlockDeviceMapping,
    BlockDeviceMappingList,
    BuildRequest,
    BuildRequestList,
    CellMapping,
    CellMappingList,
    ComputeNode,
    ComputeNodeList,
    ConsoleAuthToken,
    CpuDiagnostics,
    Destination,
    DeviceBus,
    DeviceMetadata,
    Diagnostics,
    DiskDiagnostics,
    DiskMetadata,
    EC2Ids,
    EC2InstanceMapping,
    Flavor,
    FlavorList,
    HVSpec,
    HostMapping,
    HostMappingList,
    HyperVLiveMigrateData,
    IDEDeviceBus,
    ImageMeta,
    ImageMetaProps,
    Instance,
    InstanceAction,
    InstanceActionEvent,
    InstanceActionEventList,
    InstanceActionList,
    InstanceDeviceMetadata,
    InstanceExternalEvent,
    InstanceFault,
    InstanceFaultList,
    InstanceGroup,
    InstanceGroupList,
    InstanceInfoCache,
    InstanceList,
    InstanceMapping,
    InstanceMappingList,
    InstanceNUMACell,
    InstanceNUMATopology,
    InstancePCIRequest,
    InstancePCIRequests,
    KeyPair,
    KeyPairList,
    LibvirtLiveMigrateBDMInfo,
    LibvirtLiveMigrateData,
    LibvirtLiveMigrateNUMAInfo,
    LibvirtVPMEMDevice,
    MemoryDiagnostics,
    Migration,
    MigrationContext,
    MigrationList,
    MonitorMetric,
    MonitorMetricList,
    NUMACell,
    NUMAPagesTopology,
    NUMATopology,
    NUMATopologyLimits,
    NetworkInterfaceMetadata,
    NetworkMetadata,
    NetworkRequest,
    NetworkRequestList,
    NicDiagnostics,
    PCIDeviceBus,
    PciDevice,
    PciDeviceList,
    PciDevicePool,
    PciDevicePoolList,
    Quotas,
    QuotasNoOp,
    RequestGroup,
    RequestLevelParams,
    RequestSpec,
    Resource,
    ResourceList,
    ResourceMetadata,
    S3ImageMapping,
    SCSIDeviceBus,
    SchedulerLimits,
    SchedulerRetries,
    SecurityGroup,
    SecurityGroupList,
    Selection,
    Service,
    ServiceList,
    ShareMapping,
    ShareMappingList,
    Tag,
    TagList,
    TaskLog,
    TaskLogList,
    TrustedCerts,
    USBDeviceBus,
    VIFMigrateData,
    VMwareLiveMigrateData,
    VirtCPUFeature,
    VirtCPUModel,
    VirtCPUTopology,
    VirtualInterface,
    VirtualInterfaceList,
    VolumeUsage,
    XenDeviceBus,
  ].map((type: NovaObjectClass) => [type.objectType.name, type]),
)
