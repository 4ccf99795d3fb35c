import type {
  Aggregate,
  Flavor,
  InstanceGroup,
  KeyPair,
  RequestSpec,
  Service,
} from '../objects/index.js'
import {
  aroundIt,
  type EventKind,
  type LegacyForm,
  type LegacyPayload,
  once,
  type Phase,
  type Source,
} from './event-kind.js'
import { exceptionText } from './legacy.js'
import { legacyRequestSpec, plain } from './legacy-objects.js'
import {
  AggregateCachePayload,
  AggregatePayload,
  type CacheProgress,
} from './payloads/aggregate.js'
import { ExceptionPayload } from './payloads/exception.js'
import { FlavorPayload } from './payloads/flavor.js'
import { KeypairPayload } from './payloads/keypair.js'
import { type HostMetrics, MetricsPayload } from './payloads/metrics.js'
import { ComputeTaskPayload, type FailedTask, RequestSpecPayload } from './payloads/request-spec.js'
import { ServerGroupPayload } from './payloads/server-group.js'
import { ServiceStatusPayload } from './payloads/service.js'

export interface AggregateSubject {
  readonly aggregate: Aggregate
  /** What the older form tells besides the id: a host, metadata. */
  readonly extra?: LegacyPayload
}

const typed =
  (prefix: string) =>
  (phase: Phase | null): string =>
    phase === null ? prefix : `${prefix}.${phase}`

const aggregate = (legacy: string | null, phases = aroundIt): EventKind<AggregateSubject> => ({
  phases,
  source: 'nova-api',
  payload: ({ subject }) => AggregatePayload.of(subject.aggregate),
  ...(legacy === null
    ? {}
    : {
        legacy: {
          type: typed(`aggregate.${legacy}`),
          service: 'aggregate',
          // Before it has an id it goes by its name.
          host: ({ aggregate: subject }) => String(subject.get('id') ?? subject.name),
          payload: ({ subject }) => ({
            ...(subject.aggregate.isSet('id') ? { aggregate_id: subject.aggregate.id } : {}),
            ...subject.extra,
          }),
        } satisfies LegacyForm<AggregateSubject>,
      }),
})

/** Each host that is done is told of by the conductor, with how it went there. */
const cacheImages: EventKind<{ readonly aggregate: Aggregate } & Partial<CacheProgress>> = {
  phases: ['start', 'end', 'progress'],
  source: ({ host }) => (host === undefined ? 'nova-api' : 'nova-conductor'),
  payload: ({ subject: { aggregate: about, host, images = {}, index = 0, total = 0 } }) =>
    host === undefined
      ? AggregatePayload.of(about)
      : AggregateCachePayload.of({ aggregate: about, host, images, index, total }),
}

const flavor: EventKind<{ readonly flavor: Flavor }> = {
  phases: once,
  source: 'nova-api',
  payload: ({ subject }) => FlavorPayload.of(subject.flavor),
}

const keypair = (name: string): EventKind<{ readonly keypair: KeyPair }> => ({
  phases: aroundIt,
  source: 'nova-api',
  payload: ({ subject }) => KeypairPayload.of(subject.keypair),
  legacy: {
    type: typed(`keypair.${name}`),
    service: 'api',
    payload: ({ context, subject }) => ({
      tenant_id: context.projectId,
      user_id: context.userId,
      key_name: subject.keypair.name,
    }),
  },
})

export interface GroupSubject {
  readonly group: InstanceGroup
  /** What the older form tells besides the id. */
  readonly extra?: LegacyPayload
}

const serverGroup = (legacy: string): EventKind<GroupSubject> => ({
  phases: once,
  source: 'nova-api',
  payload: ({ subject }) => ServerGroupPayload.of(subject.group),
  legacy: {
    type: () => `servergroup.${legacy}`,
    service: 'servergroup',
    payload: ({ subject }) => ({ ...subject.extra, server_group_id: subject.group.uuid }),
  },
})

