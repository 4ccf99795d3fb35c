import { type ConfOverrides, defaultConf } from '../../lib/conf/index.js'
import { AggregateSet, type HostAggregate } from '../../lib/scheduler/aggregate-set.js'
import { allFilters, type HostFilter } from '../../lib/scheduler/filters/index.js'
import { HostState, type HostStateValues } from '../../lib/scheduler/host-state.js'
import type { SchedulerRequest } from '../../lib/scheduler/request.js'

/** Aggregates may be given as a list. */
export type HostValues = Partial<Omit<HostStateValues, 'aggregates'>> & {
  readonly aggregates?: AggregateSet | readonly HostAggregate[]
}

/** A host of 16 cores, 32 GiB, 500 GiB, heard of just now; `values` differ. */
export const aHost = ({ aggregates, ...values }: HostValues = {}): HostState => {
  const host = values.host ?? 'compute-1'
  const room = (total: number, ratio = 1) => ({
    total,
    reserved: 0,
    ratio,
    maxUnit: total,
    used: 0,
  })
  return new HostState({
    uuid: `uuid-of-${host}`,
    host,
    nodename: host,
    cellUuid: 'cell1',
    service: { host, disabled: false, forcedDown: false, lastSeenUp: Date.now() },
    capacities: new Map([
      ['VCPU', room(16)],
      // What is claimed decides how much is free.
      ['MEMORY_MB', { ...room(32_768), used: 32_768 - (values.freeRamMb ?? 32_768) }],
      ['DISK_GB', room(500)],
    ]),
    hostIp: '192.0.2.10',
    stored: { metrics: null, pciStats: null, numaTopology: null },
    hypervisorType: 'fake',
    hypervisorVersion: 1000,
    cpuInfo: '{"arch": "x86_64"}',
    supportedInstances: [['x86_64', 'fake', 'hvm']],
    stats: {},
    freeRamMb: 32_768,
    freeDiskMb: 512_000,
    totalUsableRamMb: 32_768,
    totalUsableDiskGb: 500,
    vcpusTotal: 16,
    vcpusUsed: 0,
    cpuAllocationRatio: 1,
    ramAllocationRatio: 1,
    diskAllocationRatio: 1,
    instances: new Set(),
    ...values,
    aggregates:
      aggregates instanceof AggregateSet ? aggregates : new AggregateSet(aggregates ?? []),
  })
}

/** A request for one m1.tiny. */
export const aRequest = (values: Partial<SchedulerRequest> = {}): SchedulerRequest => ({
  instanceUuid: null,
  projectId: 'project',
  userId: 'user',
  numInstances: 1,
  flavor: {
    id: 1,
    name: 'm1.tiny',
    vcpus: 1,
    memoryMb: 512,
    rootGb: 1,
    ephemeralGb: 0,
    swap: 0,
    extraSpecs: {},
  },
  imageId: null,
  imageProperties: {},
  availabilityZone: null,
  isBfv: false,
  ignoreHosts: [],
  forceHosts: [],
  forceNodes: [],
  destination: null,
  group: null,
  hints: {},
  retry: [],
  pciRequests: [],
  numaCells: null,
  ...values,
})

/** Instant that scheduler tests take for now. */
export const NOON = Date.parse('2026-11-20T12:00:00Z')

/** The stock filter of that name, as nova.conf with these values makes it. */
export const filterNamed = (name: string, overrides: ConfOverrides = {}): HostFilter => {
  const make = allFilters[name]
  if (!make) throw new Error(`there is no filter ${name}`)
  return make({ conf: defaultConf(overrides), now: () => NOON })
}

/** An aggregate with this metadata. */
export const anAggregate = (metadata: Record<string, string>) => ({
  uuid: 'aggregate',
  name: 'aggregate',
  metadata,
})
