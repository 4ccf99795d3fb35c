import assert from 'node:assert/strict'
import type { ConfOverrides } from '../../../lib/conf/index.js'
import { allFilters } from '../../../lib/scheduler/filters/index.js'
import type { SchedulerRequest } from '../../../lib/scheduler/request.js'
import {
  aHost,
  anAggregate,
  aRequest,
  filterNamed,
  type HostValues,
  NOON,
} from '../../support/scheduler.js'

interface Case {
  readonly it: string
  readonly conf?: ConfOverrides
  readonly host?: HostValues
  readonly flavorIds?: readonly number[]
  readonly request?: Partial<SchedulerRequest>
  readonly passes: boolean
}

const up = { host: 'compute-1', disabled: false, forcedDown: false, lastSeenUp: NOON - 60_000 }
const specs = (extraSpecs: Record<string, string>): Partial<SchedulerRequest> => ({
  flavor: { ...aRequest().flavor, extraSpecs },
})
const sized = (values: object): Partial<SchedulerRequest> => ({
  flavor: { ...aRequest().flavor, ...values },
})
const group = (policy: string, more = {}): Partial<SchedulerRequest> => ({
  group: { uuid: 'g', policy, maxServerPerHost: 1, hosts: [], members: ['m1', 'm2'], ...more },
})
const inAggregate = (metadata: Record<string, string>): HostValues => ({
  aggregates: [anAggregate(metadata)],
})
const hinted = (hints: Record<string, string[]>): Partial<SchedulerRequest> => ({ hints })
const query = (value: unknown) => hinted({ query: [JSON.stringify(value)] })
const image = (imageProperties: Record<string, unknown>) => ({ imageProperties })
const isolated = (
  isolated_images: string[],
  isolated_hosts: string[],
  restrict = true,
): ConfOverrides => ({
  filter_scheduler: {
    isolated_images,
    isolated_hosts,
    restrict_isolated_hosts_to_isolated_images: restrict,
  },
})
const stored = (values: object) => ({
  stored: { metrics: null, pciStats: null, numaTopology: null, ...values },
})
const pools = (count: number, numa_node: number | null = 0) =>
  stored({
    pciStats: JSON.stringify({
      'nova_object.data': {
        objects: [
          {
            'nova_object.data': {
              vendor_id: '8086',
              product_id: '1520',
              numa_node,
              tags: {},
              count,
            },
          },
        ],
      },
    }),
  })
const pciRequests = (count: number, vendor = '8086') => ({
  pciRequests: [{ count, specs: [{ vendor_id: vendor, product_id: '1520' }], numaPolicy: null }],
})
const numaCell = (values: object) => ({
  id: 0,
  cpuset: [0, 1, 2, 3],
  pcpuset: [0, 1, 2, 3],
  memory: 4096,
  cpu_usage: 0,
  memory_usage: 0,
  pinned_cpus: [],
  siblings: [
    [0, 1],
    [2, 3],
  ],
  mempages: [
    { size_kb: 4, total: 1_048_576, used: 0 },
    { size_kb: 2048, total: 512, used: 256 },
  ],
  ...values,
})
const numa = (...cells: object[]) => stored({ numaTopology: JSON.stringify({ cells }) })
const guest = (...cells: object[]): Partial<SchedulerRequest> => ({
  numaCells: cells.map(cell => ({
    cpus: 2,
    pinned: 0,
    memory: 1024,
    pageSize: null,
    threadPolicy: null,
    ...cell,
  })),
})
const retried = (host: string, node: string | null) => ({ retry: [{ host, node }] })
const full = { freeRamMb: 256, vcpusUsed: 16 }

/** Nothing claimed: what the node's own row says counts. */
const reported = { capacities: new Map() }

