import type { RequestContext } from '../context/index.js'
import {
  deleteRequestSpec,
  insertRequestSpec,
  requestSpecsOf,
  updateRequestSpec,
} from '../db/queries/api/requests.js'
import { ObjectActionError, RequestSpecNotFound } from '../exception/index.js'
import { apiOf } from './access.js'
import {
  boolean,
  dictOf,
  integer,
  listOf,
  novaObject,
  object,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
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
}) {
  /** @throws RequestSpecNotFound */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<RequestSpec> {
    const [row] = await requestSpecsOf(apiOf(context).kysely, [instanceUuid])
    if (!row) throw new RequestSpecNotFound({ instance_uuid: instanceUuid })
    return RequestSpec.fromStored(context, row)
  }

  /** Those of these instances that have one, by one query. */
  static async ofInstances(
    context: RequestContext,
    instanceUuids: readonly string[],
  ): Promise<RequestSpec[]> {
    const rows = await requestSpecsOf(apiOf(context).kysely, instanceUuids)
    return rows.map(row => RequestSpec.fromStored(context, row))
  }

  /** Reads a row's `spec`; what it says of its own time and place is left behind. */
  static fromStored(
    context: RequestContext,
    row: { readonly id: number; readonly instance_uuid: string; readonly spec: string },
  ): RequestSpec {
    const spec = RequestSpec.fromPrimitive(JSON.parse(row.spec), context)
    for (const name of ['networkMetadata', 'requestedNetworks'] as const) spec.unset(name)
    spec.assign({
      id: row.id,
      instance_uuid: row.instance_uuid,
      retry: null,
      ignore_hosts: null,
      requested_destination: null,
      requested_resources: null,
    })
    return spec.resetChanges()
  }

  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    const text = this.toStored()
    const id = await apiOf(context).transaction(trx =>
      insertRequestSpec(trx, this.instanceUuid, text),
    )
    this.assign({ id }).resetChanges()
  }

  /** @throws RequestSpecNotFound */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const saved = await updateRequestSpec(apiOf(context).kysely, this.instanceUuid, this.toStored())
    if (!saved) throw new RequestSpecNotFound({ instance_uuid: this.instanceUuid })
    this.resetChanges()
  }

  /** @throws RequestSpecNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    if (!(await deleteRequestSpec(apiOf(context).kysely, this.instanceUuid))) {
      throw new RequestSpecNotFound({ instance_uuid: this.instanceUuid })
    }
  }

  /** The primitive's JSON as it is stored: without what holds for one attempt only. */
  toStored(): string {
    if (!this.isSet('instanceUuid')) {
      throw new ObjectActionError({ action: 'create', reason: 'instance_uuid must be set' })
    }
    const copy = this.clone()
    for (const name of ['networkMetadata', 'requestedNetworks', 'requestLevelParams'] as const) {
      copy.unset(name)
    }
    for (const wire of ['retry', 'requested_destination', 'requested_resources', 'ignore_hosts']) {
      if (copy.valueAt(wire) !== undefined) copy.assign({ [wire]: null })
    }
    const group = copy.get('instanceGroup')
    if (group) group.assign({ members: null, hosts: null })
    return JSON.stringify(copy.toPrimitive())
  }
}
