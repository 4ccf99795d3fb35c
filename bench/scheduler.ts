import { randomUUID } from 'node:crypto'
import { defaultConf } from '../lib/conf/index.js'
import { RequestContext } from '../lib/context/index.js'
import { apiHistory, cellHistory } from '../lib/db/migrations/history.js'
import { migrate } from '../lib/db/migrations/migrate.js'
import { openDatabase } from '../lib/db/open.js'
import type { ApiSchema } from '../lib/db/schema/api.js'
import type { CellSchema } from '../lib/db/schema/cell.js'
import { Flavor, RequestSpec } from '../lib/objects/index.js'
import { AggregateSet, noAggregates } from '../lib/scheduler/aggregate-set.js'
import { candidates } from '../lib/scheduler/choose.js'
import { driverNamed } from '../lib/scheduler/drivers/index.js'
import { schedulerFromConf } from '../lib/scheduler/from-conf.js'
import { requestFilters } from '../lib/scheduler/request-filters/index.js'
import { resourcesOf } from '../lib/scheduler/resources.js'
import { insertHost } from '../test/support/hosts.js'
import { aHost, anAggregate, aRequest } from '../test/support/scheduler.js'
import { median } from './median.js'

const TEN = [
  'ComputeFilter',
  'ComputeCapabilitiesFilter',
  'ImagePropertiesFilter',
  'ServerGroupAntiAffinityFilter',
  'ServerGroupAffinityFilter',
  'AggregateInstanceExtraSpecsFilter',
  'AggregateMultiTenancyIsolation',
  'NumInstancesFilter',
  'IoOpsFilter',
  'DifferentHostFilter',
]

const conf = defaultConf({
  filter_scheduler: { enabled_filters: TEN },
  // Hosts do not report while it runs.
  DEFAULT: { service_down_time: 86_400 },
})

/** A flavor, image and group that every filter but one has something to say about. */
const request = aRequest({
  flavor: {
    ...aRequest().flavor,
    extraSpecs: {
      'capabilities:hypervisor_type': 'fake',
      'aggregate_instance_extra_specs:ssd': 'true',
    },
  },
  imageProperties: { hw_architecture: 'x86_64', img_hv_type: 'fake' },
  group: {
    uuid: 'g',
    policy: 'anti-affinity',
    maxServerPerHost: 1,
    hosts: [],
    members: Array.from({ length: 10 }, (_, at) => `member-${at}`),
  },
  hints: { different_host: ['member-1', 'other'] },
})

/** Milliseconds of a decision among so many hosts, all in memory: candidates, filters, weights, three best. */
const inMemory = async (count: number): Promise<number> => {
  const now = Date.now
  const aggregates = Array.from(
    { length: 20 },
    (_, at) =>
      new AggregateSet([
        anAggregate({ ssd: at % 4 ? 'true' : 'false', availability_zone: `az${at % 3}` }),
      ]),
  )
  const hosts = Array.from({ length: count }, (_, at) =>
    aHost({
      host: `compute-${at}`,
      freeRamMb: 8192 + ((at * 7919) % 24_576),
      stats: { num_instances: String(at % 40), io_workload: String(at % 5) },
      aggregates: aggregates[at % 20] ?? noAggregates,
      instances: new Set(at % 100 === 0 ? [`member-${at / 100}`] : []),
    }),
  )
  const driver = await driverNamed('filter_scheduler', {
    conf,
    now,
    random: Math.random,
    folder: '.',
  })
  const requested = requestFilters({ conf, now })
  const resources = resourcesOf(request.flavor, false)
  const decide = (): void => {
    const asked = { ...request }
    const possible = candidates(hosts, asked, resources, requested)
    const order = driver.rank(possible, asked, true)[Symbol.iterator]()
    for (let best = 0; best < 3; best++) if (order.next().done) throw new Error('no host')
  }
  const rounds = Math.max(30, Math.ceil(200_000 / count))
  for (let round = 0; round < rounds; round++) decide()
  return median(
    Array.from({ length: rounds }, () => {
      const begun = performance.now()
      decide()
      return performance.now() - begun
    }),
  )
}

/** Milliseconds of a whole select_destinations with its claim, on SQLite in memory. */
const withClaim = async (count: number): Promise<{ first: number; next: number }> => {
  const api = openDatabase<ApiSchema>('sqlite://')
  const cell = openDatabase<CellSchema>('sqlite://')
  try {
    await migrate(api, apiHistory)
    await migrate(cell, cellHistory)
    for (let at = 0; at < count; at++) await insertHost(api, cell, { host: `compute-${at}` })
    const plain = defaultConf({ DEFAULT: { service_down_time: 86_400 } })
    const scheduler = await schedulerFromConf({
      conf: plain,
      api,
      cells: async () => [{ uuid: 'cell-1', db: cell }],
    })
    const context = new RequestContext({ isAdmin: true })
    const { extraSpecs: _none, id: _id, ...flavor } = request.flavor
    const once = async (): Promise<number> => {
      const spec = new RequestSpec(null, {
        projectId: 'project',
        userId: 'user',
        numInstances: 1,
        flavor: new Flavor(null, { ...flavor, extraSpecs: {} }),
      })
      const begun = performance.now()
      await scheduler.selectDestinations(context, {
        spec_obj: spec,
        instance_uuids: [randomUUID()],
        return_objects: true,
        return_alternates: true,
      })
      return performance.now() - begun
    }
    const first = await once()
    const times: number[] = []
    for (let round = 0; round < 200; round++) times.push(await once())
    return { first, next: median(times.slice(50)) }
  } finally {
    await Promise.all([api.close(), cell.close()])
  }
}

/** Decisions of the scheduler among 100, 1,000 and 10,000 hosts, and how their time grows. */
export const schedulerDecisions = async (): Promise<void> => {
  console.log('scheduler: ms of a decision, ten filters and all weighers; growth to the line above')
  console.log('  hosts   in memory   growth   with its claim, default filters   first, reads all')
  let before: number | undefined
  for (const count of [100, 1000, 10_000]) {
    const ms = await inMemory(count)
    const { first, next } = await withClaim(count)
    const growth = before === undefined ? '' : (ms / before).toFixed(1)
    console.log(
      `${String(count).padStart(7)}${ms.toFixed(3).padStart(12)}${growth.padStart(9)}` +
        `${next.toFixed(2).padStart(34)}${first.toFixed(0).padStart(19)}`,
    )
    before = ms
  }
}
