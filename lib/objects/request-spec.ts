import { boolean, dictOf, integer, listOf, novaObject, object, string, uuid } from './base/index.js'
import { Destination } from './destination.js'
import { Flavor } from './flavor.js'
import { ImageMeta } from './image-meta.js'
import { InstanceGroup } from './instance-group.js'
import { InstanceNUMATopology } from './instance-numa.js'
import { InstancePCIRequests } from './instance-pci-requests.js'
import { NetworkMetadata } from './network-metadata.js'
import { NetworkRequestList } from './network-request.js'
import { RequestGroup, RequestLevelParams } from './request-group.js'
import { SchedulerLimits } from './scheduler-limits.js'
import { SchedulerRetries } from './scheduler-retries.js'
import { SecurityGroupList } from './security-group.js'

export class RequestSpec extends novaObject('RequestSpec', '1.14', {
  id: integer(),
  image: object(() => ImageMeta)({ nullable: true }),
  numa_topology: object(() => InstanceNUMATopology)({ nullable: true }),
  pci_requests: object(() => InstancePCIRequests)({ nullable: true }),
  project_id: string({ nullable: true }),
  user_id: string({ nullable: true, since: '1.9' }),
  availability_zone: string({ nullable: true }),
  flavor: object(() => Flavor)(),
  num_instances: integer({ default: 1 }),
  ignore_hosts: listOf(string())({ nullable: true }),
  force_hosts: listOf(string())({ nullable: true }),
  force_nodes: listOf(string())({ nullable: true }),
  requested_destination: object(() => Destination)({ nullable: true, default: null, since: '1.6' }),
  retry: object(() => SchedulerRetries)({ nullable: true }),
  limits: object(() => SchedulerLimits)({ nullable: true }),
  instance_group: object(() => InstanceGroup)({ nullable: true }),
  scheduler_hints: dictOf(listOf(string())())({ nullable: true }),
  instance_uuid: uuid(),
  security_groups: object(() => SecurityGroupList)({ since: '1.8' }),
  network_metadata: object(() => NetworkMetadata)({ since: '1.10' }),
  is_bfv: boolean({ since: '1.11' }),
  requested_resources: listOf(object(() => RequestGroup)())({
    nullable: true,
    default: null,
    since: '1.12',
  }),
  request_level_params: object(() => RequestLevelParams)({ since: '1.13' }),
  requested_networks: object(() => NetworkRequestList)({ since: '1.14' }),
}) {}
