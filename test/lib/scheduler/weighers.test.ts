import assert from 'node:assert/strict'
import { type ConfOverrides, defaultConf } from '../../../lib/conf/index.js'
import type { HostState } from '../../../lib/scheduler/host-state.js'
import type { SchedulerRequest } from '../../../lib/scheduler/request.js'
import { allWeighers, stockWeighers, weightsOf } from '../../../lib/scheduler/weighers/index.js'
import { costFunctions } from '../../../lib/scheduler/weighers/least-cost.js'
import { Ranking } from '../../../lib/scheduler/weighers/ranking.js'
import { aHost, anAggregate, aRequest, type HostValues, NOON } from '../../support/scheduler.js'

interface Case {
  readonly name: string
  readonly conf?: ConfOverrides
  readonly request?: Partial<SchedulerRequest>
  /** In the order in which they are expected. */
  readonly hosts: readonly HostValues[]
  readonly images?: readonly (readonly Record<string, string>[])[]
}

const pools = (count: number) => ({
  stored: {
    metrics: null,
    numaTopology: null,
    pciStats: JSON.stringify([{ vendor_id: 'a', product_id: 'b', count }]),
  },
})
const metrics = (value: number) => ({
  stored: {
    pciStats: null,
    numaTopology: null,
    metrics: JSON.stringify([{ name: 'idle', value }]),
  },
})
const group = (policy: string) => ({
  group: { uuid: 'g', policy, maxServerPerHost: 1, hosts: [], members: ['m'] },
})
const member = { instances: new Set(['m']) }

const cases: readonly Case[] = [
  { name: 'RAMWeigher', hosts: [{ freeRamMb: 4000 }, { freeRamMb: 3000 }] },
  {
    name: 'RAMWeigher',
    conf: { filter_scheduler: { ram_weight_multiplier: -1 } },
    hosts: [{ freeRamMb: 3000 }, { freeRamMb: 4000 }],
  },
  {
    name: 'RAMWeigher',
    hosts: [
      { freeRamMb: 10, aggregates: [anAggregate({ ram_weight_multiplier: '-1' })] },
      { freeRamMb: 4000, aggregates: [anAggregate({ ram_weight_multiplier: '-1,2' })] },
    ],
  },
  { name: 'CPUWeigher', hosts: [{ cpuAllocationRatio: 2 }, { cpuAllocationRatio: 1 }] },
  {
    name: 'DiskWeigher',
    hosts: [
      { capacities: new Map(), freeDiskMb: 9 },
      { capacities: new Map(), freeDiskMb: 8 },
    ],
  },
  {
    name: 'IoOpsWeigher',
    hosts: [{ stats: { io_workload: '1' } }, { stats: { io_workload: '2' } }],
  },
  {
    name: 'NumInstancesWeigher',
    conf: { filter_scheduler: { num_instances_weight_multiplier: 1 } },
    hosts: [{ stats: { num_instances: '2' } }, { stats: { num_instances: '1' } }],
  },
  {
    name: 'BuildFailureWeigher',
    hosts: [{ stats: { failed_builds: '0' } }, { stats: { failed_builds: '1' } }],
  },
  {
    name: 'BuildFailureWeigher',
    hosts: [
      { stats: { failed_builds: '0' } },
      {
        stats: { failed_builds: '1' },
        aggregates: [anAggregate({ build_failure_weight_multiplier: '5' })],
      },
    ],
  },
  { name: 'HypervisorVersionWeigher', hosts: [{ hypervisorVersion: 2 }, { hypervisorVersion: 1 }] },
  { name: 'PCIWeigher', hosts: [{}, pools(2), pools(3)] },
  {
    name: 'MetricsWeigher',
    conf: { metrics: { weight_setting: ['idle=-1.0'] } },
    hosts: [metrics(1), metrics(2)],
  },
  {
    name: 'MetricsWeigher',
    conf: { metrics: { weight_setting: ['idle=1'], required: false } },
    hosts: [metrics(2), metrics(1), {}],
  },
  {
    name: 'ServerGroupSoftAffinityWeigher',
    request: group('soft-affinity'),
    hosts: [member, {}],
  },
  {
    name: 'ServerGroupSoftAntiAffinityWeigher',
    request: group('soft-anti-affinity'),
    hosts: [{}, member],
  },
  {
    name: 'CrossCellWeigher',
    request: {
      destination: { host: null, node: null, cellUuid: 'cell1', allowCrossCellMove: true },
    },
    hosts: [{}, { cellUuid: 'cell2' }],
  },
  {
    name: 'ImagePropertiesWeigher',
    conf: { filter_scheduler: { image_props_weight_multiplier: 1 } },
    request: { imageProperties: { os_distro: 'alpine' } },
    hosts: [{}, {}],
    images: [[{ os_distro: 'alpine' }], [{ os_distro: 'debian' }]],
  },
  {
    name: 'ImagePropertiesWeigher',
    conf: {
      filter_scheduler: {
        image_props_weight_multiplier: 1,
        image_props_weight_setting: ['os_distro=2', 'os_type=1'],
      },
    },
    request: { imageProperties: { os_distro: 'alpine', os_type: 'linux' } },
    hosts: [{}, {}],
    images: [[{ os_distro: 'alpine' }], [{ os_type: 'linux' }]],
  },
]