const cases: Readonly<Record<string, readonly Case[]>> = {
  AllHostsFilter: [{ it: 'any host', host: { service: { ...up, disabled: true } }, passes: true }],
  ComputeFilter: [
    { it: 'one that was heard of within service_down_time', host: { service: up }, passes: true },
    { it: 'one that is disabled', host: { service: { ...up, disabled: true } }, passes: false },
    { it: 'one forced down', host: { service: { ...up, forcedDown: true } }, passes: false },
    { it: 'one silent', host: { service: { ...up, lastSeenUp: NOON - 60_001 } }, passes: false },
    {
      it: 'one silent, by another service_down_time',
      conf: { DEFAULT: { service_down_time: 120 } },
      host: { service: { ...up, lastSeenUp: NOON - 60_001 } },
      passes: true,
    },
  ],
  AvailabilityZoneFilter: [
    { it: 'no zone asked for', passes: true },
    { it: 'the default zone', request: { availabilityZone: 'nova' }, passes: true },
    { it: 'a zone that it is not in', request: { availabilityZone: 'east' }, passes: false },
    {
      it: 'its own zone',
      host: inAggregate({ availability_zone: 'east' }),
      request: { availabilityZone: 'east' },
      passes: true,
    },
    {
      it: 'the default zone, being in another',
      host: inAggregate({ availability_zone: 'east' }),
      request: { availabilityZone: 'nova' },
      passes: false,
    },
  ],
  ComputeCapabilitiesFilter: [
    { it: 'the type', request: specs({ hypervisor_type: 'fake' }), passes: true },
    { it: 'another type', request: specs({ hypervisor_type: 'QEMU' }), passes: false },
    {
      it: 'a path into JSON',
      request: specs({ 'capabilities:cpu_info:arch': '<in> 86' }),
      passes: true,
    },
    { it: 'a number', request: specs({ 'capabilities:free_ram_mb': '>= 32768' }), passes: true },
    { it: 'a stat', host: { stats: { x: 'y' } }, request: specs({ x: 'y' }), passes: true },
    {
      it: 'what it lacks, with the scope',
      request: specs({ 'capabilities:no': '1' }),
      passes: false,
    },
    { it: 'what it lacks, without', request: specs({ no: '1', 'hw:x': '1' }), passes: true },
    {
      it: 'no method of objects',
      request: specs({ constructor: 'x', toString: 'y' }),
      passes: true,
    },
    { it: 'address bits', request: specs({ 'hw:maxphysaddr_bits': '42' }), passes: false },
    {
      it: 'address bits that it has',
      host: { cpuInfo: '{"maxphysaddr": {"bits": 46}}' },
      request: specs({ 'hw:maxphysaddr_bits': '42' }),
      passes: true,
    },
  ],
  ImagePropertiesFilter: [
    { it: 'nothing said', passes: true },
    {
      it: 'what it runs',
      request: image({ hw_architecture: 'x86_64', img_hv_type: 'fake', hw_vm_mode: 'hvm' }),
      passes: true,
    },
    { it: 'another architecture', request: image({ hw_architecture: 'aarch64' }), passes: false },
    {
      it: 'another one by default',
      conf: { filter_scheduler: { image_properties_default_architecture: 'aarch64' } },
      passes: false,
    },
    {
      it: 'a hypervisor new enough',
      host: { hypervisorVersion: 6_003_002 },
      request: image({ img_hv_requested_version: '>=6.3, <7' }),
      passes: true,
    },
    {
      it: 'a hypervisor too old',
      host: { hypervisorVersion: 6_003_002 },
      request: image({ img_hv_requested_version: '>6.3.2' }),
      passes: false,
    },
    {
      it: 'a version that makes no sense',
      request: image({ img_hv_requested_version: 'new' }),
      passes: false,
    },
  ],
  ServerGroupAffinityFilter: [
    { it: 'a group nowhere yet', request: group('affinity'), passes: true },
    { it: 'its host', request: group('affinity', { hosts: ['compute-1'] }), passes: true },
    { it: 'another host', request: group('affinity', { hosts: ['compute-2'] }), passes: false },
  ],
  ServerGroupAntiAffinityFilter: [
    { it: 'no member there', request: group('anti-affinity'), passes: true },
    {
      it: 'a member there',
      host: { instances: new Set(['m1']) },
      request: group('anti-affinity'),
      passes: false,
    },
    {
      it: 'as many as the rule permits',
      host: { instances: new Set(['m1']) },
      request: group('anti-affinity', { maxServerPerHost: 2 }),
      passes: true,
    },
    {
      it: 'the very server there',
      host: { instances: new Set(['m1', 'm2']) },
      request: { ...group('anti-affinity'), instanceUuid: 'm1' },
      passes: true,
    },
    {
      it: 'another policy',
      host: { instances: new Set(['m1']) },
      request: group('soft-anti-affinity'),
      passes: true,
    },
  ],
  GroupAffinityFilter: [
    { it: 'another host', request: group('affinity', { hosts: ['compute-2'] }), passes: false },
  ],
  GroupAntiAffinityFilter: [
    {
      it: 'a member there',
      host: { instances: new Set(['m2']) },
      request: group('anti-affinity'),
      passes: false,
    },
  ],
  DifferentHostFilter: [
    { it: 'none of them there', request: hinted({ different_host: ['a', 'b'] }), passes: true },
    {
      it: 'one of them there',
      host: { instances: new Set(['b']) },
      request: hinted({ different_host: ['a', 'b'] }),
      passes: false,
    },
  ],
  SameHostFilter: [
    { it: 'no hint', passes: true },
    { it: 'none of them there', request: hinted({ same_host: ['a'] }), passes: false },
    {
      it: 'one of them there',
      host: { instances: new Set(['b']) },
      request: hinted({ same_host: ['a', 'b'] }),
      passes: true,
    },
  ],
  SimpleCIDRAffinityFilter: [
    { it: 'no hint', passes: true },
    { it: 'its /24', request: hinted({ build_near_host_ip: ['192.0.2.200'] }), passes: true },
    { it: 'another /24', request: hinted({ build_near_host_ip: ['192.0.3.10'] }), passes: false },
    {
      it: 'a wider one',
      request: hinted({ build_near_host_ip: ['192.0.3.10'], cidr: ['/16'] }),
      passes: true,
    },
    { it: 'no address at all', request: hinted({ build_near_host_ip: ['home'] }), passes: false },
    {
      it: 'a host whose address nobody knows',
      host: { hostIp: null },
      request: hinted({ build_near_host_ip: ['192.0.2.200'] }),
      passes: false,
    },
  ],
  IsolatedHostsFilter: [
    { it: 'no isolation', passes: true },
    { it: 'an isolated host, no images', conf: isolated([], ['compute-1']), passes: false },
    {
      it: 'an isolated host, no images, unrestricted',
      conf: isolated([], ['compute-1'], false),
      passes: true,
    },
    {
      it: 'an isolated image on an isolated host',
      conf: isolated(['i'], ['compute-1']),
      request: { imageId: 'i' },
      passes: true,
    },
    {
      it: 'an isolated image on another host',
      conf: isolated(['i'], ['other']),
      request: { imageId: 'i' },
      passes: false,
    },
    {
      it: 'another image on an isolated host',
      conf: isolated(['i'], ['compute-1']),
      request: { imageId: 'j' },
      passes: false,
    },
    {
      it: 'another image on an isolated host, unrestricted',
      conf: isolated(['i'], ['compute-1'], false),
      request: { imageId: 'j' },
      passes: true,
    },
  ],
  AggregateInstanceExtraSpecsFilter: [
    { it: 'nothing asked for', host: inAggregate({ ssd: 'true' }), passes: true },
    {
      it: 'one of the values',
      host: inAggregate({ ssd: 'false, true' }),
      request: specs({ 'aggregate_instance_extra_specs:ssd': 'true' }),
      passes: true,
    },
    {
      it: 'an operator, without a scope',
      host: inAggregate({ gen: '3' }),
      request: specs({ gen: '>= 4' }),
      passes: false,
    },
    { it: 'no aggregate', request: specs({ ssd: 'true' }), passes: false },
    { it: 'another scope', request: specs({ 'hw:ssd': 'true' }), passes: true },
  ],
  AggregateMultiTenancyIsolation: [
    { it: 'nobody named', host: inAggregate({ x: 'y' }), passes: true },
    { it: 'the project', host: inAggregate({ filter_tenant_id: 'a, project' }), passes: true },
    { it: 'a numbered key', host: inAggregate({ filter_tenant_id2: 'project' }), passes: true },
    { it: 'others', host: inAggregate({ filter_tenant_id: 'a,b' }), passes: false },
  ],
  AggregateImagePropertiesIsolation: [
    {
      it: 'the same',
      host: inAggregate({ os_distro: 'debian,alpine' }),
      request: image({ os_distro: 'alpine' }),
      passes: true,
    },
    {
      it: 'another',
      host: inAggregate({ os_distro: 'debian' }),
      request: image({ os_distro: 'alpine' }),
      passes: false,
    },
    { it: 'nothing said by the image', host: inAggregate({ os_distro: 'debian' }), passes: true },
    {
      it: 'a key that is no property',
      host: inAggregate({ colour: 'red' }),
      request: image({ colour: 'blue' }),
      passes: true,
    },
  ],
  AggregateTypeAffinityFilter: [
    { it: 'no flavor named', host: inAggregate({ x: 'y' }), passes: true },
    { it: 'its flavor', host: inAggregate({ instance_type: 'big, m1.tiny' }), passes: true },
    { it: 'others', host: inAggregate({ instance_type: 'big' }), passes: false },
  ],
  IoOpsFilter: [
    { it: 'fewer', host: { stats: { io_workload: '7' } }, passes: true },
    { it: 'as many', host: { stats: { io_workload: '8' } }, passes: false },
  ],
  AggregateIoOpsFilter: [
    {
      it: 'the least of its aggregates',
      host: { ...inAggregate({ max_io_ops_per_host: '9,3' }), stats: { io_workload: '3' } },
      passes: false,
    },
    {
      it: 'the option where they say nothing',
      host: { ...inAggregate({ max_io_ops_per_host: 'many' }), stats: { io_workload: '7' } },
      passes: true,
    },
  ],
  NumInstancesFilter: [
    { it: 'fewer', host: { stats: { num_instances: '49' } }, passes: true },
    { it: 'as many', host: { stats: { num_instances: '50' } }, passes: false },
  ],
  AggregateNumInstancesFilter: [
    {
      it: 'the least of its aggregates',
      host: { ...inAggregate({ max_instances_per_host: '60' }), stats: { num_instances: '55' } },
      passes: true,
    },
  ],
  JsonFilter: [
    { it: 'no query', passes: true },
    { it: 'an empty query', request: query([]), passes: true },
    {
      it: 'all of it',
      request: query(['and', ['>=', '$free_ram_mb', 1024], ['>=', '$vcpus_total', 16]]),
      passes: true,
    },
    { it: 'none of it', request: query(['or', ['<', '$free_ram_mb', 1], false]), passes: false },
    { it: 'a negation', request: query(['not', ['=', '$host', 'compute-2']]), passes: true },
    {
      it: 'a word in a list',
      request: query(['in', '$hypervisor_type', 'fake', 'kvm']),
      passes: true,
    },
    {
      it: 'a key of an attribute',
      host: { stats: { rack: 'r1' } },
      request: query(['=', '$stats.rack', 'r1']),
      passes: true,
    },
    { it: 'an unknown attribute', request: query(['=', '$no.such', 1]), passes: false },
    { it: 'an unknown operator', request: query(['like', 1, 1]), passes: false },
    { it: 'no JSON', request: hinted({ query: ['{'] }), passes: false },
    {
      it: 'a query nested too deeply',
      request: hinted({ query: [`${'["not",'.repeat(200)}1${']'.repeat(200)}`] }),
      passes: false,
    },
  ],
  MetricsFilter: [
    { it: 'no metric weighed', passes: true },
    {
      it: 'a metric that it reports',
      conf: { metrics: { weight_setting: ['cpu.idle=1.0'] } },
      host: stored({ metrics: '[{"name": "cpu.idle", "value": 0.5}]' }),
      passes: true,
    },
    {
      it: 'one that it does not',
      conf: { metrics: { weight_setting: ['cpu.idle=1.0', 'x=2'] } },
      host: stored({ metrics: '[{"name": "cpu.idle", "value": 0.5}]' }),
      passes: false,
    },
  ],
  NUMATopologyFilter: [
    { it: 'no topology', passes: true },
    { it: 'a host that tells none', request: guest({}), passes: false },
    { it: 'one that fits', host: numa(numaCell({})), request: guest({}), passes: true },
    { it: 'two on one', host: numa(numaCell({})), request: guest({}, {}), passes: false },
    {
      it: 'two on two, the larger one on the larger one',
      host: numa(numaCell({ memory: 8192 }), numaCell({ id: 1 })),
      request: guest({ memory: 4096 }, { memory: 8192 }),
      passes: true,
    },
    {
      it: 'more memory than is left',
      host: numa(numaCell({ memory_usage: 3500 })),
      request: guest({}),
      passes: false,
    },
    {
      it: 'more memory than is left, overcommitted',
      host: { ...numa(numaCell({ memory_usage: 3500 })), ramAllocationRatio: 1.5 },
      request: guest({}),
      passes: true,
    },
    {
      it: 'never a node larger than the host',
      host: { ...numa(numaCell({})), cpuAllocationRatio: 16 },
      request: guest({ cpus: 5 }),
      passes: false,
    },
    {
      it: 'pinned CPUs that are free',
      host: numa(numaCell({ pinned_cpus: [0, 1] })),
      request: guest({ pinned: 2 }),
      passes: true,
    },
    {
      it: 'pinned CPUs that are taken',
      host: numa(numaCell({ pinned_cpus: [0, 1, 2] })),
      request: guest({ pinned: 2 }),
      passes: false,
    },
    {
      it: 'siblings where one thread of each core is taken',
      host: numa(numaCell({ pinned_cpus: [0, 2] })),
      request: guest({ pinned: 2, threadPolicy: 'require' }),
      passes: false,
    },
    {
      it: 'siblings on a host without threads',
      host: numa(numaCell({ siblings: [[0], [1], [2], [3]] })),
      request: guest({ pinned: 2, threadPolicy: 'require' }),
      passes: false,
    },
    {
      it: 'large pages that are free',
      host: numa(numaCell({})),
      request: guest({ memory: 512, pageSize: -2 }),
      passes: true,
    },
    {
      it: 'large pages that are used',
      host: numa(numaCell({})),
      request: guest({ memory: 1024, pageSize: 2048 }),
      passes: false,
    },
    {
      it: 'a device on another node',
      host: {
        stored: { ...numa(numaCell({})).stored, pciStats: pools(1, 1).stored.pciStats },
      },
      request: { ...guest({}), ...pciRequests(1) },
      passes: false,
    },
  ],
  PciPassthroughFilter: [
    { it: 'nothing asked for', passes: true },
    { it: 'enough devices', host: pools(2), request: pciRequests(2), passes: true },
    { it: 'too few', host: pools(2), request: pciRequests(3), passes: false },
    { it: 'another vendor', host: pools(2), request: pciRequests(1, '10de'), passes: false },
  ],
  RetryFilter: [
    { it: 'a node that was tried', request: retried('compute-1', 'compute-1'), passes: false },
    { it: 'another node of the host', request: retried('compute-1', 'blade'), passes: true },
  ],
  CoreFilter: [
    { it: 'cores left', passes: true },
    { it: 'none left', host: { ...reported, ...full }, passes: false },
    {
      it: 'some left by overcommitment',
      host: { ...reported, ...full, cpuAllocationRatio: 16 },
      passes: true,
    },
    {
      it: 'more than it has',
      host: { cpuAllocationRatio: 16 },
      request: sized({ vcpus: 17 }),
      passes: false,
    },
    { it: 'a host that tells none', host: { vcpusTotal: 0 }, passes: true },
  ],
  AggregateCoreFilter: [
    {
      it: 'the least ratio of its aggregates',
      host: { ...reported, ...full, ...inAggregate({ cpu_allocation_ratio: '2,1.5' }) },
      request: sized({ vcpus: 9 }),
      passes: false,
    },
  ],
  RamFilter: [
    { it: 'memory left', passes: true },
    { it: 'too little left', host: { ...reported, ...full }, passes: false },
    {
      it: 'enough by overcommitment',
      host: { ...reported, ...full, ramAllocationRatio: 1.5 },
      passes: true,
    },
  ],
  AggregateRamFilter: [
    {
      it: "its aggregates' ratio",
      host: { ...reported, ...full, ...inAggregate({ ram_allocation_ratio: '1.5' }) },
      passes: true,
    },
  ],
  DiskFilter: [
    { it: 'disk left', passes: true },
    { it: 'too little', host: { ...reported, freeDiskMb: 512 }, passes: false },
    {
      it: 'a root disk that is a volume',
      host: { ...reported, freeDiskMb: 512 },
      request: { isBfv: true },
      passes: true,
    },
  ],
  AggregateDiskFilter: [
    {
      it: "its aggregates' ratio",
      host: { ...reported, freeDiskMb: 512, ...inAggregate({ disk_allocation_ratio: '2' }) },
      passes: true,
    },
  ],
  ExactCoreFilter: [
    { it: 'all of it', request: sized({ vcpus: 16 }), passes: true },
    { it: 'a part', request: sized({ vcpus: 8 }), passes: false },
  ],
  ExactRamFilter: [
    { it: 'all of it', request: sized({ memoryMb: 32_768 }), passes: true },
    { it: 'a part', passes: false },
  ],
  ExactDiskFilter: [
    { it: 'all of it', request: sized({ rootGb: 500 }), passes: true },
    { it: 'a part', passes: false },
  ],
  TypeAffinityFilter: [
    { it: 'an empty host', passes: true },
    { it: 'servers of this flavor', flavorIds: [1], passes: true },
    { it: 'servers of another', flavorIds: [1, 2], passes: false },
  ],
  TrustedFilter: [
    { it: 'no trust asked for', passes: true },
    {
      it: 'trust, and nobody to attest it',
      request: specs({ 'trust:trusted_host': 'trusted' }),
      passes: false,
    },
  ],
}

describe('scheduler filters', () => {
  for (const [name, rows] of Object.entries(cases)) {
    describe(name, () => {
      for (const { it: title, conf, host: values, flavorIds, request: asked, passes } of rows) {
        it(`${passes ? 'takes' : 'drops'}: ${title}`, () => {
          const filter = filterNamed(name, conf)
          const host = aHost({ service: up, ...values })
          if (flavorIds) host.flavorIds = new Set(flavorIds)
          const request = aRequest(asked)
          assert.equal(filter.hostPasses(host, request), passes)
          assert.equal(filter.name, name)
          if (passes) return
          // What is dropped must have been asked, and has a reason that fits into a table.
          assert.equal(filter.concerns?.(request) ?? true, true)
          assert.match(filter.why?.(host, request) ?? '', /^[^\n]{5,200}$/)
        })
      }
    })
  }

  it('all have a table', () => {
    assert.deepEqual(Object.keys(cases).sort(), Object.keys(allFilters).sort())
  })
})