/** A service is told of in its own name, by whoever writes it down. */
const service: EventKind<{ readonly service: Service }> = {
  phases: once,
  source: ({ service: { binary } }) => sourceOfBinary(binary),
  host: ({ service: { host } }) => host ?? '',
  payload: ({ subject }) => ServiceStatusPayload.of(subject.service),
}

const sources: Readonly<Record<string, Source>> = {
  'nova-osapi_compute': 'nova-api',
  'nova-api': 'nova-api',
  'nova-conductor': 'nova-conductor',
  'nova-scheduler': 'nova-scheduler',
}

const sourceOfBinary = (binary: string | null): Source => sources[binary ?? ''] ?? 'nova-compute'

export interface FailedMethod {
  readonly error: unknown
  readonly source: 'nova-api' | 'nova-compute'
  /** What the older form is named by. */
  readonly method: string
  /** JSON, without passwords. */
  readonly args: LegacyPayload
}

const exception: EventKind<FailedMethod> = {
  phases: once,
  isError: true,
  source: ({ source }) => source,
  payload: ({ subject }) => ExceptionPayload.of(subject.error),
  legacy: {
    type: (_phase, { method }) => method,
    service: 'compute',
    payload: ({ subject: { error, args } }) => ({
      exception: exceptionText(error instanceof Error ? error : new Error(String(error))),
      args: plain(args),
    }),
  },
}

const computeTask = (method: string): EventKind<FailedTask> => ({
  phases: ['error'],
  source: 'nova-conductor',
  payload: ({ subject }) => ComputeTaskPayload.of(subject),
  legacy: {
    type: () => `compute_task.${method}`,
    service: 'compute_task',
    payload: ({ subject }) => {
      const spec = subject.requestSpec ? legacyRequestSpec(subject.requestSpec) : {}
      const { error } = subject
      return {
        request_spec: spec,
        instance_properties: spec.instance_properties ?? {},
        instance_id: subject.instanceUuid,
        state: subject.state,
        method,
        reason: exceptionText(error instanceof Error ? error : new Error(String(error))),
      }
    },
  },
})

const selectDestinations: EventKind<{ readonly requestSpec: RequestSpec }> = {
  phases: aroundIt,
  source: 'nova-scheduler',
  payload: ({ subject }) => RequestSpecPayload.of(subject.requestSpec),
  legacy: {
    type: typed('scheduler.select_destinations'),
    service: 'scheduler',
    payload: ({ subject }) => ({ request_spec: legacyRequestSpec(subject.requestSpec) }),
  },
}

const metrics: EventKind<HostMetrics> = {
  phases: once,
  source: 'nova-compute',
  payload: ({ subject }) => MetricsPayload.of(subject),
  legacy: {
    type: () => 'compute.metrics.update',
    service: 'compute',
    host: ({ nodename }) => nodename,
    payload: ({ subject }) => ({
      nodename: subject.nodename,
      metrics: subject.metrics.map(metric => plain(metric)),
      host: subject.host,
      host_ip: subject.hostIp,
    }),
  },
}

/** What happens to other things than servers. */
export const otherEvents = {
  'aggregate.create': aggregate('create'),
  'aggregate.delete': aggregate('delete'),
  'aggregate.update_prop': aggregate('updateprop'),
  'aggregate.update_metadata': aggregate('updatemetadata'),
  'aggregate.add_host': aggregate('addhost'),
  'aggregate.remove_host': aggregate('removehost'),
  'aggregate.cache_images': cacheImages,
  'flavor.create': flavor,
  'flavor.update': flavor,
  'flavor.delete': flavor,
  'keypair.create': keypair('create'),
  'keypair.delete': keypair('delete'),
  'keypair.import': keypair('import'),
  'server_group.create': serverGroup('create'),
  'server_group.delete': serverGroup('delete'),
  'server_group.add_member': serverGroup('addmember'),
  'service.create': service,
  'service.update': service,
  'service.delete': service,
  'compute.exception': exception,
  'compute_task.build_instances': computeTask('build_instances'),
  'compute_task.migrate_server': computeTask('migrate_server'),
  'compute_task.rebuild_server': computeTask('rebuild_server'),
  'scheduler.select_destinations': selectDestinations,
  'metrics.update': metrics,
}
