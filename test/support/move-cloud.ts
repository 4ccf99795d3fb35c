import type { ConfOverrides } from '../../lib/conf/index.js'
import {
  Flavor,
  type Instance,
  InstanceActionEventList,
  InstanceActionList,
  InstanceFault,
  type Migration,
  MigrationList,
} from '../../lib/objects/index.js'
import type { PlacementService } from '../../lib/service/compose/placement.js'
import type { DriverInstance } from '../../lib/virt/driver.js'
import type { FakeMethod } from '../../lib/virt/fake/index.js'
import { eventually, type HostOptions, WorkerCloud } from './worker-cloud.js'

interface SuiteOptions extends Partial<HostOptions> {
  readonly hosts?: readonly string[]
  readonly conf?: ConfOverrides
  /** Where claims are made, asked before each test; in the API database when absent. */
  readonly placement?: () => PlacementService
  /** Where each host keeps its guests over a restart; absent: in memory. */
  readonly stateFiles?: (host: string) => string
}

type Hook = (host: string, instance: DriverInstance) => Promise<void> | void

/** A cloud of several hosts with one active server, for each test of a suite that moves it. */
export const eachWithMoves = ({
  hosts = ['compute-1', 'compute-2', 'compute-3'],
  conf,
  stateFiles,
  placement,
  ...options
}: SuiteOptions = {}) => {
  let cloud: WorkerCloud | undefined
  const suite = {
    uuid: '',
    /** The host where the server was born. */
    source: '',
    /** `host method`, or `method` for all hosts, of driver methods that fail from now on. */
    failing: new Set<string>(),
    /** What happens before a method of the driver does its work. */
    before: {} as Partial<Record<FakeMethod, Hook>>,
    /** `host method` as they were called, in order. */
    called: [] as string[],
    get cloud(): WorkerCloud {
      if (!cloud) throw new Error('there is a cloud only while a test runs')
      return cloud
    },
    asked: (): Promise<Instance> => suite.cloud.asked(suite.uuid),
    settled: (vmState: string): Promise<Instance> => suite.cloud.settled(suite.uuid, vmState),
    hostOptions: (host: string): HostOptions => ({
      host,
      ...(stateFiles ? { stateFile: stateFiles(host) } : {}),
      ...options,
      hook: async (method, instance) => {
        suite.called.push(`${host} ${method}`)
        await suite.before[method]?.(host, instance)
        if (suite.failing.has(method) || suite.failing.has(`${host} ${method}`)) {
          throw new Error('the hypervisor is on strike')
        }
      },
    }),
    fault: () => InstanceFault.getLatestForInstance(suite.cloud.context, suite.uuid),
    /** Newest first. */
    migrations: async (): Promise<readonly Migration[]> => {
      const filters = { instance_uuid: suite.uuid }
      return (await MigrationList.getByFilters(suite.cloud.context, filters)).objects
    },
    /** `[type, status, source, destination]` of the newest. */
    migration: async (): Promise<(string | null | undefined)[]> => {
      const [last] = await suite.migrations()
      return [last?.migrationType, last?.status, last?.sourceCompute, last?.destCompute]
    },
    /** Host → vCPUs claimed there, by the server and by its migrations: `compute-1: [server, migrations]`. */
    claims: () => claims(suite.cloud, suite.uuid),
    /** Host → vCPUs that its node says it uses, without those that use none. */
    usage: () => usage(suite.cloud),
    guests: () => guests(suite.cloud, suite.uuid),
    flavor: (values: Partial<{ vcpus: number; memoryMb: number; rootGb: number }> = {}) =>
      addFlavor(suite.cloud, values),
    actions: (names: readonly string[]) => actions(suite.cloud, suite.uuid, names),
    periodic: async (host: string, name: string): Promise<void> => {
      const tasks = suite.cloud.hosts.get(host)?.manager.periodicTasks() ?? []
      const task = tasks.find(one => one.name === name)
      if (!task) throw new Error(`${host} has no periodic task ${name}`)
      await task.run()
    },
  }
  beforeEach(async () => {
    suite.failing.clear()
    suite.before = {}
    cloud = await WorkerCloud.start(
      hosts.map(host => suite.hostOptions(host)),
      { quota: { instances: -1, cores: -1, ram: -1 }, ...conf },
      { placement: placement?.() },
    )
    // The flavor that it boots with takes the first number.
    await addFlavor(cloud, { name: 'm1.tiny', flavorid: '1' })
    const [uuid = ''] = await cloud.boot()
    suite.uuid = uuid
    suite.source = (await cloud.settled(uuid, 'active')).host ?? ''
    for (const { manager } of cloud.hosts.values()) await manager.idle()
    suite.called.length = 0
  })
  afterEach(async () => {
    await cloud?.stop()
    cloud = undefined
  })
  return suite
}