const weigher = (name: string, conf: ConfOverrides = {}) => {
  const make = allWeighers[name]
  assert.ok(make, name)
  return make({ conf: defaultConf(conf), now: () => NOON })
}
const order = (hosts: readonly HostState[], weights: Float64Array) =>
  [...new Ranking(hosts, weights)].map(({ host }) => host)

describe('weighers', () => {
  cases.forEach(({ name, conf, request, hosts, images }, at) => {
    it(`${name} puts hosts in order, whatever order they came in (${at})`, () => {
      const states = hosts.map((values, index) => aHost({ host: `h${index}`, ...values }))
      for (const [index, state] of states.entries()) state.imageProperties = images?.[index] ?? []
      const asked = aRequest(request)
      const only = [weigher(name, conf)]
      for (const given of [states, [...states].reverse()]) {
        const found = order(given, weightsOf(given, asked, only))
        assert.deepEqual(
          found,
          states.map(({ host }) => host),
        )
      }
    })
  })

  it('all have a case', () => {
    const names = new Set(cases.map(({ name }) => name))
    assert.deepEqual([...names].sort(), Object.keys(allWeighers).sort())
  })

  it('bring values to 0..1 over the list, from their own least value up', () => {
    const hosts = [aHost({ freeRamMb: 1000 }), aHost({ freeRamMb: 4000 })]
    const weights = weightsOf(hosts, aRequest(), [weigher('RAMWeigher')])
    assert.deepEqual([...weights], [0.25, 1])
  })

  it('leave hosts of equal weight in their order', () => {
    const hosts = [1, 3, 3, 2].map((free, at) => aHost({ host: `${at}`, freeRamMb: free * 1000 }))
    const all = stockWeighers({ conf: defaultConf(), now: () => NOON })
    assert.deepEqual(order(hosts, weightsOf(hosts, aRequest(), all)), ['1', '2', '3', '0'])
  })

  it('do not weigh the only host', () => {
    assert.deepEqual([...weightsOf([aHost()], aRequest(), [weigher('RAMWeigher')])], [0])
  })

  it('of metrics, fail where a required one is missing, naming it', () => {
    const strict = weigher('MetricsWeigher', { metrics: { weight_setting: ['idle=1'] } })
    assert.throws(() => weightsOf([aHost(), aHost()], aRequest(), [strict]), {
      name: 'ComputeHostMetricNotFound',
      message: 'Metric idle could not be found on the compute host node compute-1.compute-1.',
    })
    assert.throws(
      () => weigher('MetricsWeigher', { metrics: { weight_setting: ['idle'] } }),
      /\[metrics\] weight_setting: 'idle' is no pair like name=1\.0/,
    )
  })
})

describe('cost functions', () => {
  const options = (values: object) => ({ ...defaultConf().DEFAULT, ...values })

  it('are found by their old names', () => {
    const names = ['nova.scheduler.least_cost.compute_fill_first_cost_fn', 'noop_cost_fn']
    const [fill, noop] = costFunctions(options({ least_cost_functions: names }))
    const host = aHost({ freeRamMb: 100 })
    assert.deepEqual(
      [fill?.weight, fill?.cost(host, aRequest()), noop?.weight, noop?.cost(host, aRequest())],
      [-1, 100, 1, 1],
    )
  })

  it('count a host that was tried before', () => {
    const [retry] = costFunctions(options({ least_cost_functions: ['retry_host_cost_fn'] }))
    const tried = aRequest({ retry: [{ host: 'compute-1', node: null }] })
    assert.deepEqual([retry?.cost(aHost(), tried), retry?.cost(aHost(), aRequest())], [1, 0])
  })

  it('are refused by name when there is none of that name', () => {
    assert.throws(() => costFunctions(options({ least_cost_functions: ['nop_cost_fn'] })), {
      name: 'OperatorError',
      message:
        "[DEFAULT] least_cost_functions: there is no function 'nop_cost_fn'. Did you mean 'noop_cost_fn'?",
    })
  })
})
