import {
  boolean,
  type CellMapping,
  type Destination,
  dictOf,
  type InstancePCIRequests,
  integer,
  listOf,
  novaObject,
  object,
  type RequestSpec,
  type SchedulerRetries,
  string,
  uuid,
} from '../../objects/index.js'
import { ExceptionPayload } from './exception.js'
import { fill } from './fill.js'
import { FlavorPayload } from './flavor.js'
import { ImageMetaPayload } from './image.js'
import { InstanceNUMATopologyPayload } from './numa.js'
import { ServerGroupPayload } from './server-group.js'

export class InstancePCIRequestPayload extends novaObject('InstancePCIRequestPayload', '1.1', {
  count: integer(),
  spec: listOf(dictOf(string({ nullable: true }))())(),
  alias_name: string({ nullable: true }),
  request_id: uuid({ nullable: true }),
  numa_policy: string({ nullable: true }),
}) {}

export class InstancePCIRequestsPayload extends novaObject('InstancePCIRequestsPayload', '1.0', {
  instance_uuid: uuid(),
  requests: listOf(object(() => InstancePCIRequestPayload)())(),
}) {
  static of(requests: InstancePCIRequests, instanceUuid: string): InstancePCIRequestsPayload {
    return new InstancePCIRequestsPayload(null, {
      instanceUuid: requests.get('instanceUuid') ?? instanceUuid,
      requests: requests.requests.map(request => fill(new InstancePCIRequestPayload(), request)),
    })
  }
}

/** A cell, without what it takes to get into it. */
export class CellMappingPayload extends novaObject('CellMappingPayload', '2.0', {
  uuid: uuid(),
  name: string({ nullable: true }),
  disabled: boolean({ default: false }),
}) {
  static of(cell: CellMapping): CellMappingPayload {
    return fill(new CellMappingPayload(), cell)
  }
}

/** Only what is asked for stands in it: a host, a node, a cell. */
export class DestinationPayload extends novaObject('DestinationPayload', '1.0', {
  host: string(),
  node: string({ nullable: true }),
  cell: object(() => CellMappingPayload)({ nullable: true }),
  aggregates: listOf(string())({ nullable: true, default: null }),
}) {
  static of(destination: Destination): DestinationPayload {
    const cell = destination.get('cell')
    const { host, node } = { host: destination.get('host'), node: destination.get('node') }
    return new DestinationPayload(null, {
      ...(host ? { host } : {}),
      ...(node ? { node } : {}),
      ...(cell ? { cell: CellMappingPayload.of(cell) } : {}),
      aggregates: destination.get('aggregates') ?? null,
    })
  }
}

export class SchedulerRetriesPayload extends novaObject('SchedulerRetriesPayload', '1.0', {
  num_attempts: integer(),
  hosts: listOf(string())(),
}) {
  static of(retry: SchedulerRetries): SchedulerRetriesPayload {
    const hosts = retry.hosts.objects.map(node => node.hypervisorHostname ?? '')
    return fill(new SchedulerRetriesPayload(null, { hosts }), retry)
  }
}

export class RequestSpecPayload extends novaObject('RequestSpecPayload', '1.1', {
  instance_uuid: uuid(),
  project_id: string({ nullable: true }),
  user_id: string({ nullable: true }),
  availability_zone: string({ nullable: true }),
  flavor: object(() => FlavorPayload)({ nullable: true }),
  force_hosts: string({ nullable: true }),
  force_nodes: string({ nullable: true }),
  ignore_hosts: listOf(string())({ nullable: true }),
  image_meta: object(() => ImageMetaPayload)({ nullable: true }),
  instance_group: object(() => ServerGroupPayload)({ nullable: true }),
  image: object(() => ImageMetaPayload)({ nullable: true }),
  numa_topology: object(() => InstanceNUMATopologyPayload)({ nullable: true }),
  pci_requests: object(() => InstancePCIRequestsPayload)({ nullable: true }),
  num_instances: integer({ default: 1 }),
  requested_destination: object(() => DestinationPayload)({ nullable: true }),
  retry: object(() => SchedulerRetriesPayload)({ nullable: true }),
  scheduler_hints: dictOf(listOf(string())())({ nullable: true }),
  security_groups: listOf(string())(),
}) {
  static of(spec: RequestSpec): RequestSpecPayload {
    const { instanceUuid } = spec
    const known = <T, P>(value: T | null | undefined, made: (value: T) => P): P | null =>
      value ? made(value) : null
    const payload = new RequestSpecPayload(null, {
      flavor: known(spec.get('flavor'), flavor => FlavorPayload.of(flavor)),
      image: known(spec.get('image'), image => ImageMetaPayload.of(image)),
      numaTopology: known(spec.get('numaTopology'), topology =>
        InstanceNUMATopologyPayload.of(topology, instanceUuid),
      ),
      pciRequests: known(spec.get('pciRequests'), requests =>
        InstancePCIRequestsPayload.of(requests, instanceUuid),
      ),
      requestedDestination: known(spec.get('requestedDestination'), destination =>
        DestinationPayload.of(destination),
      ),
      retry: known(spec.get('retry'), retry => SchedulerRetriesPayload.of(retry)),
      instanceGroup: known(spec.get('instanceGroup'), group => ServerGroupPayload.of(group)),
      forceHosts: spec.get('forceHosts')?.[0] ?? null,
      forceNodes: spec.get('forceNodes')?.[0] ?? null,
      numInstances: spec.get('numInstances') ?? 1,
      // By uuid where the network service has them, by name elsewhere.
      securityGroups: (spec.get('securityGroups')?.objects ?? []).map(
        group => group.get('uuid') ?? group.get('name') ?? '',
      ),
    })
    const filled = fill(payload, spec, { image_meta: '' })
    // nova declares it, and never fills it in.
    filled.unset('imageMeta')
    return filled
  }
}

/** A task of the conductor that failed. */
export interface FailedTask {
  readonly instanceUuid: string
  /** Servers of old have none. */
  readonly requestSpec: RequestSpec | null
  /** The state that the server is left in. */
  readonly state: string | null
  readonly error: unknown
}

export class ComputeTaskPayload extends novaObject('ComputeTaskPayload', '1.0', {
  instance_uuid: uuid(),
  request_spec: object(() => RequestSpecPayload)({ nullable: true }),
  state: string({ nullable: true }),
  reason: object(() => ExceptionPayload)(),
}) {
  static of({ instanceUuid, requestSpec, state, error }: FailedTask): ComputeTaskPayload {
    return new ComputeTaskPayload(null, {
      instanceUuid,
      requestSpec: requestSpec && RequestSpecPayload.of(requestSpec),
      state,
      reason: ExceptionPayload.of(error),
    })
  }
}