const claims = async (cloud: WorkerCloud, uuid: string) => {
  const { objects } = await MigrationList.getByFilters(cloud.context, { instance_uuid: uuid })
  const nodes = await cloud.cell1.kysely
    .selectFrom('compute_nodes')
    .select(['uuid', 'host'])
    .execute()
  const hosts = new Map(nodes.map(node => [node.uuid, node.host ?? '']))
  const found: Record<string, [server: number, migrations: number]> = {}
  for (const consumer of [uuid, ...objects.map(migration => migration.uuid)]) {
    const claimed = await cloud.claims.getAllocations(cloud.context, consumer)
    for (const [provider, { resources }] of Object.entries(claimed)) {
      const host = hosts.get(provider) ?? provider
      const entry = found[host] ?? [0, 0]
      found[host] = entry
      entry[consumer === uuid ? 0 : 1] += resources.VCPU ?? 0
    }
  }
  return found
}

const usage = async (cloud: WorkerCloud): Promise<Record<string, number>> => {
  const rows = await cloud.cell1.kysely
    .selectFrom('compute_nodes')
    .select(['host', 'vcpus_used'])
    .orderBy('host')
    .execute()
  return Object.fromEntries(
    rows.filter(row => row.vcpus_used > 0).map(row => [row.host ?? '', row.vcpus_used]),
  )
}

const guests = async (cloud: WorkerCloud, uuid: string): Promise<string[]> => {
  const found: string[] = []
  for (const [host, { driver }] of cloud.hosts) {
    if ((await driver.listInstanceUuids()).includes(uuid)) found.push(host)
  }
  return found
}

let flavors = 1

const addFlavor = async (cloud: WorkerCloud, values: object): Promise<Flavor> => {
  const number = ++flavors
  const flavor = new Flavor(cloud.context, {
    name: `flavor ${number}`,
    flavorid: `f${number}`,
    memoryMb: 1024,
    vcpus: 2,
    rootGb: 2,
    ephemeralGb: 0,
    swap: 0,
    rxtxFactor: 1,
    vcpuWeight: 0,
    disabled: false,
    isPublic: true,
    extraSpecs: {},
    ...values,
  })
  await flavor.create()
  return flavor
}

/** The last actions, oldest first, when these have all ended: `[action, event=result, …]`. */
const actions = (cloud: WorkerCloud, uuid: string, names: readonly string[]) =>
  eventually(`the actions ${names.join(', ')} ended`, async () => {
    const context = cloud.context.with({ readDeleted: 'yes' })
    const { objects } = await InstanceActionList.getByInstanceUuid(context, uuid)
    const last = [...objects].sort((a, b) => a.id - b.id).slice(-names.length)
    if (last.some((action, at) => action.action !== names[at])) return undefined
    const found: string[][] = []
    for (const action of last) {
      const { objects: events } = await InstanceActionEventList.getByAction(context, action.id)
      if (events.length === 0 || events.some(({ finishTime }) => !finishTime)) return undefined
      const texts = [...events].sort((a, b) => a.id - b.id)
      found.push([action.action ?? '', ...texts.map(({ event, result }) => `${event}=${result}`)])
    }
    return found
  })
