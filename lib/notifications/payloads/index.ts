export { AggregateCachePayload, AggregatePayload } from './aggregate.js'
export { ExceptionPayload } from './exception.js'
export { FlavorPayload } from './flavor.js'
export { ImageMetaPayload, ImageMetaPropsPayload } from './image.js'
export {
  InstanceActionPayload,
  InstanceActionRebuildPayload,
  InstanceActionRescuePayload,
  InstanceActionResizePrepPayload,
  InstanceActionSharePayload,
  InstanceActionSnapshotPayload,
  InstanceActionVolumePayload,
  InstanceActionVolumeSwapPayload,
  InstanceCreatePayload,
  InstanceExistsPayload,
  InstancePayload,
  InstanceUpdatePayload,
  withoutShares,
} from './instance.js'
export {
  AuditPeriodPayload,
  BlockDevicePayload,
  InstanceStateUpdatePayload,
  IpPayload,
  SharePayload,
} from './instance-parts.js'
export { KeypairPayload } from './keypair.js'
export { MetricPayload, MetricsPayload } from './metrics.js'
export {
  InstanceNUMACellPayload,
  InstanceNUMATopologyPayload,
  VirtCPUTopologyPayload,
} from './numa.js'
export {
  CellMappingPayload,
  ComputeTaskPayload,
  DestinationPayload,
  InstancePCIRequestPayload,
  InstancePCIRequestsPayload,
  RequestSpecPayload,
  SchedulerRetriesPayload,
} from './request-spec.js'
export { ServerGroupPayload } from './server-group.js'
export { ServiceStatusPayload } from './service.js'
export { VolumeUsagePayload } from './volume.js'
